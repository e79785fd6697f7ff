"""Fit the weights by which cues and words decide the stage, and write ``pipelines/cues/stage_weights.tsv``.

Needs scikit-learn, which nothing else here does: ``pip install "scikit-learn>=1.7,<2"``. Run from the repository::

    python tests/evaluation/fit_stage.py --cross tests/evaluation/training.csv tests/evaluation/own.csv
    python tests/evaluation/fit_stage.py tests/evaluation/training.csv more.csv:1.0 > pipelines/cues/stage_weights.tsv

Files are labelled items with the columns of ``own.csv``; ``:WEIGHT`` after a name says what its items count for
(default 1). ``--tuned FILE`` names items on which the cues were written: they are read with the cues of ``--earlier
FOLDER``, so that the fit trusts cues as far as they can be trusted on items that nobody has seen. ``--cross``
prints how often eight-fold cross-validation is right, file by file, instead.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from pipelines.clean import clean
from pipelines.evaluation import item_of
from pipelines.loglinear import START
from pipelines.provenance import source_of
from pipelines.signs import HERE, Cues
from pipelines.stage import traits_of
from pipelines.understand import understand
from pipelines.vocabulary import vocabulary

#: Inverse strength of the ridge; how many words are kept and in how many items they must stand; rounding.
RIDGE, WORDS, ITEMS, STEP = 0.7, 1500, 2, 5
FOLDS = 8


class Labelled(NamedTuple):
    """One relevant item: the file it is from, what it counts for, its traits and its stage."""

    file: str
    counts: float
    traits: dict[str, float]
    stage: str


def read(path: Path, counts: float, cues: Cues) -> Iterator[Labelled]:
    """The relevant items of a file, without those of which people differ. Kind and language are not told."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["relevant"] != "1" or row.get("doubt_level") == "high" or row["stage"] in ("", "n/a"):
                continue
            item = clean(item_of({**row, "source_kind": "", "language": ""}))
            source = source_of(item.url, item.publisher, vocabulary())
            item = understand(item, source, vocabulary())
            yield Labelled(path.name, counts, traits_of(item, source.kind, cues.read(item)), row["stage"])


def _is_word(trait: str) -> bool:
    return "=" in trait


class Fit:
    """A fitted model; see the constants for how."""

    def __init__(self, items: Sequence[Labelled]) -> None:
        often = Counter(trait for item in items for trait in item.traits if _is_word(trait))
        self.words = {word for word, count in often.items() if count >= ITEMS}
        self._fit(items)
        worth = abs(self.model.coef_).max(axis=0)
        names = [name for name in self.vectors.vocabulary_ if _is_word(name)]
        names.sort(key=lambda n: -worth[self.vectors.vocabulary_[n]] * often[n] ** 0.5)
        self.words = set(names[:WORDS])
        self._fit(items)
        for weights in (self.model.coef_, self.model.intercept_):
            weights[...] = (weights * 100 / STEP).round() * STEP / 100

    def _kept(self, traits: dict[str, float]) -> dict[str, float]:
        return {name: value for name, value in traits.items() if not _is_word(name) or name in self.words}

    def _fit(self, items: Sequence[Labelled]) -> None:
        self.vectors: Any = DictVectorizer()
        matrix = self.vectors.fit_transform([self._kept(item.traits) for item in items])
        self.model: Any = LogisticRegression(C=RIDGE, max_iter=2000)
        self.model.fit(matrix, [item.stage for item in items], sample_weight=[item.counts for item in items])

    def stages(self, items: Sequence[Labelled]) -> list[str]:
        """The stage of each item by the model."""
        return list(self.model.predict(self.vectors.transform([self._kept(item.traits) for item in items])))

    def table(self) -> Iterator[str]:
        """The lines of the table of weights, in hundredths; traits that weigh nothing are left out."""
        yield "# What each trait adds to the log-odds of each stage, in hundredths; fitted by fit_stage.py."
        yield "\t".join(["trait", *self.model.classes_])
        yield _line(START, self.model.intercept_)
        for name, number in sorted(self.vectors.vocabulary_.items()):
            if self.model.coef_[:, number].any():
                yield _line(name, self.model.coef_[:, number])


def _line(name: str, weights: Sequence[float]) -> str:
    cells = (str(round(weight * 100)) if weight else "" for weight in weights)
    return "\t".join([name, *cells]).rstrip("\t")


def cross(items: Sequence[Labelled]) -> Iterator[str]:
    """How often the stage of items that the fit has not seen is right, file by file."""
    dice = random.Random(0)
    fold = [dice.randrange(FOLDS) for _ in items]
    right: dict[str, list[bool]] = defaultdict(list)
    for number in range(FOLDS):
        fit = Fit([item for item, n in zip(items, fold, strict=True) if n != number])
        unseen = [item for item, n in zip(items, fold, strict=True) if n == number]
        for item, told in zip(unseen, fit.stages(unseen), strict=True):
            right[item.file].append(told == item.stage)
    for file, found in right.items():
        yield f"{file:30} {sum(found) / len(found):.3f} of {len(found)}"


def main() -> None:
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE[:WEIGHT]")
    parser.add_argument("--tuned", nargs="*", default=[], metavar="FILE[:WEIGHT]")
    parser.add_argument("--earlier", type=Path, default=HERE, metavar="FOLDER")
    parser.add_argument("--cross", action="store_true")
    arguments = parser.parse_args()
    items: list[Labelled] = []
    for names, cues in ((arguments.files, Cues()), (arguments.tuned, Cues(arguments.earlier))):
        for name in names:
            path, _, counts = name.partition(":")
            items.extend(read(Path(path), float(counts or 1), cues))
    sys.stdout.writelines(f"{line}\n" for line in (cross(items) if arguments.cross else Fit(items).table()))


if __name__ == "__main__":
    main()
