"""Near copies: sketches that resemble each other where texts do, and what the archive makes of them."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.languages import neutral_address, neutral_id
from archive.models import Announcement, Identifier, KeyDate, Source
from archive.sketch import KEPT, Sketch, contradiction, near_copy, shared
from archive.store import Archive
from pipelines.identify import identify, text_hash
from pipelines.near import sketch, sketch_text
from pipelines.store import keep_to_licence

SYLLABLES = ("ba", "der", "il", "mon", "ta", "rek", "sol", "vi", "nu", "cor", "pel", "an", "tis", "gro", "hem", "lu")


def _prose(seed, words=220):
    """Sentences of invented words, some of them often; no numbers."""
    chance = random.Random(seed)
    stock = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(words)]
    said = [chance.choice(stock[:40] if chance.random() < 0.4 else stock) for _ in range(words)]
    return " ".join(f"{word}." if n % 14 == 13 else word for n, word in enumerate(said))


def _edited(text, seed, part):
    chance = random.Random(seed)
    return " ".join(
        chance.choice(("", "".join(chance.choices(SYLLABLES, k=4)), f"{word} also")) if chance.random() < part else word
        for word in text.split()
    )


def _notice(country="Ardland", year=2026, amount=1500, month="March", day=14):
    frame = _prose(99).split(". ")
    told = [f"This notice is for {country} in fiscal year {year}", f"Workers of {country} pay ${amount:,}"]
    dated = f"It takes effect on {month} {day}, {year} for {country}"
    return ". ".join([*frame[:3], told[0], *frame[3:7], told[1], *frame[7:], dated])


def _near(one, other, **options):
    a, b = sketch_text(*one), sketch_text(*other)
    return near_copy(a, b, **options)


# -- properties ---------------------------------------------------------------------------------------------


@given(st.text(max_size=80), st.text(min_size=200, max_size=900), st.text(min_size=200, max_size=900))
@settings(max_examples=60, deadline=None)
def test_the_verdict_is_symmetric_and_any_text_can_be_sketched(title, one, other):
    a, b = sketch_text(title, one), sketch_text("", other)
    if a and b:
        assert near_copy(a, b) == near_copy(b, a)
        assert contradiction(a, b) == contradiction(b, a)


@given(st.integers(0, 10**6), st.integers(30, 900))
@settings(max_examples=40, deadline=None)
def test_a_sketch_comes_back_from_its_bytes_and_is_small(seed, words):
    made = sketch_text("A title of 2026", _prose(seed, words))
    blob = made.pack()
    assert Sketch.unpack(blob) == replace(
        made, pairs=tuple(made.pairs), lead=tuple(made.lead), numbers=tuple(made.numbers), words=tuple(made.words),
        title=tuple(made.title), marks=tuple(made.marks),
    )  # fmt: skip
    assert len(blob) <= 900
    assert near_copy(made, Sketch.unpack(blob))[0] == 1.0


@given(st.integers(0, 10**6), st.integers(120, 900))
@settings(max_examples=60, deadline=None)
def test_a_text_with_a_few_words_changed_is_a_near_copy_and_meets_it_in_a_band(seed, words):
    text = _prose(seed, words)
    one, other = sketch_text("Permits for engineers", text), sketch_text("Permits", _edited(text, seed + 1, 0.03))
    assert near_copy(one, other)[0] >= 0.5
    assert set(one.bands()) & set(other.bands())


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_texts_of_their_own_are_no_copies(seed):
    assert _near(("Permits", _prose(seed)), ("Permits", _prose(seed + 1))) == (0.0, "")


@given(
    st.tuples(st.integers(2015, 2020), st.integers(1000, 4000), st.integers(10, 18)),
    st.tuples(st.integers(2021, 2027), st.integers(4001, 9000), st.integers(19, 28)),
)
@settings(max_examples=40, deadline=None)
def test_notices_of_one_template_with_other_numbers_are_never_copies(these, those):
    one, other = (_notice(year=y, amount=a, day=d) for y, a, d in (these, those))
    a, b = sketch_text("Notice of amounts", one), sketch_text("Notice of amounts", other)
    assert shared(a, b)[0] > 0.6
    assert contradiction(a, b) == "the numbers of the texts differ"
    assert near_copy(a, b) == (0.0, "")


def test_the_estimate_of_shared_wording_is_near_the_truth():
    for seed in range(20):
        text = _prose(seed, 1200)
        changed = _edited(text, seed, 0.1)
        pairs = [set(pairwise(w)) for w in ([x.strip(".") for x in t.split()] for t in (text, changed))]
        truth = len(pairs[0] & pairs[1]) / len(pairs[0] | pairs[1])
        a, b = sketch_text("", text), sketch_text("", changed)
        assert len(a.pairs) == KEPT < a.total
        assert shared(a, b)[0] == pytest.approx(truth, abs=0.16)


# -- what a copy is, and what is none -----------------------------------------------------------------------


def test_publishers_own_sentences_case_and_layout_do_not_count():
    text = _prose(1)
    printed = f"Skip to main content\nPrint this page\n{text.upper().replace('. ', '.' + chr(10))}\nShare this page."
    assert _near(("Permits", text), ("PERMITS", printed)) == (1.0, "near copy: 100% of the wording is the same")


def test_a_shortened_copy_is_found_by_its_beginning_and_title():
    text = _prose(2, 600)
    score, reason = _near(("Two-week permits for engineers", text), ("Two-week permits for engineers", text[:420]))
    assert score > 0.85
    assert reason.startswith("shortened copy")
    assert _near(("Two-week permits for engineers", text), ("Other news", text[:420])) == (0.0, "")


def test_a_round_up_that_contains_a_release_is_not_the_release():
    text = _prose(3, 100)
    round_up = " ".join((_prose(4), text, _prose(5)))
    assert _near(("Permits for engineers", text), ("Permits for engineers, and more", round_up)) == (0.0, "")


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("STEM list 2022", "STEM list 2023", "the titles differ in a number"),
        ("Annual limit reached in EB-2", "Annual limit reached in the EB3 category", "the titles differ in a number"),
        ("Visa Bulletin for June 2026", "Visa Bulletin for July 2026", "the titles differ in a number"),
        ("Fee of $100K", "Fee of $150,000", "the titles differ in a number"),
        ("Fee of $100K in FY2026", "Fee of 100,000 dollars, fiscal year 2026", ""),
        ("Weighted selection: proposed rule", "Weighted selection; final rule", "different kinds of document"),
        ("Weighted selection; correction", "Weighted selection", "different kinds of document"),
        ("Weighted selection", "Weighted selection: final rule", ""),
        ("Comment period extended for H-1B", "Extension of the comment period, H1B", ""),
    ],
)
def test_titles_tell_documents_of_one_wording_apart(one, other, reason):
    text = _prose(6)
    found = contradiction(sketch_text(one, text), sketch_text(other, text))
    assert found.endswith(reason) if reason else found == ""


def test_a_notice_about_another_country_is_another_notice():
    ardland, belmora = _notice("Ardland"), _notice("Belmora")
    assert _near(("Notice", ardland), ("Notice", belmora)) == (0.0, "")


def test_pages_of_one_source_must_agree_more():
    text = _prose(7)
    edited = _edited(text, 8, 0.1)
    assert _near(("Permits", text), ("Permits", edited))[0]
    assert _near(("Permits", text), ("Permits", edited), one_source=True) == (0.0, "")


def test_too_little_text_has_no_sketch_and_foreign_bytes_are_refused():
    assert sketch(Announcement("s", "https://x.gov/1", "A title", body="Short. " * 40)) == b""
    for blob in (b"", b"\x07" + bytes(60), sketch_text("", _prose(1)).pack()[:-40]):
        with pytest.raises(ValueError, match="sketch"):
            Sketch.unpack(blob)


def test_addresses_and_ids_without_their_language():
    english, french = (neutral_address(f"https://x.example/{c}/office/news/2026/slug") for c in ("en", "fr"))
    assert english == french != ""
    assert neutral_address("https://x.example/n-eng.html") == neutral_address("https://x.example/n-fra.html") != ""
    assert neutral_address("https://x.example/n?id=4&lang=de") == neutral_address("https://x.example/n?lang=it&id=4")
    assert neutral_address("https://x.example/en/") == neutral_address("https://x.example/news/slug") == ""
    assert neutral_id("2026-114-en") == neutral_id("2026-114-fr") != ""
    assert neutral_id("2026-114") == neutral_id("https://x.example/a-en") == ""


# -- in the archive -----------------------------------------------------------------------------------------

OFFICE = Source(
    "ca-x", "X", "Office", "CA", "government", "primary", "en", "https://x.example/feed", "c", "full", "daily"
)
OFFICE_FR = replace(OFFICE, id="ca-x-fr", language="fr", publisher="Bureau", url="https://x.example/flux")
PRESS = replace(OFFICE, id="ca-p", publisher="P", authority="secondary", url="https://p.example/", republish="excerpt")
OTHER = replace(PRESS, id="ca-q", publisher="Q", url="https://q.example/")
TEXT = _prose(50)


@pytest.fixture
def archive(tmp_path):
    with Archive(tmp_path / "a.db") as opened:
        opened.sync_sources([OFFICE, OFFICE_FR, PRESS, OTHER])
        yield opened


def _store(archive, source, url, text=TEXT, **changes):
    values = {"title": "Two-week permits for engineers", "body": text, "published": date(2026, 3, 2)} | changes
    item = Announcement(source.id, url, seen=datetime(2026, 3, 3, tzinfo=UTC), **values)
    identify(item, source)
    item.sketch, exact = sketch(item), text_hash(item)
    archive.store(keep_to_licence(item, source), text_hash=exact)
    return item.id


def _said(archive, announcement_id):
    sql = "SELECT duplicate_of, duplicate_reason, guid FROM announcements WHERE id=?"
    return tuple(archive.rows(sql, (announcement_id,))[0])


def test_a_near_copy_follows_the_official_text_though_press_bodies_are_not_kept(archive):
    press = _store(archive, PRESS, "https://p.example/1", _edited(TEXT, 1, 0.04))
    official = _store(archive, OFFICE, "https://x.example/1")
    later = _store(
        archive, OTHER, "https://q.example/1", f"PLACE - {_edited(TEXT, 2, 0.04)}", title="Permits in a fortnight"
    )
    assert archive.value("SELECT body FROM announcements WHERE id=?", (press,)) == ""
    assert _said(archive, official) == (None, "", press)
    for copy in (press, later):
        lead, reason, guid = _said(archive, copy)
        assert (lead, guid) == (official, press)
        assert reason.startswith("near copy: ")


def test_copies_that_did_not_find_each_other_are_joined_by_the_original(archive):
    text = _prose(60, 400)
    beginning = _store(archive, PRESS, "https://p.example/1", text[:500])
    reworded = _store(archive, OTHER, "https://q.example/1", _edited(text, 5, 0.1), title="Permits in a fortnight")
    assert _said(archive, reworded)[0] is None
    original = _store(archive, OFFICE, "https://x.example/1", text)
    assert _said(archive, beginning)[0] == _said(archive, reworded)[0] == original
    assert _said(archive, original)[2] == _said(archive, reworded)[2] == beginning


@pytest.mark.parametrize(
    "facts",
    [
        lambda n: {"identifiers": [Identifier("fr_document", f"2026-{n}")]},
        lambda n: {"key_dates": [KeyDate("effective", f"2026-04-0{n}", "It takes effect.", "test")]},
        lambda n: {"published": date(2024 + n, 3, 2)},
    ],
)
def test_other_official_numbers_effective_dates_or_years_are_another_document(archive, facts):
    _store(archive, OFFICE, "https://x.example/1", **facts(1))
    other = _store(archive, PRESS, "https://p.example/1", _edited(TEXT, 1, 0.03), **facts(2))
    assert _said(archive, other)[0] is None


def test_a_copy_without_numbers_never_joins_two_documents_that_have_them(archive):
    one = _store(archive, OFFICE, "https://x.example/1", identifiers=[Identifier("fr_document", "2026-1")])
    other = _store(archive, OFFICE_FR, "https://x.example/2", _edited(TEXT, 1, 0.03),
                   identifiers=[Identifier("fr_document", "2026-2")])  # fmt: skip
    copy = _store(archive, PRESS, "https://p.example/1", _edited(TEXT, 2, 0.02))
    assert _said(archive, one)[0] is _said(archive, other)[0] is None
    assert _said(archive, copy)[0] in (one, other)


def test_two_items_of_one_source_with_ids_of_their_own_are_two(archive):
    _store(archive, OFFICE, "https://x.example/1", external_id="1")
    second = _store(archive, OFFICE, "https://x.example/2", _edited(TEXT, 1, 0.01), external_id="2")
    assert _said(archive, second)[0] is None


def test_an_official_copy_of_two_items_of_one_paper_leads_one_of_them_only(archive):
    one = _store(archive, PRESS, "https://p.example/1", _edited(TEXT, 1, 0.03), external_id="1")
    other = _store(archive, PRESS, "https://p.example/2", _edited(TEXT, 2, 0.03), external_id="2")
    official = _store(archive, OFFICE, "https://x.example/1")
    assert sorted(_said(archive, each)[0] or "" for each in (one, other)) == ["", official]
    assert len({_said(archive, each)[2] for each in (one, other)}) == 2


def test_a_copy_that_is_rewritten_stands_alone_and_leaves_no_stale_key(archive):
    official = _store(archive, OFFICE, "https://x.example/1")
    copy = _store(archive, PRESS, "https://p.example/1", _edited(TEXT, 1, 0.03))
    assert _said(archive, copy)[0] == official
    _store(archive, PRESS, "https://p.example/1", _prose(77))
    assert _said(archive, copy) == (None, "", copy)
    kept = archive.rows("SELECT b.band, b.key FROM near_bands b JOIN near_sketches k ON k.id=b.sketch_id "
                        "WHERE k.announcement_id=? ORDER BY 1, 2", (copy,))  # fmt: skip
    assert [tuple(row) for row in kept] == sorted(
        set(sketch_text("Two-week permits for engineers", _prose(77)).bands())
    )


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ({"url": "https://x.example/en/news/114"}, {"url": "https://x.example/fr/news/114"}),
        (
            {"url": "https://x.example/a", "external_id": "2026-114-en"},
            {"url": "https://x.example/b", "external_id": "2026-114-fr"},
        ),
        (
            {"url": "https://x.example/a", "attributes": {"alternate": ["https://x.example/b"]}},
            {"url": "https://x.example/b"},
        ),
        (
            {"url": "https://x.example/a"},
            {"url": "https://x.example/b", "attributes": {"alternate": {"en": "https://x.example/a"}}},
        ),
    ],
)
def test_language_versions_of_one_release_are_one_document(archive, english, french):
    first = _store(archive, OFFICE, **english)
    second = _store(archive, OFFICE_FR, text=_prose(88), title="Permis en deux semaines", **french)
    assert _said(archive, second) == (first, "other language of the same release", first)


def test_an_address_of_another_year_host_or_the_same_language_is_no_version(archive):
    _store(archive, OFFICE, "https://x.example/en/news/114")
    for source, url, changes in (
        (OFFICE_FR, "https://x.example/fr/news/114", {"published": date(2027, 3, 2)}),
        (OFFICE_FR, "https://x.example/fr/news/115", {}),
        (OFFICE_FR, "https://y.example/fr/news/114", {}),
        (OFFICE, "https://x.example/en-ca/news/114", {}),
    ):
        other = _store(archive, source, url, _prose(url + source.id), title="Permis", **changes)
        assert _said(archive, other)[0] is None, url


def test_every_question_is_a_seek(archive):
    """No statement of a store scans a table of the near search, whatever the archive holds."""
    asked = []
    archive.db.set_trace_callback(asked.append)
    _store(archive, OFFICE, "https://x.example/en/1", attributes={"alternate": "https://x.example/fr/1"})
    _store(archive, PRESS, "https://p.example/1", _edited(TEXT, 1, 0.03))
    archive.db.set_trace_callback(None)
    plans = [
        (sql, row["detail"])
        for sql in {sql for sql in asked if "near_" in sql and not sql.startswith(("INSERT", "CREATE"))}
        for row in archive.rows(f"EXPLAIN QUERY PLAN {sql}")
    ]
    assert len(plans) > 5
    assert [plan for plan in plans if plan[1].startswith("SCAN") and "CONSTANT" not in plan[1]] == []
