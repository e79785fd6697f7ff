"""Lines of figures in words: which cap, which preference category and country, which salary."""

from __future__ import annotations

from feeds.words import line

AREAS = {
    "all": "Rest of the world",
    "china": "China",
    "india": "India",
    "mexico": "Mexico",
    "philippines": "Philippines",
}
PREFERENCES = {
    "1st": "first preference", "2nd": "second preference", "3rd": "third preference", "4th": "fourth preference",
    "5th": "fifth preference",
}  # fmt: skip


def series_name(programme: str, parameter: str, series: str) -> str:
    """A series' slug without what is said beside it: ``h-1b/annual-cap/masters`` is 'annual cap, masters'."""
    cutoff = series.split("/")
    if parameter == "cutoff_date" and len(cutoff) == 4:
        return f"{category(cutoff[1])}, {area(cutoff[2])}, {cutoff[3].replace('-', ' ')}"
    parts = [
        part for part in series.split("/") if part not in (programme.partition("-")[2], parameter.replace("_", "-"))
    ]
    return line(
        ", ".join(part.upper() if len(part) == 2 else part.replace("-", " ").replace("_", " ") for part in parts)
    )


def category(slug: str) -> str:
    """A preference category of the visa bulletin: 'second preference', 'F2A'."""
    return PREFERENCES.get(slug) or (slug.upper() if len(slug) <= 3 else slug.replace("-", " "))


def area(slug: str) -> str:
    """A chargeability area of the visa bulletin."""
    return AREAS.get(slug) or slug.replace("-", " ").capitalize()
