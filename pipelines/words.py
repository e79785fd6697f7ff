"""The words of a text as the matcher weighs them: folded, cut to stems, weighted by how rare they are.

How rare is a fixed table (``background.tsv``: a stem and the number of documents that have it, the number of documents
in the first line), counted once over a thousand announcements of immigration authorities, registers and
newsrooms. It is data and not a count of the archive, so that the weight of a word, and with it every story, does not
depend on what arrived before.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

BACKGROUND = Path(__file__).with_name("background.tsv")

#: Letters that are kept of a word: enough to tell words apart, few enough that endings do not count
#: (extension, extensions, extended).
STEM = 6

_WORD = re.compile(r"[^\W_]+(?:[-‐‑'’.][^\W_]+)*")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_GROUPED = re.compile(r"(?<=\d)[,\u00a0\u202f ](?=\d{3}(?!\d))")

#: Function words: English ones, and those of other languages that the background hardly holds; and
#: months, because days are compared as days.
STOP = frozenset(
    """
    a an the and or of to in on for by with at from as is are was were be been it its this that these those will
    would may can could has have had not no than then there their they he she his her who which what when how why
    you your we our us into over under after before about more most other new all any some such do does did s t if
    but so up out le la les un une des du de et en au aux pour par sur dans est sont qui que ne pas plus ce cette
    ces son sa ses avec se der die das den dem ein eine einer eines einem und oder im am zu zum zur von vom mit bei
    auf fur ist sind wird werden nicht auch als wie nach aus uber ab bis es sich dass el los las una uno unos y o
    del al con por para su sus lo mas como os um uma e da dos na nos nas em ao com il gli i di per tra fra ed che
    non sono della dei delle nel nella alla het een van te op voor met zijn dat aan bij door om naar uit och att det
    som ett pa av med till ar inte har kan fran w z sie nie jest dla oraz po od jak ze january february march april
    june july august september october november december jan feb mar apr jun jul aug sept sep oct nov dec janvier
    fevrier mars avril mai juin juillet aout septembre octobre novembre decembre januar februar marz juni juli
    oktober dezember enero febrero marzo mayo junio julio septiembre octubre noviembre diciembre
    """.split()  # noqa: SIM905  a list of words is read as a text
)


@cache
def _background() -> tuple[int, Mapping[str, int]]:
    with BACKGROUND.open(encoding="utf-8") as lines:
        total = int(next(lines))
        return total, {stem: int(count) for stem, count in (line.split("\t") for line in lines)}


@lru_cache(maxsize=50_000)
def rarity(stem: str) -> float:
    """Inverse document frequency of a stem: about 0.7 for the commonest, about 6 for those not in the table."""
    total, known = _background()
    return math.log((total + 2) / (known.get(stem, 0) + 1.5))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of a word as written: ``extens`` for Extensions, ``h1b`` for H-1B, '' for a function word or year."""
    folded = unicodedata.normalize("NFKD", word).casefold()
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    folded = re.sub(r"['’]s$", "", folded)
    folded = re.sub(r"^[ldjnmst]['’]|^qu['’]", "", folded)
    folded = re.sub(r"[-‐‑'’.]", "", folded)
    if folded in STOP or _YEAR.fullmatch(folded) or (len(folded) < 2):
        return ""
    if folded.isdigit():
        return folded if len(folded) > 2 else ""
    if len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss"):
        folded = folded[:-1]
    return folded[:STEM]


def stems(text: str) -> list[str]:
    """The stems of a text in its order, repeated as often as they stand there; pairs of signs for CJK text."""
    found = []
    ascii_ = text.isascii()  # no word of such a text needs a look for CJK signs
    for word in _WORD.findall(_GROUPED.sub("", text)):
        if not ascii_ and _CJK.search(word):
            found += [word[n : n + 2] for n in range(max(len(word) - 1, 1))]
        elif cut := stem(word):
            found.append(cut)
    return found


def weigh(words: Iterable[str], times: float = 1.0) -> dict[str, float]:
    """Each stem once with its rarity, to two places; what is said again does not count again."""
    return {word: round(times * rarity(word), 2) for word in dict.fromkeys(words)}


def cosine(one: Mapping[str, float], other: Mapping[str, float], norms: float) -> float:
    """Cosine of two weighted texts; ``norms`` is the product of their lengths. 0 when one of them is empty."""
    if not norms:
        return 0.0
    if len(one) > len(other):
        one, other = other, one
    return sum([weight * other[word] for word, weight in one.items() if word in other]) / norms


def length(weights: Mapping[str, float]) -> float:
    """Euclidean length of a weighted text."""
    return math.sqrt(sum(weight * weight for weight in weights.values()))
