"""A material change as an entry that never changes again, readable without HTML."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publishing_helpers import CANADA, FEES, SITE, STREAM

from feeds.change_entry import FrozenChange, change_entry, diff_lines
from feeds.safe import TAGS, safe_html
from feeds.story import FigureRow, TagRow

FINAL = FrozenChange(
    id=12, kind="stage", at="2026-03-11T14:30:00Z", date=datetime(2026, 3, 11, 14, 30, 3, tzinfo=UTC),
    summary="Stage: final, before proposed", story_id="5f3a9c0e1b2d4f60", story_title="Two-week permits for engineers",
    before="proposed", after="final", url="https://arrivals.example.ca/final", publisher="Office of Arrivals",
    tags=(CANADA, STREAM, FEES),
)  # fmt: skip


def test_the_whole_entry_of_a_new_stage() -> None:
    entry = change_entry(FINAL, SITE)
    assert entry.key == "update/12"
    assert entry.title == "[CA] Final rule now: Two-week permits for engineers"
    assert entry.url == "https://visas.example.org/watch/story/5f3a9c0e1b2d4f60.html#update-12"
    assert entry.gist == (
        "Status: proposed → final (Office of Arrivals, 11 March 2026, 14:30 UTC). Two-week permits for engineers"
    )
    assert entry.content == (
        "<p><strong>Status: proposed → final</strong></p><ul><li><strong>Before:</strong> proposed</li>"
        "<li><strong>Now:</strong> final</li><li><strong>Date:</strong> 11 March 2026, 14:30 UTC</li>"
        '<li><strong>Official page:</strong> <a href="https://arrivals.example.ca/final">Office of Arrivals</a></li>'
        '<li><strong>Story:</strong> <a href="https://visas.example.org/watch/story/5f3a9c0e1b2d4f60.html">'
        "Two-week permits for engineers</a></li></ul><p><em>Not legal advice.</em></p>"
    )
    assert (entry.date, entry.updated) == (FINAL.date, FINAL.date)
    assert (entry.author, entry.via, entry.related) == ("Office of Arrivals", FINAL.url, ())
    assert entry.tags == FINAL.tags
    assert entry.facts == {
        "update": 12, "kind": "stage", "silent": False, "at": "2026-03-11T14:30:00Z", "before": "proposed",
        "after": "final", "summary": "Stage: final, before proposed", "story": "5f3a9c0e1b2d4f60",
    }  # fmt: skip
    assert change_entry(replace(FINAL), SITE) == entry


@pytest.mark.parametrize(
    ("change", "title", "told"),
    [
        ({"kind": "new", "before": "", "after": "under-review"}, "New (under review)", "New: under review"),
        ({"kind": "new", "before": "", "after": ""}, "New", "New"),
        ({"after": "in-force"}, "In force now", "Status: proposed → in force"),
        ({"before": "", "after": "withdrawn"}, "Withdrawn", "Status: withdrawn"),
        (
            {"kind": "date", "summary": "Day of effect: 2026-04-01, before 2026-03-01", "before": "2026-03-01",
             "after": "2026-04-01"},
            "Effective date moved from 1 March 2026 to 1 April 2026", "Effective date: 1 March 2026 → 1 April 2026",
        ),
        (
            {"kind": "date", "summary": "Deadline: 2026-05", "before": "", "after": "2026-05"},
            "Deadline set: May 2026", "Deadline: May 2026",
        ),
        (
            {"kind": "date", "summary": "New deadline: window closes 2018-03-14", "before": "", "after": "2018-03-14"},
            "New deadline: window closes 14 March 2018", "New deadline: window closes 14 March 2018",
        ),
        (
            {"kind": "date", "summary": "Deadline moved: window closes 2018-03-20, before 2018-03-14",
             "before": "2018-03-14", "after": "2018-03-20"},
            "Deadline moved: window closes 20 March 2018, not 14 March 2018",
            "Deadline: window closes 20 March 2018, before 14 March 2018",
        ),
        (
            {"kind": "date", "summary": "Delayed day of effect: 2018-03-14, before 2017-07-17", "before": "2017-07-17",
             "after": "2018-03-14"},
            "Effective date delayed from 17 July 2017 to 14 March 2018",
            "Effective date delayed: 17 July 2017 → 14 March 2018",
        ),
        (
            {"summary": "Corrected: Stage: final, before proposed"},
            "Status corrected: final", "Status corrected: proposed → final",
        ),
        (
            {"kind": "figure", "summary": "us-premium fee premium/fee: 1410 USD, before 1225 USD", "before": "1225 USD",
             "after": "1410 USD"},
            "Fee 1225 USD → 1410 USD", "Fee: 1225 USD → 1410 USD",
        ),
        (
            {"kind": "revision", "summary": "Edited: T: nine → ten", "before": "nine", "after": "ten"},
            "Edited", "Edited: nine → ten",
        ),
        (
            {"kind": "revision", "summary": "Silent edit: T: nine → ten", "before": "nine", "after": "ten"},
            "Silent edit", "Silent edit: nine → ten",
        ),
        (
            {"kind": "removed", "summary": "Removed: T: gone", "before": "", "after": "gone"},
            "Page removed", "Page removed: T: gone",
        ),
        ({"kind": "restored", "summary": "Back: T", "before": "", "after": ""}, "Page back", "Page back: T"),
        (
            {"kind": "correction", "summary": "Corrected: Stage: final, before proposed"},
            "Correction", "Correction: Stage: final, before proposed",
        ),
    ],
)  # fmt: skip
def test_titles_say_what_happened(change: dict[str, str], title: str, told: str) -> None:
    entry = change_entry(replace(FINAL, **change), SITE)  # type: ignore[arg-type]  # texts only
    assert entry.title == f"[CA] {title}: Two-week permits for engineers"
    assert entry.gist.startswith(f"{told} (Office of Arrivals, ")


def test_a_new_step_says_what_for_whom_from_when_and_how_much() -> None:
    told = replace(
        FINAL, about="Permits for engineers are decided in two weeks <for> a higher fee.", effective="2026-04-01",
        tags=(*FINAL.tags, TagRow("audience", "employers", "Employers"), TagRow("audience", "workers", "Workers")),
        figures=tuple(
            FigureRow("fee", f"{17 + n}0", "155" if n == 0 else "", currency="CAD", programme="ca-gss")
            for n in range(4)
        ),
    )  # fmt: skip
    entry = change_entry(told, SITE)
    assert (
        "<li><strong>Now:</strong> final</li>"
        "<li><strong>What:</strong> Permits for engineers are decided in two weeks &lt;for&gt; a higher fee.</li>"
        "<li><strong>For:</strong> Employers, Workers</li><li><strong>Effective:</strong> 1 April 2026</li>"
        "<li><strong>Figures:</strong> Fee: CAD 155 → CAD 170; Fee: CAD 180; Fee: CAD 190</li><li><strong>Date:"
    ) in entry.content
    assert entry.gist == (
        "Status: proposed → final (Office of Arrivals, 11 March 2026, 14:30 UTC). Effective 1 April 2026. "
        "Two-week permits for engineers"
    )
    assert (entry.facts["about"], entry.facts["effective"]) == (told.about, "2026-04-01")
    assert [(f["programme"], f["parameter"], f["previous"], f["value"]) for f in entry.facts["figures"]] == [
        ("ca-gss", "fee", "155", "170"), ("ca-gss", "fee", "", "180"), ("ca-gss", "fee", "", "190"),
    ]  # fmt: skip
    moved = change_entry(replace(told, kind="figure", summary="Fee"), SITE)
    assert "What:" not in moved.content and "figures" not in moved.facts
    long = change_entry(replace(told, about="word " * 900), SITE)
    assert len(long.content) < 2000 and len(long.gist) <= 400 and len(long.facts["about"]) <= 300


def test_press_is_no_official_page() -> None:
    entry = change_entry(
        replace(FINAL, official=False, publisher="The Daily Stamp", url="https://stamp.example.com/1"), SITE
    )
    assert entry.via == ""
    assert [link.url for link in entry.related] == ["https://stamp.example.com/1"]
    assert (
        '<li><strong>Reported by:</strong> <a href="https://stamp.example.com/1">The Daily Stamp</a></li>'
        in entry.content
    )


def test_our_own_correction_is_ours() -> None:
    own = replace(FINAL, kind="correction", summary="Corrected: Stage: final", url="", publisher="")
    entry = change_entry(own, SITE)
    assert (entry.author, entry.via) == ("Visawire", "")
    assert "Official page" not in entry.content


def test_a_diff_shows_three_lines_that_can_be_told_apart_as_text() -> None:
    diff = (
        "@ text\n  … opens at\n- nine <b>o'clock</b>\n+ ten o'clock\n  sharp. …\n- Bring two photos\n+ Bring one photo"
    )
    assert diff_lines(diff) == [
        "− <del>nine &lt;b&gt;o&#x27;clock&lt;/b&gt;</del>",
        "+ <ins>ten o&#x27;clock</ins>",
        "− <del>Bring two photos</del>",
    ]  # fmt: skip
    edited = replace(
        FINAL, kind="revision", summary="Silent edit: T: nine → ten", before="nine", after="ten", diff=diff
    )
    assert (
        "<p>− <del>nine &lt;b&gt;o'clock&lt;/b&gt;</del><br>+ <ins>ten o'clock</ins>"
        "<br>− <del>Bring two photos</del></p>" in change_entry(edited, SITE).content
    )


def test_long_texts_stay_short() -> None:
    edited = replace(
        FINAL,
        kind="revision",
        summary="Edited: T: x",
        before="word " * 500,
        after="other " * 500,
        diff="+ " + "w " * 900,
    )
    entry = change_entry(edited, SITE)
    assert len(entry.title) <= 300 and len(entry.gist) <= 400 and len(entry.content) < 2000


_TEXT = st.one_of(
    st.text(max_size=25),
    st.sampled_from(
        ["<script>x</script>", "\u202eevil", "\x00", "</p>", "javascript:alert(1)", "a: b: c", "2026-04-01"]
    ),
)


@given(
    _TEXT,
    _TEXT,
    _TEXT,
    _TEXT,
    _TEXT,
    _TEXT,
    _TEXT,
    st.sampled_from(["new", "stage", "date", "figure", "revision", "x"]),
)
@settings(deadline=None)
def test_hostile_words_stay_words(
    summary: str, before: str, after: str, url: str, publisher: str, title: str, diff: str, kind: str
) -> None:
    change = replace(
        FINAL, kind=kind, at=before, summary=summary, before=before, after=after, url=url, publisher=publisher,
        story_title=title, diff=f"- {diff}\n+ {after}", language=title,
    )  # fmt: skip
    entry = change_entry(change, SITE)
    assert safe_html(entry.content) == entry.content
    assert {tag for _, tag in re.findall(r"<(/?)([a-z]+)", entry.content)} <= TAGS
    for words in (entry.title, entry.gist, entry.content, entry.author):
        words.encode()
        assert words and not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069]", words)
    assert entry.via == "" or entry.via.startswith("http")
