"""Shared by all tests."""

import os
from pathlib import Path

import pytest

import visawire  # noqa: F401  makes the rooms importable in a bare checkout

CAPTURES = Path(os.environ.get("VISAWIRE_CAPTURES", Path(__file__).parents[2] / "shared" / "captures"))


@pytest.fixture
def captures() -> Path:
    """The folder of recorded real responses; tests that need it are skipped where it is missing."""
    if not CAPTURES.is_dir():
        pytest.skip("no recorded real responses here")
    return CAPTURES
