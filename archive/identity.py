"""Who is who: the canonical form of an address and the permanent id of an announcement.

Both are part of the archive's contract: ids are in subscribers' GUIDs, so no rule here may change the
result for an address that was stored before without a migration that keeps the old ids.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from posixpath import normpath
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from archive.models import Announcement, Source

#: Query parameters that only ever say where a reader came from.
_TRACKERS = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign|format|link_\w+|bbc_team|ptr_name|custom\d)|mc_[ce]id|mkt_tok|"
    r"fb(?:clid|_action_\w+|_source|_ref)|gclid|gclsrc|dclid|wbraid|gbraid|msclkid|yclid|twclid|igshid|igsh|ttclid|"
    r"li_fat_id|_hsenc|_hsmi|hsctatracking|ocid|ito|smid|smtyp|ref_src|ref_url|referrer|ftag|ftcamp|spm|s_cid|sc_cid|"
    r"wt\.mc_\w+|piwik_\w+|pk_(?:campaign|kwd|source|medium)|guccounter|guce_\w+|xtor|dicbo|fromrss|taid|mbid|"
    r"unlocked_article_code|_ga|_gl)",
    re.IGNORECASE,
)
#: Parameters that are trackers on some sites and page numbers on others: only these values are dropped.
_MAYBE_TRACKERS = re.compile(r"(?:ref|source|src|cmp|cmpid|cid|partner|share|shared|from|via|origin)", re.IGNORECASE)
_REFERRERS = re.compile(
    r"(?:rss|atom|feed\w*|twitter|facebook|fb|linkedin|e-?mail|newsletter|google\w*|social|whatsapp|reddit|hn|"
    r"hackernews|home(?:page)?|share|copylink|mobile|app|telegram|t\.co)(?:[-_].*)?",
    re.IGNORECASE,
)
_PRINT_VIEW = re.compile(
    r"(?:print|printable|printview|printpreview|print_view|printmode|printer_friendly)", re.IGNORECASE
)
_AMP_FLAG = re.compile(r"(?:amp|outputtype|output)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def canonical_url(url: str) -> str:
    """One address for one page: https, no trackers, no AMP or print view, no fragment, sorted query.

    The scheme, ``www.``-less AMP hosts, default ports, dot segments, double and trailing slashes, the case of
    scheme and host, the percent-encoding and the order of parameters do not matter. Idempotent. The result
    names the page; requests go to the address as it was published. Other schemes come back unchanged.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        return url.strip()
    host = parts.hostname.lower().rstrip(".")
    path, query = parts.path, parts.query

    # Google's AMP cache: /amp/s/example.com/page, or example-com.cdn.ampproject.org/c/s/example.com/page
    cached = re.match(r"/(?:amp|[acrv])/(?:s/)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(/.*)?$", path, re.IGNORECASE)
    if cached and (host.endswith(".ampproject.org") or host in ("www.google.com", "google.com")):
        host, path = cached.group(1).lower(), cached.group(2) or "/"
    if re.match(r"amp\.[^.]+\.", host):
        host = "www." + host[4:]
    if host.startswith("m.") and host.count(".") >= 2:
        host = "www." + host[2:]

    pairs = [
        (key, value)
        for key, value in parse_qsl(query, keep_blank_values=True)
        if not _TRACKERS.fullmatch(key)
        and not (_MAYBE_TRACKERS.fullmatch(key) and _REFERRERS.fullmatch(value))
        and not _PRINT_VIEW.fullmatch(key)
        and not (_AMP_FLAG.fullmatch(key) and value.lower() in ("", "1", "true", "amp"))
        and not (key.lower() in ("view", "format", "mode", "tmpl") and _PRINT_VIEW.fullmatch(value))
    ]
    path = re.sub(r"/{2,}", "/", path)
    path = normpath(path) if path not in ("", "/") else "/"
    path = re.sub(
        r"(?:/amp|\.amp(?=\.html$|$)|/(?:print|printable|print-view)|/index\.(?:html?|php|aspx?))$",
        "",
        path,
        flags=re.IGNORECASE,
    )
    path = re.sub(r"^/amp(?=/)", "", path, flags=re.IGNORECASE)
    path = quote(unquote(path), safe="/:@!$&'()*+,;=~-._") or "/"
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    return urlunsplit(("https", host + port, path.rstrip("/") or "/", urlencode(sorted(pairs)), ""))


def announcement_id(source: Source, item: Announcement) -> str:
    """The permanent id: 16 hexadecimal digits of a hash over the source and the publisher's own id.

    Without such an id the canonical address stands in; title and dates never count, because they are
    edited. Sources that share a numbering (``identity``) share ids, so that one document found by two of
    them is one announcement.
    """
    own = item.external_id or canonical_url(item.url)
    name = source.identity if source.identity and item.external_id else source.id
    return hashlib.sha256(f"{name}\x1f{own}".encode()).hexdigest()[:16]
