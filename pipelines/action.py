"""Finds what an announcement does (actions), what it is about (topics) and whom it concerns (audiences).

Several of each may hold. Topics also follow from the programmes and actions found. Every tag carries the words
that prove it.
"""

from __future__ import annotations

from collections.abc import Iterable

from archive.models import Announcement, Tag
from pipelines.signs import Hit, Signs, cues
from pipelines.vocabulary import Vocabulary, vocabulary

#: Confidence of a tag by where its words stand.
_IN_TITLE, _IN_LEAD, _DERIVED = 0.9, 0.6, 0.5

#: Topics that a programme's kind brings.
_TOPIC_OF_KIND = {
    "temporary-work": "temporary-work", "talent": "talent", "permanent": "permanent-residence", "startup": "founders",
    "student-work": "students", "digital-nomad": "remote-work", "family": "dependants",
    "sponsor-licence": "sponsor-compliance", "compliance": "sponsor-compliance", "processing": "processing",
    "occupation-list": "occupation-lists", "quota": "quotas", "fees": "fees", "tax": "taxation",
    "travel-restriction": "travel-restrictions",
}  # fmt: skip
#: Topics that an action brings.
_TOPIC_OF_ACTION = {
    "fee-change": "fees", "quota": "quotas", "cap-reached": "quotas", "processing-time": "processing",
    "occupation-list": "occupation-lists", "travel-restriction": "travel-restrictions",
}  # fmt: skip
#: Audiences that a programme's kind brings.
_AUDIENCE_OF_KIND = {
    "temporary-work": "workers", "talent": "workers", "permanent": "workers", "startup": "founders",
    "student-work": "students", "digital-nomad": "workers", "family": "dependants", "sponsor-licence": "employers",
    "compliance": "employers", "occupation-list": "employers",
}  # fmt: skip
#: Audiences that an action or a topic brings: who sponsors has to pay the threshold, and has the duties.
_AUDIENCE_OF_ACTION = {"salary-threshold": "employers"}
_AUDIENCE_OF_TOPIC = {"sponsor-compliance": "employers"}
#: An action that says the same as a broader one beside it.
_SAYS = {
    "cap-reached": ("quota", "selection-process"), "salary-threshold": ("eligibility",),
    "priority-dates": ("cap-reached",), "draw": ("selection-process",),
}  # fmt: skip
#: Actions whose words are often but a mention: in the lead they count only where the title names no action.
_MENTIONED = frozenset({"closes", "draw", "eligibility", "enforcement", "occupation-list", "selection-process"})


def actions(
    item: Announcement,
    programmes: Iterable[Tag] = (),
    *,
    signs: Signs | None = None,
    words: Vocabulary | None = None,
) -> list[Tag]:
    """The action, topic and audience tags of an announcement, in that order, each in order of code.

    ``programmes`` are the tags found so far; topics and audiences follow from them.
    """
    words = words or vocabulary()
    signs = signs or cues().read(item)
    acts = _of("action", signs)
    for code, broader in _SAYS.items():
        if code in acts:
            for name in broader:
                acts.pop(name, None)
    if any(tag.confidence >= _IN_TITLE for tag in acts.values()):
        acts = {code: tag for code, tag in acts.items() if tag.confidence >= _IN_TITLE or code not in _MENTIONED}
    topics, audiences = _of("topic", signs), _of("audience", signs)
    for tag in programmes:
        if tag.facet == "programme" and tag.code in words.programmes:
            kind = words.programmes[tag.code].kind
            _add(topics, "topic", _TOPIC_OF_KIND.get(kind, ""), tag)
            _add(audiences, "audience", _AUDIENCE_OF_KIND.get(kind, ""), tag)
    for tag in acts.values():
        _add(topics, "topic", _TOPIC_OF_ACTION.get(tag.code, ""), tag)
        _add(audiences, "audience", _AUDIENCE_OF_ACTION.get(tag.code, ""), tag)
    for tag in topics.values():
        _add(audiences, "audience", _AUDIENCE_OF_TOPIC.get(tag.code, ""), tag)
    return [found[code] for found in (acts, topics, audiences) for code in sorted(found)]


def _of(facet: str, signs: Signs) -> dict[str, Tag]:
    found: dict[str, Tag] = {}
    about = cues().about
    for hit in sorted(signs.of(facet), key=lambda h: (not h.in_title, h.start)):
        if hit.code in found:
            continue
        label, parent = about[facet, hit.code]
        sure = _IN_TITLE if hit.in_title else _IN_LEAD
        found[hit.code] = Tag(facet, hit.code, _whole(signs.text, hit), f"cue:{facet}", sure, label, parent)
    return found


def _whole(text: str, hit: Hit) -> str:
    """The words of a cue with the rest of the last one, of which a cue may know only the stem (``universit*``)."""
    end = hit.end
    while end < len(text) and text[end].isalpha():
        end += 1
    return text[hit.start : end] if end > hit.end else hit.words


def _add(found: dict[str, Tag], facet: str, code: str, because: Tag) -> None:
    if code and code not in found:
        label, parent = cues().about[facet, code]
        sure = min(because.confidence, _DERIVED)
        found[code] = Tag(facet, code, because.words, f"{because.facet}:{because.code}", sure, label, parent)
