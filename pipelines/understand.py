"""The whole chain of meaning on one announcement: the same for crawls, replays, ``retag`` and ``evaluate``.

Order matters: dates decide stages, programmes name figures, and the verdict weighs everything that was found.
"""

from __future__ import annotations

from functools import cached_property

from archive.models import Announcement, KeyDate, Source, Tag
from archive.overrides import OVERRIDES, Overrides, load_overrides
from pipelines.action import actions
from pipelines.date import key_dates
from pipelines.decide import decide
from pipelines.evidence import index_of
from pipelines.figure import figures
from pipelines.identifier import identifiers
from pipelines.provenance import about_immigration
from pipelines.relevance import judge
from pipelines.signs import cues
from pipelines.sources import SourceLookup
from pipelines.stage import advice, likely, stage
from pipelines.tag import home_of, search_alias, tag
from pipelines.vocabulary import Vocabulary, vocabulary


def understand(item: Announcement, source: Source, vocabulary: Vocabulary) -> Announcement:
    """Work out tags, dates, identifiers, figures, stage and relevance of a cleaned, identified item, in place.

    What the reader has set comes first and is kept. Calling it again with the same vocabulary changes nothing;
    to apply another vocabulary, call it on an announcement that holds only what its reader set.
    """
    signs = cues().read(item)
    focused = about_immigration(source.kind, item.publisher, item.url)
    reading = index_of(vocabulary).read(item, home_of(source.country, source.kind), focused=focused)
    _add(item, tag(item, source.country, source.kind, vocabulary, reading))
    item.key_dates = _without_counting_days(item, key_dates(item, language=item.language or source.language))
    item.identifiers = identifiers(item)
    item.figures = [*item.figures, *figures(item, vocabulary, reading)]
    found = stage(item, source.kind, signs=signs)
    if found.stage:
        item.stage = found.stage
        words = found.words or item.title
        _add(item, [Tag("stage", found.stage, words, found.rule, 1.0, found.stage.capitalize())])
    _add(item, actions(item, item.tags, signs=signs, words=vocabulary))
    verdict = judge(
        item, source.kind, source.country, item.tags, item.stage, signs=signs, words=vocabulary, focused=focused
    )
    item.relevant, item.relevance, item.relevance_reason = verdict
    if item.relevant and not item.stage:
        # Something is told, though no cue says how far it is.
        words = advice(item)
        item.stage = "reported" if words else likely(item, source.kind, signs).stage
        _add(item, [Tag("stage", item.stage, words or item.title, "told", 0.3, item.stage.capitalize())])
    item.alias = search_alias(item.tags, vocabulary)
    return item


def _without_counting_days(item: Announcement, found: list[KeyDate]) -> list[KeyDate]:
    """Key dates without the days on which something was counted or drawn.

    "As of 19 July" and "on 12 July 3,000 were invited" name the day that the reader's figures are of: nobody's rules
    change on it. What the reader itself calls a day of effect is one.
    """
    counted = {figure.valid_from for figure in item.figures if item.stage == "operational"} - {""}
    return [d for d in found if d.kind != "effective" or d.date not in counted or d in item.key_dates]


def _add(item: Announcement, found: list[Tag]) -> None:
    known = {(tag.facet, tag.code) for tag in item.tags}
    item.tags.extend(tag for tag in found if (tag.facet, tag.code) not in known)


class UnderstandPipeline(SourceLookup):
    """Runs :func:`understand` on announcements, then a person's decisions; everything else passes."""

    @cached_property
    def overrides(self) -> Overrides:
        return load_overrides(OVERRIDES)

    def process_item(self, item: object) -> object:
        if isinstance(item, Announcement):
            understand(item, self.source(item.source_id), vocabulary())
            return decide(item, self.overrides, vocabulary())
        return item
