"""Which codes of countries, programmes, topics, actions and audiences there are, to check filters against."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

from archive.store import Archive, ArchiveError
from feeds.where import Known
from pipelines.signs import cues
from pipelines.vocabulary import vocabulary
from visawire.config import Config


def known_codes(config: Config) -> Known:
    """For each facet its codes, from the vocabulary, the cues and the archive's tags, with their names.

    An archive that is not there yet, or cannot be read now, adds nothing.
    """
    found: defaultdict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    words = vocabulary()
    for country in words.countries.values():
        found["country"][country.code] = (country.label, *country.names)
    for programme in words.programmes.values():
        found["programme"][programme.id] = (programme.name, *programme.aliases)
    for (facet, code), about in cues().about.items():
        if facet in ("topic", "action", "audience"):
            found[facet][code] = (about.label,)
    if config.archive.exists():
        try:
            with Archive(config.archive, read_only=True) as archive:
                for facet, code, label in archive.rows("SELECT facet, code, label FROM tags"):
                    found[facet].setdefault(code, (label,))
        except (ArchiveError, sqlite3.Error):
            pass  # whoever needs the archive says what is wrong with it
    return found


def check_settings(config: Config) -> None:
    """Check the ``[[feed]]`` and ``[[notify]]`` tables before anything is done.

    Raises :class:`~feeds.catalog.CatalogError` or :class:`~visawire.config.ConfigError`, naming the line. A variable
    that is not set is no mistake here: whoever sends messages needs it, and says so.
    """
    from visawire.notify_config import load_notifications

    load_notifications(config, unset=True)
