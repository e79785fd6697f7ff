"""Puts old and new together: "from £38,700 to £41,700", "39 582 € au lieu de 38 475 €"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipelines import moments
from pipelines.amounts import Amount
from pipelines.figure_cues import MARK, WORD, FigureCues

#: A short remark in brackets that holds a number; what is in it is no amount of the sentence.
_ASIDE = re.compile(r"\s*\([^()]{0,40}\d[^()]{0,40}\)")
_BRACKET = re.compile(r"\s*\((?:(?:about|approx\.?|approximately|around|roughly|or|circa|ca\.?|env\.)\s*)?", re.I)


@dataclass(frozen=True, slots=True)
class Group:
    """A new amount, with the old one where the sentence tells it; ``start`` to ``end`` spans both."""

    new: Amount
    old: Amount | None
    start: int
    end: int


def _no_dates(sentence: str, amounts: Sequence[Amount]) -> list[Amount]:
    if all(a.kind == "money" for a in amounts):
        return list(amounts)
    dates = [(m.start, m.end) for m in moments.find(sentence)]
    return [a for a in amounts if a.kind == "money" or not any(s < a.end and a.start < e for s, e in dates)]


def _no_conversions(sentence: str, amounts: Sequence[Amount]) -> list[Amount]:
    """Without sums in brackets that say the sum before them in another currency: S$5,600 (US$4,200)."""
    kept: list[Amount] = []
    for amount in amounts:
        last = kept[-1] if kept else None
        if last and amount.kind == last.kind == "money" and amount.currency != last.currency:
            opening = _BRACKET.fullmatch(sentence, last.end, amount.start)
            if opening and sentence[amount.end : amount.end + 1] == ")":
                continue
        kept.append(amount)
    return kept


def groups_of(sentence: str, amounts: Sequence[Amount], cues: FigureCues) -> list[Group]:
    """Amounts with their old values, in order; an amount that is only an old value is no group, nor is a date."""
    amounts = _no_conversions(sentence, _no_dates(sentence, amounts))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    if len(amounts) > 1:
        small = _masked(sentence, amounts).lower()
        words = set(WORD.findall(small))
        for change in cues.changes:
            if len(taken) > len(amounts) - 2:
                break
            if not (change.words <= words and change.sign in small):
                continue
            for match in change.pattern.finditer(small):
                old, new = int(match["old"]), int(match["new"])
                if old not in taken and new not in taken and _comparable(amounts[old], amounts[new]):
                    pairs[new] = old
                    taken |= {old, new}
    groups = []
    for n, amount in enumerate(amounts):
        if n in pairs:
            now, earlier = _alike(amount, amounts[pairs[n]])
            groups.append(Group(now, earlier, min(now.start, earlier.start), max(now.end, earlier.end)))
        elif n not in taken:
            groups.append(Group(amount, None, amount.start, amount.end))
    return sorted(groups, key=lambda g: g.start)


def _masked(sentence: str, amounts: Sequence[Amount]) -> str:
    pieces, end = [], 0
    for n, amount in enumerate(amounts):
        pieces += [_ASIDE.sub(" ", sentence[end : amount.start]), MARK.format(n)]
        end = amount.end
    return "".join((*pieces, _ASIDE.sub(" ", sentence[end:])))


def _comparable(one: Amount, other: Amount) -> bool:
    if one.number is None or other.number is None or (one.value, one.unit) == (other.value, other.unit):
        return False
    if {one.kind, other.kind} == {"count", "money"}:
        return 0.1 < one.number / max(other.number, 0.01) < 10
    if one.kind == "duration":
        return other.kind == "duration"
    return one.kind == other.kind and (one.currency == other.currency or not (one.currency and other.currency))


def _alike(one: Amount, other: Amount) -> tuple[Amount, Amount]:
    """Both as money, where "from 5,000 to 5,600 Singapore dollars" leaves the currency of one out."""
    if one.kind == other.kind:
        return one, other
    currency = one.currency or other.currency
    return replace(one, kind="money", currency=currency), replace(other, kind="money", currency=currency)
