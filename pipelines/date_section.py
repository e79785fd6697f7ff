"""Where a Federal Register document says its dates: the DATES section, and texts that are written like one.

The Register means what it says there: "effective" when it means it, and the day of American dates second.
"""

from __future__ import annotations

import re

from archive.models import Announcement

_ADDRESS = re.compile(r"^https?://(?:www\.)?federalregister\.gov/")
#: Australia's "Federal Register of Legislation" is another one.
_PUBLISHER = re.compile(r"\bFederal Register\b(?! of )")
#: RFC 2606: an address under ``.invalid`` is nobody's, so that only the words can tell where a text is from.
_NOBODY = re.compile(r"^https?://[^/]*\.invalid(?:/|$)")
#: How DATES sections are worded, for texts of unknown origin.
_WORDED = re.compile(
    r"\bmust be (?:received|submitted|filed|postmarked)\b|\bon or before\b|\b\d+ (?:CFR|FR) \d|\bFederal Register\b"
    r"|\b(?:rule|notice|AD|order|correction|deviation|regulations?|document|amendments?) (?:is|are) effective\b"
    r"|^\W*(?:Effective|Applicable|Comments?|Written comments|(?:The|A|This) (?:\w+ ){0,3}(?:meeting|hearing)s?)\b"
    r"|\bwill be (?:enforced|filed|applicable|considered)\b|\b(?:Committee|Council|Board|Force) will (?:meet|hold)\b"
)
_WRAP = re.compile(r"(?<![.:;!?\n])\n(?!\n)")
_HEADING = re.compile(r"(?:^DATES?|(?<=\s)(?<!EFFECTIVE\s)DATES):\s*")
_NEXT_HEADING = re.compile(
    r"\s(?:ADDRESSES|ADDRESS|FOR FURTHER INFORMATION(?: CONTACT)?|SUPPLEMENTARY INFORMATION|AGENCY|ACTION|SUMMARY):"
)


def is_register(item: Announcement) -> bool:
    """Whether an announcement is of the Federal Register: by its parts, address or publisher, else by its wording."""
    if "dates" in item.attributes or _ADDRESS.search(item.url) or _PUBLISHER.search(item.publisher):
        return True
    if item.publisher or not _NOBODY.search(item.url):
        return False
    return _WORDED.search(item.summary or item.title) is not None


def unwrapped(text: str) -> str:
    """The text with lines joined that end within a sentence, as those of printed pages do."""
    return _WRAP.sub(" ", text) if "\n" in text else text


def section(text: str) -> tuple[str, str]:
    """The DATES section of a text without its heading, and the text without that section ('' and all for none)."""
    heading = _HEADING.search(text) if "DATE" in text else None
    if heading is None:
        return "", text
    following = _NEXT_HEADING.search(text, heading.end())
    end = following.start() if following else len(text)
    return text[heading.end() : end], f"{text[: heading.start()]} {text[end:]}".strip()
