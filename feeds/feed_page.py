"""The HTML twin of a feed: how to follow it, what is in it and, for a programme, its figures over time. Pure."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from archive.models import iso
from feeds.entry import FORMATS, Entry, Feed, Site
from feeds.fact_block import LAST_CHANGE
from feeds.history import Figures
from feeds.html import FORMAT_NAMES, Channel, channel_name, discovery, render, when
from feeds.plots import Plot, draw

#: Entries with their content; those behind them are listed by title.
IN_FULL = 20
#: Entries that are listed at all.
MOST = 200

#: Where a feed reader is told to subscribe; ``{}`` is the feed's address, percent-encoded.
READERS = (
    ("Feedly", "https://feedly.com/i/subscription/feed%2F{}"),
    ("Inoreader", "https://www.inoreader.com/?add_feed={}"),
    ("NewsBlur", "https://www.newsblur.com/?url={}"),
    ("The Old Reader", "https://theoldreader.com/feeds/subscribe?url={}"),
)

# What an entry's content is written as for XML; the HTML standard warns of the slash.
_EMPTY = re.compile(r"<(br|hr)\s*/>")


def feed_page(feed: Feed, site: Site, channel: Channel, figures: Figures | None = None) -> bytes:
    """``<feed>.html``. ``channel`` is the same feed as in lists; ``figures`` are a programme's.

    ``feed.entries`` are sanitised already (:mod:`feeds.safe`); their links may be absolute, those of this site are made
    relative.
    """
    page = channel.page
    up = "../" * page.count("/")
    entries = feed.entries[:MOST]
    return render(
        "feed.html",
        site,
        page,
        channel=channel,
        name=channel_name(feed, site),
        addresses=[(FORMAT_NAMES[form], channel.file(form), site.address(channel.file(form))) for form in FORMATS],
        updates=[
            (FORMAT_NAMES[form], channel.file(form, updates=True), site.address(channel.file(form, updates=True)))
            for form in FORMATS
        ]
        if channel.updates
        else [],
        calendar=_subscription(site, channel.calendar) if channel.calendar else None,
        readers=readers(site.address(channel.file("atom"))),
        entries=[(entry, _place(entry.url, site, up), content(entry.content, site, up)) for entry in entries[:IN_FULL]],
        older=[(entry, _place(entry.url, site, up)) for entry in entries[IN_FULL:]],
        dated=dated,
        anchor=partial(_anchor, page=site.address(page)),
        previous=[(name, f"feeds/{feed.previous}.{form}") for form, name in FORMAT_NAMES.items()]
        if feed.previous
        else [],
        discovery=discovery(channel),
        current=figures.current if figures else (),
        hidden=figures.hidden if figures else 0,
        plots=_drawn(figures.plots if figures else ()),
    )


def readers(address: str) -> list[tuple[str, str]]:
    """Names of web feed readers with the address at which each subscribes to a feed."""
    return [(name, pattern.format(quote(address, safe=""))) for name, pattern in READERS]


def webcal(address: str) -> str:
    """A calendar's address in the scheme that calendar programs subscribe to."""
    return "webcal:" + address.partition(":")[2]


def dated(entry: Entry) -> Markup:
    """When it was published, or happened; when it came to be known, if on another day; and when it last changed.

    What an entry is about dates it; its place in the feed can be much later.
    """
    placed = iso(entry.date)
    stated = entry.facts.get("published") or entry.facts.get("at")
    told = stated if isinstance(stated, str) and stated else placed
    rows = [when(told)]
    if told[:10] < placed[:10]:
        rows.append(Markup("seen {}").format(when(placed[:10])))
    if entry.updated.date() > entry.date.date():
        # a story that was found late is not changed by being found
        changed = f">{LAST_CHANGE}:<" in entry.content
        if changed or len(rows) == 1:
            rows.append(Markup("{} {}").format("changed" if changed else "seen", when(iso(entry.updated)[:10])))
    return Markup(" · ").join(rows)


def _anchor(url: str, page: str) -> str:
    """What an entry that stands on its feed's own page is called there; '' for one that has a page to itself."""
    name = url.removeprefix(f"{page}#") if url.startswith(f"{page}#") else ""
    return name if _ANCHOR.fullmatch(name) else ""


_ANCHOR = re.compile(r"\d{4}-(?:W\d{2}|\d{2}-\d{2})")


def content(html: str, site: Site, up: str) -> Markup:
    """An entry's content for a page: HTML instead of XHTML, with links within the site relative (``up`` to its top)."""
    return Markup(_EMPTY.sub(r"<\1>", html).replace(f'href="{site.url}/', f'href="{up}'))


def _subscription(site: Site, calendar: str) -> dict[str, str]:
    address = site.address(calendar)
    return {
        "file": calendar,
        "address": address,
        "webcal": webcal(address),
        "google": f"https://calendar.google.com/calendar/render?cid={quote(webcal(address), safe='')}",
    }


def _place(url: str, site: Site, up: str) -> str:
    """A link of an entry: relative when it leads to this site, '' when it is not a web address."""
    base = f"{site.url}/"
    if url.startswith(base):
        return up + url.removeprefix(base)
    return url if urlsplit(url).scheme in ("http", "https") else ""


def _drawn(plots: tuple[Plot, ...]) -> list[tuple[Plot, Markup]]:
    return [(plot, draw(plot, f"plot{number}")) for number, plot in enumerate(plots, 1)]
