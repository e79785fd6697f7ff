"""What a person types into a search box, as a query for SQLite's FTS5 that is never a syntax error."""

from __future__ import annotations

import re

_PIECE = re.compile(r'"([^"]*)"|([^\s"]+)')


def fts_query(text: str) -> str:
    """Quote every word, so that ``H-1B`` is a phrase and no operator; keep "quoted phrases" together.

    All pieces must occur (FTS5's implicit AND). A quote that is not closed is closed at the end. Text
    without a word gives ``""``, which matches nothing.
    """
    text = text.replace("\0", " ")
    if text.count('"') % 2:
        text += '"'
    pieces = [phrase or word for phrase, word in _PIECE.findall(text)]
    return " ".join(f'"{piece}"' for piece in pieces if piece.strip()) or '""'
