"""``index.html``: the feeds that there are and what is newest, readable without JavaScript."""

from __future__ import annotations

from html import escape

from feeds.facts import publisher_name, stage_label
from feeds.groups import grouped, name
from feeds.render import Site, anchor
from feeds.rows import Entry, Feed
from feeds.words import day, line, link

#: Announcements shown on the page.
NEWEST = 30


def index(feeds: tuple[Feed, ...], site: Site) -> bytes:
    """The page as UTF-8 HTML. The newest announcements are those of the first feed that is not of one tag.

    Links within the site are relative, so that the page also works from a folder.
    """
    general = [feed for feed in feeds if feed.tag is None]
    newest = general[0].entries[:NEWEST] if general else ()
    discovery = "".join(
        f'<link rel="alternate" type="application/{form}+xml" title="{_text(feed.title)} ({label})" '
        f'href="feeds/{escape(feed.path)}.{form}">\n'
        for feed in feeds
        if feed.tag is None or feed.tag.facet == "country"
        for form, label in (("atom", "Atom"), ("rss", "RSS"))
    )
    announcements = "".join(_announcement(entry) for entry in newest)
    lists = "".join(_group(title, members) for title, members in grouped(feeds))
    site_name = _text(site.name)
    page = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{site_name}</title>
<link rel="stylesheet" href="style.css">
{discovery}</head>
<body>
<header>
<h1>{site_name}</h1>
<p>Immigration rules for tech workers, from the governments that make them.</p>
<nav aria-label="On this page"><a href="#newest">Newest announcements</a> · <a href="#feeds">Feeds</a> ·
<a href="feeds.opml">All feeds as OPML</a></nav>
</header>
<main>
<section aria-labelledby="newest">
<h2 id="newest">Newest announcements</h2>
{f"<ol>{announcements}</ol>" if announcements else "<p>None yet.</p>"}
</section>
<section aria-labelledby="feeds">
<h2 id="feeds">Feeds</h2>
<p>Copy a feed’s link into a feed reader to follow it.</p>
{lists}</section>
</main>
<footer><p>Not legal advice.</p></footer>
</body>
</html>
"""
    return page.encode()


def _announcement(entry: Entry) -> str:
    when = entry.published or entry.first_seen
    facts = [f'<time datetime="{escape(when)}">{escape(day(when))}</time>']
    facts.append(escape(publisher_name(entry)))
    if stage := stage_label(entry.stage):
        facts.append(escape(stage))
    facts += [_text(tag.label) for tag in entry.tags if tag.facet == "programme"]
    title = link(entry.url, line(entry.title) or "Untitled announcement")
    language = f' lang="{escape(entry.language)}"' if entry.language else ""
    return f'<li><span{language}>{title}</span><br><span class="about">{" · ".join(facts)}</span></li>\n'


def _group(title: str, members: list[Feed]) -> str:
    rows = "".join(
        f'<li id="{escape(anchor(feed.path))}"><span class="name">{_text(name(feed))}</span>'
        f"{_file(feed, 'rss', 'RSS')}{_file(feed, 'atom', 'Atom')}</li>\n"
        for feed in members
    )
    return f'<h3>{_text(title)}</h3>\n<ul class="feeds">\n{rows}</ul>\n'


def _file(feed: Feed, form: str, label: str) -> str:
    href = f"feeds/{escape(feed.path)}.{form}"
    return f'<a href="{href}" aria-label="{_text(name(feed))}, {label}">{label}</a>'


def _text(text: str) -> str:
    return escape(line(text))
