"""Archives that may be read and not written to."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from small_archive import fill

from archive.store import Archive, ArchiveError

REPO = Path(__file__).parents[1]


def refuse(monkeypatch: pytest.MonkeyPatch, *modes: str) -> list[str]:
    """Let SQLite refuse to open files as if their folder belonged to somebody else; notes how it was asked."""
    real, asked = sqlite3.connect, []

    def connect(target: object, *arguments: object, **how: object) -> object:
        mode = "ro" if "mode=ro" in str(target) else "immutable" if "immutable" in str(target) else "rw"
        asked.append(mode)
        if mode in modes:
            error = sqlite3.OperationalError("unable to open database file")
            error.sqlite_errorcode = sqlite3.SQLITE_CANTOPEN
            if mode == "ro":  # SQLite opens such a file and fails at the first statement
                return _Broken(error)
            raise error
        return real(target, *arguments, **how)  # type: ignore[call-overload]  # passed on as it came

    monkeypatch.setattr("archive.store.sqlite3.connect", connect)
    return asked


class _Broken:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def execute(self, _sql: str) -> None:
        raise self._error

    def close(self) -> None:
        pass


@pytest.mark.parametrize(("modes", "asked"), [((), ["rw"]), (("rw",), ["rw", "ro"]),
                                              (("rw", "ro"), ["rw", "ro", "immutable"])])  # fmt: skip
def test_an_archive_is_read_with_whatever_right_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modes: tuple[str, ...], asked: list[str]
) -> None:
    fill(tmp_path / "a.db")
    before = refuse(monkeypatch, *modes)
    with Archive.reading(tmp_path / "a.db") as archive:
        assert archive.value("SELECT count(*) FROM announcements") > 0
        assert archive.read_only is bool(modes)
    assert before == asked


def test_an_archive_that_somebody_is_writing_to_is_not_read_without_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "a.db")
    (tmp_path / "a.db-wal").write_bytes(b"not yet in the file")
    refuse(monkeypatch, "rw", "ro")
    with pytest.raises(ArchiveError, match="cannot be opened as an archive"):
        Archive.reading(tmp_path / "a.db")


def test_an_older_archive_that_cannot_be_written_to_says_who_can_help(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "a.db")
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("DELETE FROM _sqlite_migrations WHERE id = (SELECT max(id) FROM _sqlite_migrations)")
    db.close()
    refuse(monkeypatch, "rw")
    with pytest.raises(ArchiveError, match="was made by an earlier version and cannot be written to"):
        Archive.reading(tmp_path / "a.db")


def test_what_is_no_archive_is_not_opened_a_second_time(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, but it is long enough to be looked at " * 20)
    with pytest.raises(ArchiveError, match="not a database"):
        Archive.reading(tmp_path / "text.db")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
@pytest.mark.parametrize("command", ["search H-1B", "status", "doctor", "sources list", "explain nothing"])
def test_commands_that_only_look_work_for_somebody_who_may_not_write(tmp_path: Path, command: str) -> None:
    fill(tmp_path / "a.db")
    assert not (tmp_path / "a.db-wal").exists()
    (tmp_path / "a.db").chmod(0o444)
    tmp_path.chmod(0o555)
    root = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*root, sys.executable, "-m", "visawire", *command.split(), "--archive", str(tmp_path / "a.db")],
        cwd=REPO, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    written = sorted(path.name for path in tmp_path.iterdir())
    tmp_path.chmod(0o755)
    assert done.stdout or "explain" in command, done.stderr
    assert "Traceback" not in done.stderr and "cannot be opened" not in done.stderr, done.stderr
    assert done.returncode == (2 if "explain" in command else done.returncode)
    assert written == ["a.db"]
