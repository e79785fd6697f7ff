"""Who speaks: works out a source from an address and a publisher's name, and whether immigration is its business.

Crawled announcements have a registered source. Files of items to judge (``evaluate``, ``retag`` of imports) have
only an address and a name; for those :func:`source_of` makes one, from the hosts of ``provenance.toml`` and from
what publishers call themselves.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from archive.models import Source
from pipelines.vocabulary import Vocabulary

HOSTS = Path(__file__).with_name("provenance.toml")

#: Kinds of source that speak for a country; what others write is press.
OFFICIAL = frozenset({"government", "regulator-register", "legislature", "court"})

#: What other lists call a kind, and what the register calls it.
_KINDS = {
    "consultancy": "industry", "aggregator": "news", "forum": "news", "spam": "news", "reference": "industry",
    "academic": "industry", "regulator": "regulator-register", "register": "regulator-register", "press": "news",
}  # fmt: skip

_REGISTERS = re.compile(
    r"\b(?:federal register|canada gazette|legislation\.gov\.uk|official journal|eur-lex|bolet[ií]n oficial|BOE|"
    r"l[ée]gifrance|journal officiel|bundesgesetzblatt|di[áa]rio da rep[úu]blica|gazzetta ufficiale|staatscourant|"
    r"staatsblad|dziennik ustaw|official gazette|gazette)\b",
    re.IGNORECASE,
)
_LAW = re.compile(
    r"\b(?:law|llp|legal|lawyers?|attorneys?|solicitors?|barristers?|avocats?|rechtsanw[aä]lt\w*|advocaten|abogados|"
    r"advogados|fragomen|ogletree|nixon peabody|lexology|mondaq|jd ?supra|murthy|berry appleman|BAL|jackson lewis|"
    r"littler|seyfarth|morgan lewis|gibson dunn|duane morris|greenberg traurig|mayer brown|bird ?& ?bird|cms|"
    r"taylor wessing|lewis silkin|kingsley napley|burness paull|magrath|gherson|deloitte legal|newland chase|vialto|"
    r"kpmg|pwc|ernst ?& ?young|ey)\b|law(?:yers?|firm|group)?\.com|immigration(?:law|lawyer)",
    re.IGNORECASE,
)
#: Words in a name or host which show that immigration is the business.
_IMMIGRATION = re.compile(
    r"immigra|\bvisa|visa(?:s|hq|verge|lawyer|guard|guide|news)?\b|migrat|relocat|mobility|expat|work ?permit|"
    r"passport|émigr|immigr|einwander|green ?card|h-?1b|citizenship|newcomer|nomad|residenc[ey]",
    re.IGNORECASE,
)
#: Official bodies whose business immigration and work permits are, by what they are called.
_AUTHORITY = re.compile(
    r"immigra|migrat|\bvisas?\b|home office|home affairs|ministry of manpower|\bMOM\b|\bIRCC\b|\bUSCIS\b|\bUKVI\b|"
    r"\bESDC\b|\bIND\b|\bSIRI\b|\bBAMF\b|\bAIMA\b|\bDETE\b|citizenship|foreign labor|\bOFLC\b|make it in germany|"
    r"migri\b|state\.gov|department of state\b|work in estonia|入国|出入国|입국|移民",
    re.IGNORECASE,
)
_GOVERNMENT = re.compile(
    r"\b(?:ministry|department of|government|gouvernement|minist[eè]re|ministerio|minist[ée]rio|ministerie|"
    r"bundesministerium|bundesamt|home office|white house|authority|commission|secretary of|embassy|"
    r"state secretariat)\b",
    re.IGNORECASE,
)
_PARLIAMENT = re.compile(r"\b(?:parliament|congress|senate|house of commons|bundestag|riksdag|oireachtas)\b", re.I)
_VIA = re.compile(r"\s+(?:via|through|/|on)\s+.*$")


class Host(NamedTuple):
    """What is known of a host: its country in lower case and whether immigration is its business."""

    country: str
    about: bool


@cache
def _hosts() -> dict[str, Host]:
    content = tomllib.loads(HOSTS.read_text(encoding="utf-8"))
    found: dict[str, Host] = {}
    for country, table in content.items():
        for name in ("official", "about"):
            found |= {host: Host(country, name == "about") for host in table[name]}
    return found


@lru_cache(maxsize=4096)
def host_of(url: str) -> Host | None:
    """The official host that an address belongs to, ``None`` for a private one."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    labels = (parts.hostname or "").split(".")
    known = _hosts()
    for n in range(len(labels)):
        name = ".".join(labels[n:])
        first = "/".join([name, *parts.path.strip("/").split("/")[:2]])
        found = known.get(first) or known.get(name) or (known.get(f".{name}") if n else None)
        if found:
            return found
    return None


@lru_cache(maxsize=4096)
def about_immigration(kind: str, publisher: str, url: str) -> bool:
    """Whether a source of this kind, name and address is about immigration, so that bare words count from it."""
    host = host_of(url)
    if host is not None and host.about:
        return True
    if kind in OFFICIAL or host is not None:
        return bool(_AUTHORITY.search(publisher))
    return kind == "law-firm" or bool(_IMMIGRATION.search(f"{publisher} {urlsplit(url).hostname or ''}"))


def source_of(url: str, publisher: str, vocabulary: Vocabulary, *, kind: str = "", language: str = "") -> Source:
    """The source that an address and a publisher's name point to; ``kind`` where it is known.

    A body of government that is passed on by another site ("IRCC via a news wire") speaks for itself. The country
    of press stays empty: it says nothing about whose policy it is.
    """
    kind = _KINDS.get(kind, kind)
    host = host_of(url)
    own = _VIA.sub("", publisher)
    country = (host.country if host else "") or _country_of(own, vocabulary, _ending(url))
    if not kind:
        kind = _kind_of(own, url, host, country)
    if kind == "government" and _REGISTERS.search(own):
        kind = "regulator-register"
    if kind not in OFFICIAL:
        country = ""
    return Source(
        id="file", name=publisher or "file", publisher=publisher, country=country.upper(), kind=kind,
        authority="primary" if kind in OFFICIAL else "secondary", language=language, url=url, licence="unknown",
        republish="excerpt", cadence="never",
    )  # fmt: skip


def _kind_of(publisher: str, url: str, host: Host | None, country: str) -> str:
    if _REGISTERS.search(publisher) and (host or not url):
        return "regulator-register"
    if host and host.country:
        return "legislature" if _PARLIAMENT.search(publisher) else "government"
    name = f"{publisher} {urlsplit(url).hostname or ''}"
    if _LAW.search(name):
        return "law-firm"
    if country and _GOVERNMENT.search(publisher):
        return "government"
    return "industry" if _IMMIGRATION.search(name) else "news"


def _ending(url: str) -> str:
    """The country that the end of a host's name stands for, if it is one."""
    ending = (urlsplit(url if "//" in url else f"//{url}").hostname or "").rpartition(".")[2]
    return {"uk": "gb"}.get(ending, ending)


@lru_cache(maxsize=4096)
def _country_of(publisher: str, vocabulary: Vocabulary, ending: str = "") -> str:
    """The country whose authority a publisher is by name: exactly, as its first words, or with the country's name.

    Where several countries have an authority of that name, the ``ending`` of the address tells which is meant.
    """
    plain = publisher.casefold().strip()
    bearers = [
        code
        for code, country in vocabulary.countries.items()
        if any(plain == name.casefold() or plain.startswith(f"{name.casefold()} ") for name in country.authorities)
    ]
    official = bool(_GOVERNMENT.search(publisher) or _REGISTERS.search(publisher))
    named = [
        code
        for code, country in vocabulary.countries.items()
        if (official or len(bearers) > 1)
        and any(re.search(rf"\b{re.escape(name)}\b", publisher) for name in (*country.names, *country.adjectives))
    ]
    for code in (*(c for c in bearers if c in named), *(c for c in bearers if c == ending), *bearers, *named):
        return code
    return "us" if official and re.match(r"federal register", plain) else ""
