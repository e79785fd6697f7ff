"""A log-linear model kept as a table: what each trait of an item adds to the log-odds of each outcome.

The table is a text file of columns divided by tabs. Its first line names the outcomes, each further line a trait and
its weights in hundredths, empty for none. Lines that begin with ``#`` are remarks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The trait that every item has.
START = "start"


class TableError(ValueError):
    """A table that cannot be used; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class LogLinear:
    """``outcomes`` in order, and of each trait the outcomes (by number) that it speaks for or against.

    ``beginnings`` are the traits' names up to their first space: what a trait of two words may begin with.
    """

    outcomes: tuple[str, ...]
    weights: Mapping[str, tuple[tuple[int, float], ...]]
    beginnings: frozenset[str]

    def chances(self, traits: Mapping[str, float]) -> dict[str, float]:
        """The probability of each outcome, given how much there is of each trait. Unknown traits say nothing."""
        sums = [0.0] * len(self.outcomes)
        for number, weight in self.weights[START]:
            sums[number] = weight
        for trait, value in traits.items():
            for number, weight in self.weights.get(trait, ()):
                sums[number] += weight * value
        top = max(sums)
        odds = [math.exp(each - top) for each in sums]
        total = sum(odds)
        return {outcome: each / total for outcome, each in zip(self.outcomes, odds, strict=True)}

    def telling(self, outcome: str, traits: Mapping[str, float]) -> list[tuple[str, float]]:
        """The traits that speak for or against an outcome, with what each adds to its log-odds, weightiest first."""
        number = self.outcomes.index(outcome)
        found = [
            (trait, weight * value)
            for trait, value in traits.items()
            for other, weight in self.weights.get(trait, ())
            if other == number
        ]
        return sorted(found, key=lambda each: (-abs(each[1]), each[0]))


def load(path: Path) -> LogLinear:
    """Read a table. Raises :class:`TableError` for one that cannot be used."""
    outcomes: tuple[str, ...] = ()
    weights: dict[str, tuple[tuple[int, float], ...]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#") or not line:
            continue
        name, *cells = line.split("\t")
        if not outcomes:
            outcomes = tuple(cells)
            continue
        try:
            weights[name] = tuple((n, int(cell) / 100) for n, cell in enumerate(cells) if cell)
        except ValueError as error:
            raise TableError(f"{path}, line {number}: weights are whole numbers: {error}") from error
        if len(cells) > len(outcomes):
            raise TableError(f"{path}, line {number}: {len(cells)} weights for {len(outcomes)} outcomes")
    if not outcomes or START not in weights:
        raise TableError(f"{path}: needs a line of outcomes and the trait {START!r}; write it anew by fit_stage.py")
    return LogLinear(outcomes, weights, frozenset(name.partition(" ")[0] for name in weights if " " in name))
