"""A person's decisions on single announcements (``overrides.toml``: retag, suppress), applied after the rules."""

from __future__ import annotations

from archive.models import Announcement, Tag
from archive.overrides import Overrides
from pipelines.vocabulary import Vocabulary


def decide(item: Announcement, overrides: Overrides, vocabulary: Vocabulary) -> Announcement:
    """Add and remove tags, and take out of publication, in place: whatever the rules said before."""
    names = {item.id, item.canonical_url}
    for retag in overrides.retags:
        if retag.announcement in names:
            item.tags = [tag for tag in item.tags if f"{tag.facet}/{tag.code}" not in retag.remove]
            known = {f"{tag.facet}/{tag.code}" for tag in item.tags}
            for code in retag.add:
                if code not in known:
                    facet, _, name = code.partition("/")
                    label = _label(facet, name, vocabulary)
                    item.tags.append(Tag(facet, name, retag.reason, "override:retag", label=label))
            stages = [tag.code for tag in item.tags if tag.facet == "stage"]
            item.stage = stages[-1] if stages else ""
    for suppressed in overrides.suppressed:
        if suppressed.announcement in names:
            item.relevant, item.relevance = False, 0.0
            item.relevance_reason = f"suppressed by hand: {suppressed.reason}"
    return item


def _label(facet: str, code: str, vocabulary: Vocabulary) -> str:
    if facet == "programme" and code in vocabulary.programmes:
        return vocabulary.programmes[code].name
    if facet == "country" and code in vocabulary.countries:
        return vocabulary.countries[code].label
    return code.replace("-", " ").capitalize()
