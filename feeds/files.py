"""Writes published files: a file is replaced only if its bytes differ, and only as a whole."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_TEMPORARY = ".visawire-{name}.tmp"
#: A batch of files that wait for the disk together; so few are waited for one by one.
_BATCH_FILES, _BATCH_BYTES, _FEW = 1_000, 64_000_000, 16

_REMEDIES = {
    errno.ENOSPC: "Free some space on that disk",
    errno.EDQUOT: "Free some space within your quota",
    errno.EACCES: "Give this user the right to write there",
    errno.EPERM: "Give this user the right to write there",
    errno.EROFS: "That file system is read-only: mount it writable",
    errno.EISDIR: "Move that folder away",
    errno.ENOTDIR: "A file stands where a folder is needed: move it away",
    errno.EEXIST: "A file stands where a folder is needed: move it away",
}


class PublishError(Exception):
    """Nothing more could be published. The message names the path and says what to do.

    Every file is whole: either as it was before or as it is now.
    """


@dataclass(slots=True)
class Published:
    """What a publication did: ``written`` are paths within the site, in the order of writing; ``unchanged`` counts the
    files that were drawn up and found to be what they were, or left alone because nothing in them had changed."""

    written: list[str] = field(default_factory=list)
    unchanged: int = 0


class Writer:
    """Writes files below ``root``, many at a time.

    A new file is complete and on disk before it takes the old one's place. Asking the disk for each of ten thousand
    files takes minutes on a busy machine, so files are put aside in batches and wait together. ``done`` tells what
    happened; ``sizes`` has the size of every file that was drawn up, by path.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._waiting: list[tuple[Path, Path]] = []
        self._bytes = 0
        self.done = Published()
        self.sizes: dict[str, int] = {}

    def write(self, path: str, data: bytes) -> None:
        """Make the file at a path within the site hold ``data``, at the next :meth:`flush` at the latest; an equal
        file keeps its times. Raises :class:`PublishError`."""
        if path in self.sizes:
            self.flush()  # the file of that name that waits has to be in its place first
        self.sizes[path] = len(data)
        target = self._root / path
        with _told(target):
            if _holds(target, data):
                self.done.unchanged += 1
                return
            temporary = target.with_name(_TEMPORARY.format(name=target.name))
            try:
                with temporary.open("wb") as file:
                    file.write(data)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        self.done.written.append(path)
        self._waiting.append((temporary, target))
        self._bytes += len(data)
        if len(self._waiting) >= _BATCH_FILES or self._bytes >= _BATCH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Put everything that waits in its place, in the order in which it was written."""
        if not self._waiting:
            return
        with _told(self._waiting[0][1]):
            if len(self._waiting) <= _FEW:
                for temporary, _ in self._waiting:
                    with temporary.open("rb") as file:
                        os.fsync(file.fileno())
            else:
                os.sync()
        for temporary, target in self._waiting:
            with _told(target):
                temporary.replace(target)
        self._waiting.clear()
        self._bytes = 0

    def abandon(self) -> None:
        """Give up what waits: a full disk has no room for it."""
        for temporary, _ in self._waiting:
            with suppress(OSError):
                temporary.unlink()
        self._waiting.clear()


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return False


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what the system says into what to do about it."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Check that the folder exists and can be written to")
        raise PublishError(
            f"{path}: cannot be written ({error.strerror or error}). {remedy}, or choose another place "
            "with --site. What was published before is intact."
        ) from error


def sweep(site: Path) -> None:
    """Remove what a killed publication left behind."""
    for leftover in site.rglob(_TEMPORARY.format(name="*")):
        with suppress(OSError):
            leftover.unlink()
