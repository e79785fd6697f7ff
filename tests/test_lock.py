"""The lock of a run: one run an archive at a time, and a plain word where it cannot be taken."""

import pytest

from archive.store import ArchiveError
from visawire.crawling import Locked, run_lock


def test_a_second_run_is_turned_away_and_the_lock_is_free_afterwards(tmp_path):
    archive = tmp_path / "deep" / "archive.db"
    with run_lock(archive), pytest.raises(Locked, match="another run holds"), run_lock(archive):
        pass
    with run_lock(archive):
        pass


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path):
    below_a_file = tmp_path / "file" / "archive.db"
    below_a_file.parent.write_text("in the way", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"archive\.db\.lock: cannot be .* --archive"), run_lock(below_a_file):
        pass
    (tmp_path / "archive.db.lock").mkdir()
    with pytest.raises(ArchiveError, match="cannot be written"), run_lock(tmp_path / "archive.db"):
        pass
