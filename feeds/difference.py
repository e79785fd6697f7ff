"""The written form of a difference (:mod:`archive.diff`) read back, to be shown with insertions and deletions."""

from __future__ import annotations

from dataclasses import dataclass

_KINDS = {"- ": "del", "+ ": "ins", "  ": ""}
_NAMES = {
    "title": "Title", "summary": "Summary", "text": "Text", "published": "Date of publication",
    "updated": "Date of the last change", "stage": "Stage", "facts": "Facts read from it",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """What differs in one part of a page. ``pieces`` are (``del``, ``ins`` or '' for unchanged words, text).

    ``more`` counts the changes that are not written out.
    """

    name: str
    pieces: tuple[tuple[str, str], ...]
    more: str = ""


def parts(written: str) -> list[Part]:
    """The parts of a written difference in order; lines that are not of its form are left out."""
    found: list[tuple[str, list[tuple[str, str]], list[str]]] = []
    for row in written.splitlines():
        sign, text = row[:2], row[2:].strip()
        if sign == "@ ":
            name, _, more = text.partition(": ")
            if more and found:
                found[-1][2].append(more)
            else:
                found.append((_NAMES.get(name, name.capitalize()), [], []))
        elif sign in _KINDS and text and found:
            found[-1][1].append((_KINDS[sign], text))
    return [Part(name, tuple(pieces), "; ".join(more)) for name, pieces, more in found]
