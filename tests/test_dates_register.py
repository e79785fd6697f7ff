"""The DATES sections of the Federal Register: what they put in force and until when comments are taken.

The sentences are invented, in the forms that agencies use.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from archive.models import Announcement, KeyDate
from pipelines.date import comment_deadline, effective_date, key_dates
from pipelines.evaluation import read
from pipelines.vocabulary import vocabulary

PUBLISHED = date(2026, 3, 5)


def prose(dates: str, published: date | None = None) -> list[KeyDate]:
    url = "https://www.federalregister.gov/d/1"
    return key_dates(Announcement("us-fr", url, "", attributes={"dates": dates}, published=published))


def told(dates: list[KeyDate]) -> list[tuple[str, str]]:
    return [(d.kind, d.date) for d in dates]


def main(dates: list[KeyDate]) -> tuple[str, str]:
    effect, deadline = effective_date(dates), comment_deadline(dates)
    return (effect.date if effect else "", deadline.date if deadline else "")


#: (DATES prose, effective, comments close)
REGISTER = [
    ("This rule is effective June 1, 2026.", "2026-06-01", ""),
    ("Effective Date: June 1, 2026.", "2026-06-01", ""),
    ("Effective: June 1, 2026. Comments Due Date: May 4, 2026", "2026-06-01", "2026-05-04"),
    ("The revised charter becomes effective on June 1, 2026.", "2026-06-01", ""),
    ("Effective 0901 UTC, September 10, 2026. The Director approves this reference.", "2026-09-10", ""),
    ("These duties apply to permits on and after October 1, 2026 and are effective on that day.", "", ""),
    ("These regulations are effective on and after October 1, 2026.", "2026-10-01", ""),
    ("The new fees took effect on April 8, 2026.", "2026-04-08", ""),
    ("This deviation is effective from 6 a.m. on June 3, 2026 to 6 a.m. on July 3, 2026.", "2026-06-03", ""),
    ("This rule is effective from 7 a.m. until 3 p.m. on June 3, 2026.", "2026-06-03", ""),
    (
        "This rule is effective without actual notice from June 5, 2026, until July 1, 2026. For the purposes of "
        "enforcement, actual notice will be used from May 30, 2026, until June 5, 2026.",
        "2026-06-05",
        "",
    ),
    (
        "The effective date of the rule published January 9, 2026 (91 FR 1111) is delayed from March 10, 2026 to "
        "May 9, 2026.",
        "2026-05-09",
        "",
    ),
    (
        "As of March 3, 2026, the effective date of the rule published January 9, 2026, at 91 FR 1111, is delayed "
        "until May 9, 2026.",
        "2026-05-09",
        "",
    ),
    (
        "This direct final rule is effective June 15, 2026, unless we receive adverse comment by May 18, 2026.",
        "2026-06-15",
        "2026-05-18",
    ),
    (
        "The rule is effective June 1, 2026, except for instruction 4, which is effective January 1, 2027.",
        "2026-06-01",
        "",
    ),
    ("The Director approved the incorporation by reference of a manual as of June 1, 2026.", "", ""),
    ("Effective date: June 9, 2026. Applicability date: July 1, 2026.", "2026-06-09", ""),
    ("Applicable April 7, 2026.", "", ""),
    ("The correction is effective May 11, 2026, and applicable beginning January 5, 2026.", "2026-05-11", ""),
    ("The rule published at 91 FR 222 on January 5, 2026, is withdrawn effective April 3, 2026.", "2026-04-03", ""),
    ("Comments must be received on or before May 4, 2026.", "", "2026-05-04"),
    ("We must receive your comments by 11:59 p.m., Eastern Time, on May 4, 2026.", "", "2026-05-04"),
    ("Interested persons are invited to submit comments no later than May 4, 2026.", "", "2026-05-04"),
    ("Consideration will be given to all comments received by May 4, 2026.", "", "2026-05-04"),
    ("Comments are due: May 4, 2026.", "", "2026-05-04"),
    ("Comments must be received on or before: 5/14/2026.", "", "2026-05-14"),
    ("Written PRA comments should be sent by: May 4, 2026.", "", "2026-05-04"),
    ("Comments are due on or before May 4, 2026; reply comments are due on or before June 3, 2026.", "", "2026-05-04"),
    (
        "The comment period for the proposed rule published on February 2, 2026, is extended from March 4, 2026, to "
        "May 4, 2026.",
        "",
        "2026-05-04",
    ),
    (
        "The comment period for the rule proposed at 91 FR 222 on February 2, 2026, which closed on March 4, 2026, is "
        "reopened. Comments are due by May 4, 2026.",
        "",
        "2026-05-04",
    ),
    (
        "The comment period for the document published February 2, 2026, originally scheduled to close March 4, 2026, "
        "is extended until May 4, 2026.",
        "",
        "2026-05-04",
    ),
    ("The public comment period will open on March 9, 2026, and will close on April 8, 2026.", "", "2026-04-08"),
    ("The meeting will be held on May 4, 2026, from 9 a.m. to 4 p.m. Requests to attend are due May 1, 2026.", "", ""),
    (
        "A public hearing will be held on May 12, 2026. Comments must be received by June 12, 2026. Requests to speak "
        "must be received by May 1, 2026.",
        "",
        "2026-06-12",
    ),
    ("Applications are due May 4, 2026.", "", ""),
    ("Written nominations must be received on or before May 4, 2026.", "", ""),
    ("The period of support is September 30, 2026 through September 29, 2027.", "", ""),
    ("You may comment on this guidance at any time.", "", ""),
    ("The agency proposes, after a short comment period, to delay until May 14, 2026 the effective date.", "", ""),
    # more than one effective date: the document's own, or the first
    (
        "Effective June 1, 2026, except instruction 2, effective and applicable beginning July 1, 2026.",
        "2026-06-01",
        "",
    ),
    ("This rule is effective June 1, 2026, and compliance is required beginning October 1, 2026.", "2026-06-01", ""),
    ("This rule is effective in the code on June 5, 2026 and with actual notice from May 29, 2026.", "2026-06-05", ""),
    ("Effective 1200 hours, A.l.t., June 5, 2026, through 2400 hours, A.l.t., July 31, 2026.", "2026-06-05", ""),
    ("Effective Date: 06/04/2026. Physical Loan Application Deadline Date: 08/03/2026.", "2026-06-04", ""),
    ("This order takes effect 30 days after publication, on June 4, 2026.", "2026-06-04", ""),
    ("Effective Date: The rule is effective on the date of publication, June 4, 2026.", "2026-06-04", ""),
    (
        "Effective date of the direct final rule of January 5, 2026 (91 FR 22), confirmed: June 4, 2026.",
        "2026-06-04",
        "",
    ),
    (
        "The direct final rule published on April 6, 2026 (91 FR 1234) is withdrawn as of June 4, 2026.",
        "2026-06-04",
        "",
    ),
    ("As of June 4, 2026, the proposed rule published April 6, 2026 (91 FR 1234) is withdrawn.", "", ""),
    ("The stay of the expiration of the rule published June 1, 2025 is delayed until January 1, 2027.", "", ""),
    (
        "This AD is effective June 9, 2026. The Director of the Federal Register approved the incorporation by "
        "reference of a bulletin as of June 9, 2026, and of another as of March 2, 2020 (85 FR 4567, January 2, 2020). "
        "The FAA must receive comments on this AD by July 20, 2026.",
        "2026-06-09",
        "2026-07-20",
    ),
    (
        "This AD is effective June 9, 2026, to all persons but those to whom it was made immediately effective by "
        "Emergency AD 2026-09-51, issued on May 1, 2026.",
        "2026-06-09",
        "",
    ),
    # what is no effect
    ("The regulations in 33 CFR 165.999 will be enforced from 9 p.m. to 10 p.m. on July 4, 2026.", "", ""),
    ("Transfer of the items in this notice may occur on or after June 4, 2026.", "", ""),
    ("Applications will be accepted from June 4, 2026. The portal will open on June 5, 2026.", "", ""),
    ("The permit is valid from June 4, 2026 to June 4, 2027.", "", ""),
    ("Date of required notice: June 4, 2026.", "", ""),
    # objections, petitions and speakers are no comments
    ("This regulation is effective June 4, 2026. Objections must be received by August 3, 2026.", "2026-06-04", ""),
    (
        "Effective date: The rule is effective July 1, 2026. Petitions: must be received not later than July 20, 2026. "
        "Comments: you should send them early enough to be received not later than July 2, 2026.",
        "2026-07-01",
        "2026-07-02",
    ),
    ("The webinar is on June 4, 2026. Requests to make oral comments must be received by May 28, 2026.", "", ""),
    ("June 2, 2026: Deadline to submit written comments. June 20, 2026: Public hearing.", "", "2026-06-02"),
    # how a deadline is put
    ("The office will accept comments from the public up to June 4, 2026.", "", "2026-06-04"),
    ("Comments must be received prior to June 4, 2026.", "", "2026-06-04"),
    ("Comments must be submitted (no later than June 4, 2026) to be assured of consideration.", "", "2026-06-04"),
    ("Comments must be received by 2359 hours on June 4, 2026.", "", "2026-06-04"),
    ("Comments must be received by 11:59 p.m. ET (8:59 p.m. PT) on June 4, 2026.", "", "2026-06-04"),
    ("Comments in response to this notice must be received by 5 p.m., EST, June 4, 2026.", "", "2026-06-04"),
    ("Public comments will be taken between May 4, 2026 and June 4, 2026.", "", "2026-06-04"),
    ("We seek comments on places nominated before May 1, 2026. Send them by June 4, 2026.", "", "2026-06-04"),
    ("The scoping period begins with this notice and ends June 4, 2026.", "", "2026-06-04"),
    ("The meeting ends at 5 p.m. Comments must be received by June 4, 2026.", "", "2026-06-04"),
    ("Effective July 6, 2026. Public comments were due March 2, 2026.", "2026-07-06", ""),
    ("This rule is effective July 6, 2026. The comment period on the plan closed March 2, 2026.", "2026-07-06", ""),
]


@pytest.mark.parametrize(("text", "effective", "comments"), REGISTER)
def test_the_dates_section_of_a_register_document_is_read(text: str, effective: str, comments: str) -> None:
    assert main(prose(text)) == (effective, comments)


#: (title, lead, address, publisher): the ways in which the same section can arrive
ARRIVALS = [
    ("A rule on bridges", "This rule is effective June 4, 2026. Comments are due July 6, 2026.",
     "https://www.federalregister.gov/documents/2026/05/05/2026-00001/a-rule", ""),
    ("", "This rule is effective June 4, 2026. Comments are due July 6, 2026.", "", ""),
    ("DATES: This rule is effective June 4, 2026. Comments are due July 6, 2026.", "", "", ""),
    ("A rule", "DATES: This rule is effective June 4, 2026. Comments are due\nJuly 6, 2026.", "", "Federal Register"),
    ("A rule", "This rule is effective June\n4, 2026. Comments must be received on or\nbefore July 6, 2026.", "", ""),
    ("A rule", "AGENCY: Bridges. SUMMARY: We change a rule effective May 1, 2026. DATES: This rule is effective June "
     "4, 2026. Comments are due July 6, 2026. ADDRESSES: Write. SUPPLEMENTARY INFORMATION: It was effective May 2, "
     "2026.", "", "Federal Register"),
    ("", "This rule, about the opening hours of a small bridge over a creek, and about nothing else that anybody would "
     "ever want to read about, is effective June 4, 2026. Comments are due July 6, 2026.", "", ""),
    ("A rule", "Effective Date: 06/04/2026. Comments are due: 07/06/2026.", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("title", "lead", "url", "publisher"), ARRIVALS)
@pytest.mark.parametrize("published", ["", "2026-05-05"])
def test_a_section_is_read_however_it_arrives(title: str, lead: str, url: str, publisher: str, published: str) -> None:
    row = {"id": "1", "title": title, "lead": lead, "url": url, "publisher": publisher, "published": published}
    item = read(row, vocabulary())
    assert not item.relevant
    assert main(item.key_dates) == ("2026-06-04", "2026-07-06")
    first = {d.kind: d.date for d in reversed(item.key_dates)}
    assert (first["effective"], first["comment_deadline"]) == ("2026-06-04", "2026-07-06")


def test_the_register_counts_comment_periods_from_publication_only_in_its_own_section() -> None:
    url, text = "https://www.federalregister.gov/d/1", "Comments must be received within 30 days of publication."
    loose = Announcement("us-fr", url, "A notice", summary=text, published=PUBLISHED)
    section = Announcement("us-fr", url, "A notice", attributes={"dates": text}, published=PUBLISHED)
    assert key_dates(loose) == []
    assert told(key_dates(section)) == [("comment_deadline", "2026-04-04")]


@pytest.mark.parametrize("term", ["a minimum of 30 days", "at least 30 days", "between 30 and 60 days"])
def test_a_lower_bound_gives_no_day(term: str) -> None:
    assert prose(f"The system becomes effective {term} after publication.", PUBLISHED) == []


# -- recorded real documents ------------------------------------------------------------------------------


def test_a_recorded_document_agrees_with_its_structured_fields(captures: Path) -> None:
    row = json.loads((captures / "us-federal-register" / "document_2026-13726.json").read_text())
    assert main(prose(row["dates"])) == (row["effective_on"], row["comments_close_on"] or "")


def test_a_recorded_issue_is_read_as_a_person_reads_it(captures: Path) -> None:
    """The 96 DATES sections of one day: read by hand; these are the counts of that reading.

    Objections, nominations, petitions and written statements to a meeting are no comments.
    """
    issue = etree.parse(captures / "us-federal-register-bulk" / "FR-2016-04-15.xml")
    texts = [" ".join(str(p.xpath("string()")).split()) for p in issue.iter("EFFDATE", "DATES")]
    found = [main(prose(text.removeprefix("DATES: "))) for text in texts]
    assert len(found) == 96
    effective = [effect for effect, _ in found if effect]
    assert (len(effective), effective.count("2016-04-15"), effective.count("2016-05-16")) == (19, 11, 2)
    deadlines = [deadline for _, deadline in found if deadline]
    assert (len(deadlines), deadlines.count("2016-05-16"), deadlines.count("2016-06-14")) == (50, 27, 12)
