"""Reads one article page: its main text by trafilatura, its facts from the page's own metadata.

Publishers state the same facts in several vocabularies (Open Graph, Dublin Core, schema.org as JSON-LD or
microdata, ``<time>``); each fact is taken from the first that states it. Nothing is guessed from addresses.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

import trafilatura
from parsel import Selector, SelectorList
from scrapy.http import Response, TextResponse

from archive.models import Precision
from spiders.guard import PageError
from spiders.moments import Moment, stated


@dataclass(frozen=True, slots=True)
class Article:
    """What an article page says about itself.

    ``text`` is the main text, paragraphs on lines of their own. ``published`` and ``updated`` are aware
    datetimes, dates where only a day (or month: see the precisions) is stated, or ``None``. ``language`` is
    a two-letter code; ``canonical_url`` is absolute and falls back to the response's address. Other unknown
    texts are empty.
    """

    title: str
    text: str
    published: datetime | date | None
    updated: datetime | date | None
    language: str
    canonical_url: str
    publisher: str
    description: str
    published_precision: Precision | None = None
    updated_precision: Precision | None = None


#: ``<meta>`` names (lower case) in order of trust.
_PUBLISHED = (
    "article:published_time", "dcterms.issued", "dcterms.date.issued", "dc.date.issued", "og:published_time",
    "govuk:first-published-at",
)  # fmt: skip
#: Asked after JSON-LD: names that some sites use for the date of the copy.
_PUBLISHED_PERHAPS = (
    "datepublished", "cxenseparse:publishtime", "cxenseparse:recs:publishtime", "parsely-pub-date",
    "sailthru.date", "publishdate", "pubdate", "publication_date", "published_time", "dcterms.created",
    "dcterms.date", "dc.date", "date",
)  # fmt: skip
_UPDATED = (
    "article:modified_time", "dcterms.modified", "dcterms.date.modified", "dc.date.modified",
    "og:updated_time", "og:modified_time", "govuk:public-updated-at", "datemodified", "lastmod", "last-modified",
)  # fmt: skip
_DESCRIPTIONS = ("og:description", "description", "dcterms.description", "twitter:description")
_PUBLISHERS = ("og:site_name", "dcterms.publisher", "dc.publisher", "dcterms.creator", "application-name")
_ARTICLES = re.compile(r"Article$|^(?:BlogPosting|Report|SpecialAnnouncement|GovernmentService)$|NewsArticle")
_PAGES = re.compile(r"Page$|^CreativeWork$")

#: ISO 639-2 codes that Dublin Core metadata of governments uses, as the two-letter codes of everybody else.
_LONG_LANGUAGES = {
    "eng": "en", "fra": "fr", "fre": "fr", "deu": "de", "ger": "de", "spa": "es", "nld": "nl", "dut": "nl",
    "ita": "it", "por": "pt", "pol": "pl", "swe": "sv", "dan": "da", "fin": "fi", "jpn": "ja", "kor": "ko",
}  # fmt: skip

#: Classes of elements in which themes without metadata print the date.
_DATE_CLASSES = ("date", "entry-date", "post-date", "article-date", "news-date", "posted-on", "published")

#: Parts of a page whose ``<time>`` belongs to other articles or to comments.
_ELSEWHERE = "not(ancestor::aside or ancestor::footer or ancestor::nav or ancestor::a or ancestor::li)"


def article_of(response: Response) -> Article:
    """Read an article page.

    Raises :class:`~spiders.guard.PageError` for an answer that is no web page (a PDF, an image) or that has
    neither a title nor a text.
    """
    if not isinstance(response, TextResponse) or response.body[:5] == b"%PDF-":
        kind = (response.headers.get("Content-Type") or b"an unknown type").decode("latin-1")
        raise PageError(f"the article is no web page but {kind}; what its listing says is all that is read")
    page = Selector(response.text or "<html/>", type="html")
    metas = _metas(page)
    node = _linked_data(page, response)
    title = _title(page, metas, node, response)
    text = _main_text(response.text, page).removeprefix(f"{title}\n")
    if not title and not text:
        raise PageError(
            "the page has neither a title nor a text; see whether it needs JavaScript, then mend the reader"
        )
    published = _published(page, metas, node)
    updated = _first_stated(
        [*_values(metas, _UPDATED), _text(node, "dateModified"), *_marked_times(page, updated=True)]
    )
    return Article(
        title=title,
        text=text,
        published=published.value if published else None,
        updated=updated.value if updated else None,
        language=_language(page, metas),
        canonical_url=_canonical(page, metas, response),
        publisher=_publisher(metas, node),
        description=next((v for v in (*_values(metas, _DESCRIPTIONS), _text(node, "description")) if v), ""),
        published_precision=published.precision if published else None,
        updated_precision=updated.precision if updated else None,
    )


def _metas(page: Selector) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for meta in page.css("meta"):
        attributes = meta.attrib
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        name = name or attributes.get("http-equiv") or ""
        # some archives of pages keep the text in ``value``
        content = _folded(attributes.get("content") or attributes.get("value") or "")
        if name and content:
            metas.setdefault(name.strip().lower(), []).append(content)
    return metas


def _values(metas: Mapping[str, list[str]], names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from metas.get(name, ())


def _first_stated(texts: Iterable[str]) -> Moment | None:
    return next((moment for moment in map(stated, texts) if moment), None)


# -- linked data ------------------------------------------------------------------------------------------


def _linked_data(page: Selector, response: Response) -> Mapping[str, Any]:
    """The JSON-LD node of the article itself: the one that names this page, or the first article or page."""
    nodes = [node for script in page.xpath("//script[contains(@type, 'ld+json')]/text()") for node in _nodes(script)]
    articles = [n for n in nodes if any(_ARTICLES.search(t) for t in _types(n))]
    path = _path(response.url)
    for node in articles:
        about = node.get("mainEntityOfPage")
        about = about.get("@id") if isinstance(about, dict) else about
        if any(isinstance(u, str) and _path(u) == path for u in (node.get("url"), about, node.get("@id"))):
            return node
    pages = [n for n in nodes if any(_PAGES.search(t) for t in _types(n))]
    return next(iter([*articles, *pages]), {})


def _path(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _nodes(script: Selector) -> Iterator[dict[str, Any]]:
    text = script.get().replace("<![CDATA[", "").replace("]]>", "")
    starts, ends = [text.find(c) for c in "{[" if c in text], [text.rfind(c) for c in "}]" if c in text]
    try:
        content = json.loads(text[min(starts) : max(ends) + 1], strict=False)
    except (ValueError, RecursionError):  # also when there are no braces at all
        return
    for node in content if isinstance(content, list) else [content]:
        if isinstance(node, dict):
            yield node
            graph = node.get("@graph")
            yield from (n for n in (graph if isinstance(graph, list) else [graph]) if isinstance(n, dict))


def _types(node: Mapping[str, Any]) -> list[str]:
    kinds = node.get("@type")
    return [k for k in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(k, str)]


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    return _folded(html.unescape(value)) if isinstance(value, str) else ""


# -- title, dates, names ----------------------------------------------------------------------------------


def _title(page: Selector, metas: Mapping[str, list[str]], node: Mapping[str, Any], response: TextResponse) -> str:
    """The headline shown on the page (``h1``); metadata, which often adds the site's name, comes second."""
    headline = _text(node, "headline") or _text(node, "name") if _is_article(node) else ""
    site = {_folded(v).casefold() for v in (*_values(metas, _PUBLISHERS), _publisher(metas, node)) if v}
    site.update((urlsplit(response.url).hostname or "").split("."))
    named = [
        t
        for t in (
            headline,
            *_values(metas, ("og:title", "dcterms.title", "twitter:title")),
            _head_title(page),
        )
        if t
    ]
    shown = [t for t in map(_inner_text, page.xpath("//h1[not(ancestor::footer or ancestor::aside)]")) if t]
    shown = [t for t in shown if t.casefold() not in site]
    if len(shown) == 1:
        return shown[0]
    if shown and named:
        best = max(shown, key=lambda t: max(_likeness(t, other) for other in named))
        if max(_likeness(best, other) for other in named) >= 0.5:
            return best
    return _without_site(named[0], site) if named else next(iter(shown), "")


def _is_article(node: Mapping[str, Any]) -> bool:
    return any(_ARTICLES.search(kind) for kind in _types(node))


def _head_title(page: Selector) -> str:
    return _inner_text_of(page.xpath("(//head/title | //title[not(ancestor::svg)])[1]"))


def _inner_text_of(found: SelectorList[Selector]) -> str:
    return _inner_text(found[0]) if found else ""


def _inner_text(element: Selector) -> str:
    return _folded(" ".join(element.xpath(".//text()[not(ancestor::script or ancestor::style)]").getall()))


def _likeness(one: str, other: str) -> float:
    """The share of the shorter text's words that the other has too."""
    words = [set(re.findall(r"\w+", text.casefold())) for text in (one, other)]
    return len(words[0] & words[1]) / max(1, min(map(len, words)))


def _without_site(title: str, site: set[str]) -> str:
    """``Title | Site`` and ``Site - Title`` without a site name that the page states."""
    parts = re.split(r"(\s+[|–—-]\s+)", title)
    if len(parts) >= 3 and parts[-1].casefold() in site:
        return "".join(parts[:-2])
    if len(parts) >= 3 and parts[0].casefold() in site:
        return "".join(parts[2:])
    return title


def _published(page: Selector, metas: Mapping[str, list[str]], node: Mapping[str, Any]) -> Moment | None:
    """When the page says that it was published; of several statements of one day, the one with a time."""
    texts = [
        *_values(metas, _PUBLISHED), _text(node, "datePublished"), *_values(metas, _PUBLISHED_PERHAPS),
        *_marked_times(page, updated=False), *_plain_times(page),
    ]  # fmt: skip
    found = _first_stated(texts)
    if found and found.precision == "day":
        same_day = [text for text in texts if text.startswith(f"{found.value.isoformat()}T")]
        return _first_stated(same_day) or found
    return found


def _marked_times(page: Selector, updated: bool) -> list[str]:
    """Microdata and ``<time>`` that say which date they are."""
    word, attribute = ("odifi", "dateModified") if updated else ("ublish", "datePublished")
    other = "contains(@class, 'pdated')" if updated else "@pubdate"
    marked = page.xpath(
        f"//*[@itemprop='{attribute}' or @property='{attribute}' or @property='schema:{attribute}']"
        f" | //time[contains(@class, '{word}') or {other}]"
    )
    return [_time_text(element) for element in marked]


def _plain_times(page: Selector) -> list[str]:
    """The first unmarked ``<time>`` of the article, and what themes put into an element of class ``date``."""
    part = _main_part(page) or page.xpath("//body")
    times = part.xpath(
        f".//time[{_ELSEWHERE}][not(contains(@class, 'pdated') or contains(@class, 'odified')"
        " or contains(@property, 'Modified') or contains(@itemprop, 'Modified'))]"
    )
    classes = " or ".join(f"contains(concat(' ', normalize-space(@class), ' '), ' {c} ')" for c in _DATE_CLASSES)
    return [_time_text(element) for element in (*times[:1], *part.xpath(f".//*[{classes}][{_ELSEWHERE}]")[:1])]


def _time_text(element: Selector) -> str:
    return element.attrib.get("datetime") or element.attrib.get("content") or _inner_text(element)


def _language(page: Selector, metas: Mapping[str, list[str]]) -> str:
    stated_codes = (
        page.xpath("string(/html/@lang)").get() or "",
        page.xpath("string(/html/@*[name()='xml:lang'])").get() or "",
        *_values(metas, ("content-language", "dcterms.language", "dc.language", "og:locale")),
    )
    for code in stated_codes:
        word = re.split(r"[-_,;\s]", code.strip().lower())[0]
        word = _LONG_LANGUAGES.get(word, word)
        if re.fullmatch(r"[a-z]{2}", word):
            return word
    return ""


def _canonical(page: Selector, metas: Mapping[str, list[str]], response: TextResponse) -> str:
    """The canonical address, unless it names a site's front page, as careless templates do."""
    links = page.xpath("//link[contains(concat(' ', normalize-space(@rel), ' '), ' canonical ')]/@href").getall()
    for link in (*links, *_values(metas, ("og:url",))):
        try:
            address = response.urljoin(link.strip())
            parts = urlsplit(address)
        except ValueError:
            continue
        front = not parts.path.strip("/") and not parts.query
        if parts.scheme in ("http", "https") and parts.hostname and not (front and _path(response.url)):
            return address
    return response.url


def _publisher(metas: Mapping[str, list[str]], node: Mapping[str, Any]) -> str:
    publisher = node.get("publisher")
    publisher = publisher[0] if isinstance(publisher, list) and publisher else publisher
    name = _text(publisher, "name") if isinstance(publisher, dict) else ""
    return name or next(iter(_values(metas, _PUBLISHERS)), "")


# -- text -------------------------------------------------------------------------------------------------


#: Parts that are no article but that trafilatura keeps (canada.ca's "Report a problem" and "Date modified").
_FURNITURE = ["//*[contains(concat(' ', @class, ' '), ' pagedetails ')]"]


def _main_part(page: Selector) -> SelectorList[Selector]:
    return page.xpath("(//main | //article | //*[@role='main'])[1]")


def _main_text(source: str, page: Selector) -> str:
    """trafilatura's main text; where it finds too little, the blocks of the page's main part."""
    text = (trafilatura.extract(source, fast=True, include_comments=False, prune_xpath=_FURNITURE) or "").strip()
    if len(text) >= 200:
        return text
    blocks = _main_part(page).xpath(
        f".//*[self::p or self::h2 or self::h3 or self::li or self::td or self::blockquote][{_BARE}]"
    )
    plain = "\n".join(filter(None, map(_inner_text, blocks)))
    return plain if len(plain) > len(text) else text


#: A block that holds no further block, so that no sentence is read twice; not part of menus or forms.
_BARE = (
    "not(descendant::p or descendant::li or descendant::td or descendant::blockquote)"
    " and not(ancestor::nav or ancestor::footer or ancestor::aside or ancestor::form or ancestor::header)"
)


def _folded(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").split())
