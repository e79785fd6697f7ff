"""The lock files: everything that is asked for is pinned with hashes, and nothing says where to get it."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _pins(lock):
    """Each requirement of a lock file with the lines that belong to it, by normalised name."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    pins = {}
    for block in re.split(r"\n(?=\S)", text.strip()):
        requirement = Requirement(block.partition("\\")[0].strip())
        pins.setdefault(canonicalize_name(requirement.name), []).append((requirement, block))
    return pins


def _asked(*groups):
    asked = list(PROJECT["project"]["dependencies"])
    for group in groups:
        asked += PROJECT["dependency-groups"][group]
    return [Requirement(text) for text in asked]


@pytest.mark.parametrize("lock", LOCKS)
@pytest.mark.parametrize(
    "forbidden", ["://", "file:", "--index", "--extra-index", "--find-links", "--trusted-host", " @ "]
)
def test_a_lock_names_no_place(lock, forbidden):
    assert forbidden not in (ROOT / lock).read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock):
    pins = _pins(lock)
    assert len(pins) > 20
    for name, versions in pins.items():
        for requirement, block in versions:
            assert [spec.operator for spec in requirement.specifier] == ["=="], name
            assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), f"{name} has no hash"


@pytest.mark.parametrize(("lock", "groups"), [(LOCKS[0], ("build",)), (LOCKS[1], ("build", "dev"))])
def test_what_the_project_asks_for_is_locked_at_a_version_that_it_allows(lock, groups):
    pins = _pins(lock)
    for asked in _asked(*groups):
        for requirement, _ in pins[canonicalize_name(asked.name)]:
            (pin,) = requirement.specifier
            assert asked.specifier.contains(Version(pin.version), prereleases=True), f"{asked} is locked at {pin}"


def test_both_locks_agree_on_versions():
    small, large = (_pins(lock) for lock in LOCKS)
    for name, versions in small.items():
        assert [r.specifier for r, _ in versions] == [r.specifier for r, _ in large[name]], name


def test_what_installing_with_hashes_needs_is_locked_too():
    assert {"pip", "setuptools", "hatchling"} <= set(_pins("requirements.lock"))
