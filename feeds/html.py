"""Pages from templates: one environment in which everything is escaped, and what all pages share."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from archive.models import STAGES
from feeds.entry import FORMATS, Feed, Site
from feeds.labels import stage_label
from feeds.story import Report, TagRow
from feeds.words import clean, day, line, web_url

TEMPLATES = Path(__file__).with_name("templates")

#: How the formats are called, in the order in which they are offered.
FORMAT_NAMES = {"rss": "RSS", "atom": "Atom", "json": "JSON"}

#: RFC 5646, without its rarities. Anything else is a mistake of a source and says nothing.
_LANGUAGE = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z]{4})?(-[A-Za-z]{2})?")
#: Scripts that run from right to left, by language.
_RIGHT_TO_LEFT = frozenset(("ar", "fa", "he", "ur", "yi", "ps", "sd", "ug", "dv", "ckb"))
#: Addresses that need no encoding: most of them, and looked at many times faster than parsed.
_PLAIN = re.compile(
    r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{2,5})?"
    r"(?:/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?",
    re.ASCII,
)
#: What browsers accept in an address and the URL standard does not.
_FORBIDDEN = re.compile(r"[\[\]|^`{}\\<>\"]")


@dataclass(frozen=True, slots=True)
class Channel:
    """A published feed as the pages name it.

    ``path`` is permanent (``programme/us-h-1b``), ``name`` short (the tag's label), ``facet`` and ``code`` those of its
    tag ('' for a general feed). ``updates`` tells whether ``<path>.updates`` is published too; ``calendar`` is the path
    of its calendar, ``page`` that of its HTML twin, both within the site.
    """

    path: str
    name: str
    title: str
    description: str = ""
    facet: str = ""
    code: str = ""
    updates: bool = False
    calendar: str = ""
    page: str = ""

    @property
    def country(self) -> str:
        """The country of a country's or programme's feed, as in codes: ``us``. '' for any other."""
        return self.code.split("-")[0].lower() if self.facet in ("country", "programme") else ""

    def file(self, form: str, *, updates: bool = False) -> str:
        """The path of one of its files within the site."""
        return f"feeds/{self.path}{'.updates' if updates else ''}.{form}"


def channels(feeds: Iterable[Feed], site: Site) -> tuple[Channel, ...]:
    """The feeds that are published, in their order; their entries do not matter.

    A feed ``<path>.updates`` is noted with the feed of stories it goes with. Archive documents are left out.
    """
    rows = [feed for feed in feeds if not feed.archive_of]
    paths = {feed.path for feed in rows}
    return tuple(
        Channel(
            feed.path, channel_name(feed, site), line(feed.title), line(feed.description),
            feed.tag.facet if feed.tag else "", feed.tag.code if feed.tag else "",
            f"{feed.path}.updates" in paths, feed.calendar, feed.page or f"{feed.path}.html",
        )
        for feed in rows if not (feed.path.endswith(".updates") and feed.path.removesuffix(".updates") in paths)
    )  # fmt: skip


def channel_name(feed: Feed, site: Site) -> str:
    """What a feed is called in a list of feeds."""
    if feed.tag:
        return tag_name(feed.tag)
    name = line(feed.title).removeprefix(f"{line(site.name)}: ")
    return name[:1].upper() + name[1:]


def tag_name(tag: TagRow) -> str:
    """The label of a tag for people."""
    return (stage_label(tag.code) if tag.facet == "stage" else "") or line(tag.label) or tag.code


def language(code: str) -> str:
    """A language for a ``lang`` attribute, '' if it is not one or it is English, the language of the pages."""
    match = _LANGUAGE.fullmatch(code)
    return "" if match is None or match[1].lower() == "en" else code


def lang(code: str) -> Markup:
    """The attributes for a text in a language, with a space before them: `` lang="ar" dir="rtl"``."""
    code = language(code)
    if not code:
        return Markup("")
    direction = ' dir="rtl"' if code.split("-")[0].lower() in _RIGHT_TO_LEFT else ""
    return Markup(f' lang="{code}"{direction}')


@lru_cache(maxsize=4096)
def href(url: str) -> str:
    """An address that is safe and valid in a link, or ''. The same as :func:`feeds.words.web_url`, and faster."""
    if len(url) < 2000 and _PLAIN.fullmatch(url):
        return url
    return _FORBIDDEN.sub(lambda match: f"%{ord(match[0]):02X}", web_url(url))


def spoken_by(reports: Iterable[Report]) -> dict[str, str]:
    """Languages by address: what language a quote from there is in."""
    return {report.url: report.language for report in reports}


def stamp(text: str) -> str:
    """An ISO time as the ``datetime`` attribute takes it; '' if it is not a date."""
    return text if _TIME.fullmatch(text) else ""


_TIME = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?)?)?")


@lru_cache(maxsize=4096)
def when(text: str) -> Markup:
    """A ``time`` element for ISO text, in words and no more precise than it is."""
    words = day(line(text, 60))
    value = stamp(text)
    if not value:
        return Markup.escape(words)
    return Markup('<time datetime="{}">{}</time>').format(value, words)


def breakable(address: str) -> Markup:
    """An address to be read and copied, that may break behind its slashes."""
    return Markup(_SLASH.sub("/<wbr>", Markup.escape(clean(address))))


_SLASH = re.compile(r"(?<=[^/])/(?=[^/])")


def data_block(value: Mapping[str, Any]) -> Markup:
    """JSON-LD for a ``script`` element: no text in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # RFC 8259 section 7: any character may be written as an escape
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(clean(text))


def hash_source(block: str) -> str:
    """A data block as a Content Security Policy names it: the only one that a page may hold."""
    return f"'sha256-{b64encode(sha256(block.encode()).digest()).decode()}'"


def discovery(channel: Channel) -> list[tuple[str, str, str]]:
    """Media type, title and path of a channel's feeds for autodiscovery."""
    return [(FORMATS[form], f"{channel.title} ({name})", channel.file(form)) for form, name in FORMAT_NAMES.items()]


def render(template: str, site: Site, path: str, **values: Any) -> bytes:
    """A page as UTF-8. ``path`` is its own within the site: links are relative to it.

    Every text is cleaned of control characters and escaped on its way into the page.
    """
    return _ENVIRONMENT.get_template(template).render(
        site=site, path=path, root="../" * path.count("/"), canonical=site.address(path), **values
    ).encode()  # fmt: skip


def rooted(template: str, site: Site, path: str, root: str, **values: Any) -> bytes:
    """The same for a page that a server shows at any address: its links begin with ``root``."""
    return (
        _ENVIRONMENT.get_template(template)
        .render(site=site, path=path, root=root, canonical=site.address(path), **values)
        .encode()
    )


def _cleaned(value: Any) -> Any:
    return clean(value) if type(value) is str else value


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_cleaned, auto_reload=False, keep_trailing_newline=False,
    )  # fmt: skip
    environment.filters |= {"href": href, "when": when, "day": day, "line": line, "lang": lang, "breakable": breakable}
    environment.globals |= {"FORMATS": FORMAT_NAMES}
    return environment


_ENVIRONMENT = _environment()


def grouped(rows: Sequence[Channel], countries: Mapping[str, str] | None = None) -> list[tuple[str, list[Channel]]]:
    """Group titles with their feeds, as people look for them: general, countries, programmes by country, and others."""
    names = {row.code.lower(): row.name for row in rows if row.facet == "country"} | dict(countries or {})
    groups: dict[tuple[int, str], list[Channel]] = {}
    for row in rows:
        if row.facet == "programme":
            key = (2, f"Programmes: {names.get(row.country, row.country.upper())}")
        elif row.facet in _GROUPS:
            key = _GROUPS[row.facet]
        else:
            key = (0, "Everything") if not row.facet else (9, row.facet.capitalize())
        groups.setdefault(key, []).append(row)
    for (place, _), members in groups.items():
        if place == 3:
            members.sort(key=lambda row: STAGES.index(row.code) if row.code in STAGES else len(STAGES))
        elif place:
            members.sort(key=lambda row: (row.name.casefold(), row.path))
    return [(title, members) for (_, title), members in sorted(groups.items(), key=lambda group: group[0])]


_GROUPS = {
    "country": (1, "Countries"), "stage": (3, "Stages"), "topic": (4, "Topics"), "audience": (5, "Audiences"),
    "action": (6, "Actions"),
}  # fmt: skip
