"""Ids for announcements whose publisher gives them none: from a file's name, or from a date and a heading."""

from __future__ import annotations

import re
from posixpath import basename
from urllib.parse import unquote, urlsplit


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, in any script."""
    return re.sub(r"[\W_]+", "-", text.casefold()).strip("-")


def file_id(address: str) -> str:
    """``20250624-name`` for ``.../20250624-Name_0.pdf``; '' for anything but a PDF.

    Drupal appends ``_0``, ``_1`` ... when a file is replaced, so such an ending is no part of the id.
    """
    match = re.fullmatch(r"(.+?)(?:_\d+)?\.pdf", basename(unquote(urlsplit(address).path)), re.IGNORECASE)
    return slug(match[1]) if match else ""
