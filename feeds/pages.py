"""The small pages and files of the site: about, not found, moved and withdrawn stories, robots.txt, sitemaps. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from feeds.entry import Site
from feeds.html import render, rooted
from feeds.labels import stage_label
from feeds.words import line

#: Most addresses in one sitemap (sitemaps.org); the size limit of 50 MB is never met with addresses as short as ours.
MOST_ADDRESSES = 50_000

_SITEMAP = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<{0} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{1}</{0}>\n'
)

#: What the stages mean, in the order of a measure's life.
_STAGES = {
    "reported": "Somebody tells of it; no official document says so.",
    "under-review": "It lies with a central reviewer. Its text is not public.",
    "proposed": "There is a draft of the legal text, a bill or a white paper.",
    "consultation": "The public is asked for answers or comments.",
    "announced": "The government has decided and dated it. The legal text has not been seen.",
    "final": "The legal text is published and not yet in force.",
    "in-force": "It applies now.",
    "guidance": "An authority explains or changes its practice without a rule.",
    "operational": "How the machine stands: a cap reached, a draw held, cut-off dates or processing times moved.",
    "court": "A court stopped it, upheld it or heard it.",
    "delayed": "The day of effect was moved.",
    "withdrawn": "A proposal or rule was dropped, or a programme ended.",
    "expired": "Its time is over.",
}


def about_page(site: Site, *, statement: str = "") -> bytes:
    """``about.html``: what stages and facts mean, what is promised, how to cite. ``statement``: who runs this copy."""
    stages = [(code, stage_label(code), text) for code, text in _STAGES.items()]
    return render("about.html", site, "about.html", stages=stages, statement=line(statement, 1000))


def not_found_page(site: Site) -> bytes:
    """``404.html``. A server shows it at any address, so that its links are absolute."""
    return rooted("404.html", site, "404.html", site.address())


def moved_page(story_id: str, into: str, title: str, site: Site) -> bytes:
    """The page of a story that went into another one, ``into``, with that one's title: it leads there."""
    return render(
        "moved.html",
        site,
        f"story/{story_id}.html",
        into=f"{into}.html",
        address=site.address(f"story/{into}.html"),
        title=line(title, 300) or "another story",
        guid=site.tag(f"story/{story_id}"),
    )


def withdrawn_page(story_id: str, site: Site) -> bytes:
    """The page of a story that is no longer published: it was found not to concern what this site is about."""
    return render("withdrawn.html", site, f"story/{story_id}.html", guid=site.tag(f"story/{story_id}"))


def robots(site: Site) -> bytes:
    """``robots.txt``: everybody may read everything."""
    return f"User-agent: *\nAllow: /\n\nSitemap: {site.address('sitemap.xml')}\n".encode()


def sitemaps(pages: Iterable[tuple[str, str]], site: Site) -> list[tuple[str, bytes]]:
    """``sitemap.xml`` for pages given as paths with the ISO day of their last change ('' if unknown), as it should lie.

    More than :data:`MOST_ADDRESSES` are split into ``sitemap-1.xml`` and so on, of which ``sitemap.xml`` is the index.
    """
    rows = sorted(set(pages))
    parts = [rows[start : start + MOST_ADDRESSES] for start in range(0, len(rows), MOST_ADDRESSES)] or [[]]
    if len(parts) == 1:
        return [("sitemap.xml", _addresses("urlset", "url", parts[0], site))]
    files = [(f"sitemap-{n}.xml", _addresses("urlset", "url", part, site)) for n, part in enumerate(parts, 1)]
    index = [(name, max(day for _, day in part)) for (name, _), part in zip(files, parts, strict=True)]
    return [*files, ("sitemap.xml", _addresses("sitemapindex", "sitemap", index, site))]


def _addresses(root: str, element: str, rows: Sequence[tuple[str, str]], site: Site) -> bytes:
    body = "".join(
        f"<{element}><loc>{escape(site.address('' if path == 'index.html' else path))}</loc>"
        f"{f'<lastmod>{escape(day[:10])}</lastmod>' if day else ''}</{element}>\n"
        for path, day in rows
    )
    return _SITEMAP.format(root, body).encode()
