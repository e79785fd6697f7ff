"""IRCC's Express Entry rounds of invitations: one JSON file with every draw since 2015.

Numbers are strings with commas. A draw's number is its identity and is not always a number: two draws of
one day were numbered ``91a`` and ``91b``. The file is re-serialised now and then, so bytes mean nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from scrapy.http import Response

from archive.models import Announcement, Figure
from spiders.base import Drift, SourceSpider

_PAGE = (
    "https://www.canada.ca/en/immigration-refugees-citizenship/corporate/mandate/policies-operational-instructions-"
    "agreements/ministerial-instructions/express-entry-rounds/invitations.html"
)

#: The columns ``dd1`` to ``dd18`` of the pool's score distribution, as the rounds page labels them.
SCORE_RANGES = {
    "dd1": "601-1200", "dd2": "501-600", "dd3": "451-500", "dd4": "491-500", "dd5": "481-490", "dd6": "471-480",
    "dd7": "461-470", "dd8": "451-460", "dd9": "401-450", "dd10": "441-450", "dd11": "431-440", "dd12": "421-430",
    "dd13": "411-420", "dd14": "401-410", "dd15": "351-400", "dd16": "301-350", "dd17": "0-300", "dd18": "total",
}  # fmt: skip

#: An evening's draw in Ottawa is on the next day in UTC. More apart than that, the time is a slip of the pen
#: (draw 357 of 22 July 2025 states "July 12, 2025"), and only the day can be trusted.
_A_DAY = timedelta(days=1)


class ExpressEntryRounds(SourceSpider):
    """Each draw is an announcement with its size, cut-off score and the pool's score distribution as figures.

    The day of a draw is that of its figures. Nothing takes effect on it, so it is no key date.
    """

    reader = "ca_ee_rounds"

    def read(self, response: Response) -> Iterator[Announcement]:
        content: Any = json.loads(response.body)
        if not isinstance(content, dict) or "rounds" not in content:
            raise Drift("the file has no list 'rounds'; look at it and mend the reader")
        malformed: list[str] = []
        for row in content["rounds"]:
            try:
                missing = [k for k in ("drawNumber", "drawDate", "drawName", "drawSize", "drawCRS") if not row.get(k)]
                if missing:
                    raise Drift(f"lacks {', '.join(missing)}")
                yield self._draw(row)
            except (Drift, AttributeError, TypeError, ValueError) as error:
                malformed.append(f"draw {row.get('drawNumber') if isinstance(row, dict) else row!r}: {error}")
        if malformed:
            raise Drift("; ".join(malformed[:5]))

    def _draw(self, row: dict[str, str]) -> Announcement:
        number, day = row["drawNumber"].strip(), row["drawDate"].strip()
        name = " ".join(row["drawName"].split())
        size, score = row["drawSize"].strip(), row["drawCRS"].strip()
        drawn_on = date.fromisoformat(day)
        drawn_at = _moment(row.get("drawDateTime", ""))
        if drawn_at and abs(drawn_at.date() - drawn_on) > _A_DAY:
            drawn_at = None
        cutoff = " ".join(row.get("drawCutOff", "").split())
        sentences = [
            f"On {row.get('drawDateFull') or day} IRCC invited {size} candidates to apply for permanent residence "
            f"in Express Entry round {number} ({name}).",
            f"The lowest-ranked invited candidate had a Comprehensive Ranking System score of {score}.",
        ]
        if cutoff:
            sentences.append(f"Tie-breaking rule: {cutoff}.")
        programmes = " ".join(row.get("drawText2", "").split())
        if programmes:
            sentences.append(f"Programmes: {programmes}.")
        round_of = {"round": number, "category": name}
        figures = [
            _figure("draw_size", size, sentences[0], "drawSize", "invitations", day, "draws", round_of),
            _figure("score", score, sentences[1], "drawCRS", "CRS points", day, "draws", round_of),
        ]
        pool_day = row.get("drawDistributionAsOn", "").strip()
        for key, scores in SCORE_RANGES.items():
            value = (row.get(key) or "").strip()
            if re.fullmatch(r"[\d,]+", value):
                quote = f"Candidates in the pool with {scores} points on {pool_day}: {value}"
                span = {"round": number, "scores": scores}
                counted = _day(pool_day) or day
                figures.append(
                    _figure("pool_candidates", value, quote, key, "candidates", counted, f"pool/{scores}", span)
                )
        return Announcement(
            source_id=self.entry.id,
            url=f"{_PAGE}?q={number}",
            external_id=number,
            title=f"Express Entry round {number}: {name}, {size} invitations, score {score}",
            summary=" ".join(sentences),
            published=drawn_at or drawn_on,
            stage="operational",
            figures=figures,
            attributes={key: row[key] for key in ("drawName", "drawText2", "drawCutOff") if row.get(key)},
        )


def _figure(
    parameter: str, stated: str, quote: str, field: str, unit: str, day: str, series: str, dimensions: dict[str, str]
) -> Figure:
    value = _number(stated)
    return Figure(
        programme="ca-express-entry", parameter=parameter, value=value, quote=quote, rule=f"ca-ee-rounds:{field}",
        number=float(value), unit=unit, valid_from=day, series=series, dimensions=dimensions,
    )  # fmt: skip


def _number(text: str) -> str:
    digits = text.replace(",", "").replace("\u00a0", "").replace(" ", "")
    if not digits.isdigit():
        raise Drift(f"{text!r} is not a number")
    return digits


def _moment(text: str) -> datetime | None:
    """``August 7, 2026 at 10:08:20 UTC`` as a time; ``None`` for anything else."""
    match = re.fullmatch(r"(\w+ \d{1,2}, \d{4}) at (\d{2}:\d{2}:\d{2}) UTC", " ".join(text.split()))
    if not match:
        return None
    try:
        return datetime.strptime(" ".join(match.groups()), "%B %d, %Y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _day(text: str) -> str:
    try:
        return datetime.strptime(text, "%B %d, %Y").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        return ""
