"""Shared by all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

import visawire  # noqa: F401  makes the rooms importable in a bare checkout

# the same examples on every run where a result must not depend on luck; new ones on a developer's machine
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

CAPTURES = Path(os.environ.get("VISAWIRE_CAPTURES", Path(__file__).parents[2] / "shared" / "captures"))


@pytest.fixture
def captures() -> Path:
    """The folder of recorded real responses; tests that need it are skipped where it is missing."""
    if not CAPTURES.is_dir():
        pytest.skip("no recorded real responses here")
    return CAPTURES


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test writes need not survive a power cut, and ``sync`` waits for whatever else the machine writes."""
    monkeypatch.setattr(os, "sync", lambda: None)
