"""The demo, as a newcomer runs it: four crawls of the bundled web, then the published site."""

import gzip
import importlib.util
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from spiders.recording import open_recording
from visawire.demonstration import CRAWLS, WEB

DEMO = Path(__file__).parents[1] / "demo"
PARTS = ("first", "second", "third", "fourth")
NPR = "https://www.npr.org/2017/06/20/999000101/canada-promises-tech-workers-a-permit-in-two-weeks"


class Demo:
    """The demo's archive and site in a folder of their own."""

    def __init__(self, folder):
        self.archive, self.site = folder / "demo.db", folder / "site"
        self.home = folder
        self.said = self.run()

    def run(self):
        command = [sys.executable, "-m", "visawire", "demo", "--no-serve", "-v"]
        command += ["--archive", str(self.archive), "--site", str(self.site)]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("VISAWIRE_")}
        done = subprocess.run(command, cwd=self.home, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def rows(self, sql, *parameters):
        with sqlite3.connect(self.archive) as db:
            found = db.execute(sql, parameters).fetchall()
        db.close()
        return found

    def tags(self, url, facet):
        """The codes that are certain: a programme may bring others along with less confidence."""
        sql = """SELECT t.code FROM announcements a JOIN announcement_tags x ON x.announcement_id = a.id
                 JOIN tags t ON t.id = x.tag_id
                 WHERE a.url = ? AND t.facet = ? AND x.confidence = 1.0 ORDER BY t.code"""
        return [code for (code,) in self.rows(sql, url, facet)]

    def revisions(self, column, value):
        """The announcement's revisions as number, silent and text."""
        sql = f"""SELECT r.n, r.silent, r.summary || ' ' || r.body FROM revisions r
                  JOIN announcements a ON a.id = r.announcement_id WHERE a.{column} = ? ORDER BY r.n"""
        return self.rows(sql, value)

    def figure(self, bulletin, series):
        sql = """SELECT f.value FROM figures f JOIN announcements a ON a.id = f.announcement_id
                 WHERE a.title = ? AND f.series = ?"""
        return [value for (value,) in self.rows(sql, bulletin, series)]

    def story_of(self, title):
        """The story that an announcement leads: stage, members in order of publication, and updates in order."""
        ((story, stage),) = self.rows("SELECT id, stage FROM stories WHERE title = ? AND merged_into IS NULL", title)
        members = self.rows(
            "SELECT x.event, x.role, a.source_id FROM story_announcements x JOIN announcements a "
            "ON a.id = x.announcement_id WHERE x.story_id = ? ORDER BY a.published, a.source_id",
            story,
        )
        return (
            stage,
            members,
            self.rows("SELECT kind, before, after FROM updates WHERE story_id = ? ORDER BY id", story),
        )

    def content(self):
        """Everything that the archive says, without the log of runs."""
        with sqlite3.connect(self.archive) as db:
            lines = [
                line for line in db.iterdump() if not line.startswith(('INSERT INTO "runs"', 'INSERT INTO "checks"'))
            ]
        db.close()
        return lines

    def files(self):
        """Every published file with its bytes and time; what the publisher remembers for itself is not published."""
        found = [path for path in self.site.rglob("*") if path.is_file() and not path.name.startswith(".")]
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return Demo(tmp_path_factory.mktemp("demo"))


def builder():
    spec = importlib.util.spec_from_file_location("demo_build", DEMO / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- the web ------------------------------------------------------------------------------------------------


def test_the_bundled_web_is_what_its_pages_make():
    # compared without compression: another zlib may write the same records in other bytes
    built = gzip.decompress(builder().build())
    assert gzip.decompress(WEB.read_bytes()) == built, "run: python demo/build.py"


def test_building_the_web_twice_gives_the_same_bytes(tmp_path):
    build = builder()
    build.main([str(tmp_path / "one.warc.gz")])
    build.main([str(tmp_path / "two.warc.gz")])
    assert (tmp_path / "one.warc.gz").read_bytes() == (tmp_path / "two.warc.gz").read_bytes()


def test_every_page_of_the_web_is_listed_and_answers_with_its_own_bytes():
    recording = open_recording(str(WEB))
    assert len(recording) == len(list(builder().exchanges()))
    listed = {line.split(",")[0] for line in (DEMO / "MANIFEST.csv").read_text().splitlines()[1:]}
    there = {str(p.relative_to(DEMO)) for part in PARTS for p in (DEMO / part).rglob("*") if p.is_file()}
    assert listed == there
    (npr,) = (r for r in recording.all() if r.url == NPR)
    assert npr.body == (DEMO / "first/news-npr/canada-promises-tech-workers-a-permit-in-two-weeks.html").read_bytes()


def test_every_page_says_that_it_is_invented():
    pages = [p for part in PARTS for p in (DEMO / part).rglob("*") if p.suffix != ".json"]
    assert all("every text on it is invented" in p.read_text() for p in pages if p.is_file())


# -- four crawls --------------------------------------------------------------------------------------------


def test_every_source_answers_and_a_later_crawl_stores_only_the_changes(demo):
    runs = demo.rows("SELECT sources, failed, new, changed FROM runs ORDER BY id")
    assert runs == [(25, 0, 78, 0), (25, 0, 33, 6), (25, 0, 6, 2), (25, 0, 1, 0)]
    assert demo.rows("SELECT count(*) FROM announcements") == [(118,)]
    states = "SELECT run_id, state, count(*) FROM checks GROUP BY 1, 2 ORDER BY 1, 2"
    assert demo.rows(states) == [
        (1, "ok", 25), (2, "ok", 24), (2, "unchanged", 1), (3, "ok", 7), (3, "unchanged", 18), (4, "ok", 1),
        (4, "unchanged", 24),
    ]  # fmt: skip
    assert [line for line in demo.said if line.startswith("crawl ")] == [
        f"crawl 1 of the demo web, as of {CRAWLS[0]}: 25 sources, 0 failed, 78 new, 0 changed",
        f"crawl 2 of the demo web, as of {CRAWLS[1]}: 25 sources, 0 failed, 33 new, 6 changed",
        f"crawl 3 of the demo web, as of {CRAWLS[2]}: 25 sources, 0 failed, 6 new, 2 changed",
        f"crawl 4 of the demo web, as of {CRAWLS[3]}: 25 sources, 0 failed, 1 new, 0 changed",
    ]


def test_what_the_first_crawl_finds_is_a_baseline_and_what_later_ones_find_is_news(demo):
    found = demo.rows(
        "SELECT baseline, substr(first_seen, 1, 10), count(*) FROM announcements GROUP BY 1, 2 ORDER BY 2"
    )
    assert found == [(1, CRAWLS[0], 78), (0, CRAWLS[1], 33), (0, CRAWLS[2], 6), (0, CRAWLS[3], 1)]
    told_of_baseline = (
        "SELECT count(*) FROM updates u JOIN announcements a ON a.id = u.announcement_id WHERE a.baseline "
        "AND u.kind NOT IN ('revision', 'removed') AND NOT EXISTS (SELECT 1 FROM page_events e "
        "WHERE e.announcement_id = a.id AND e.kind = 'revision' AND e.at = u.at)"
    )
    assert demo.rows(told_of_baseline) == [(0,)]


def test_pages_that_did_not_change_answer_304_in_the_second_crawl(demo):
    unchanged = demo.rows(
        "SELECT source_id, json_extract(statuses, '$.304') FROM checks WHERE run_id = 2 "
        "AND json_extract(statuses, '$.304') IS NOT NULL ORDER BY 1"
    )
    assert unchanged == [
        ("ca-ircc-processing", 1), ("es-boe", 2), ("gb-mac", 1), ("us-fr-dhs-rules", 1), ("us-fr-term-h1b", 2),
        ("us-state-visa-bulletin", 1),
    ]  # fmt: skip
    gone = "SELECT run_id, source_id FROM checks WHERE statuses LIKE '%404%' ORDER BY 1"
    assert demo.rows(gone) == [(2, "us-uscis-alerts"), (3, "us-uscis-alerts"), (4, "us-uscis-alerts")]
    assert demo.rows("SELECT count(*) FROM checks WHERE run_id = 1 AND statuses LIKE '%304%'") == [(0,)]


# -- the stories --------------------------------------------------------------------------------------------

RULE = "Registration Requirement for Petitioners Seeking To File H-1B Petitions on Behalf of Cap-Subject Workers"
GSS = "The Global Skills Strategy Opens: Work Permits in Two Weeks"
RELEASE = "H-1B Registration Requirement: Final Rule Published"


def test_the_rule_its_final_version_its_reports_and_its_silent_edit_are_one_story(demo):
    ((story, title, stage, effective, deadline, url),) = demo.rows(
        "SELECT s.id, s.title, s.stage, s.effective, s.deadline, a.url FROM stories s JOIN announcements a "
        "ON a.id = s.lead WHERE s.merged_into IS NULL AND s.title = ?",
        RULE,
    )
    assert (title, stage, effective) == (RULE, "final", "2017-09-12")
    assert deadline == "2018-03-20", "the last day to register, as the edited page has it"
    assert "/2017/07/14/2017-90187/" in url, "the final rule leads, not the proposal"
    members = demo.rows(
        "SELECT x.event, x.role, a.source_id, a.title FROM story_announcements x JOIN announcements a "
        "ON a.id = x.announcement_id WHERE x.story_id = ? ORDER BY a.published, a.source_id",
        story,
    )
    assert members == [
        ("proposed", "official", "us-fr-dhs-rules", RULE),
        ("proposed", "official", "us-oira", RULE),
        ("proposed", "report", "news-google-rss",
         "Proposed H-1B registration rule, with a $25 fee before petitioners file, goes to White House review"),
        ("final", "lead", "us-fr-dhs-rules", RULE),
        ("final", "official", "us-uscis-alerts", RELEASE),
        ("final", "syndicated", "us-uscis-all-news", RELEASE),
        ("final", "report", "news-npr", "Final Rule Puts A $10 Registration Before The H-1B Lottery"),
        ("final", "report", "news-google-rss",
         "Final rule: registration requirement for cap-subject H-1B petitions takes effect September 12, "
         "fee cut to $10"),
    ]  # fmt: skip
    elsewhere = (
        "SELECT count(*) FROM announcements a JOIN story_announcements x ON x.announcement_id = a.id "
        "WHERE a.title = ? AND x.story_id <> ?"
    )
    assert [demo.rows(elsewhere, t, story) for *_, t in members] == [[(0,)]] * len(members)


def test_the_updates_of_the_rule_tell_its_life_in_order(demo):
    told = demo.rows(
        "SELECT u.kind, substr(u.at, 1, 10), u.before, u.after, u.summary FROM updates u JOIN stories s "
        "ON s.id = u.story_id WHERE s.title = ? ORDER BY u.id",
        RULE,
    )
    assert [(kind, at, before, after) for kind, at, before, after, _ in told] == [
        ("stage", "2017-07-14", "under-review", "final"),
        ("date", "2017-07-14", "", "2017-09-12"),
        ("date", "2017-07-14", "", "2018-03-14"),
        ("figure", "2017-07-14", "25 USD", "10 USD"),
        ("revision", CRAWLS[1], "(nothing)", "The review was concluded on 2017-07-07: Consistent with Change."),
        ("date", CRAWLS[2], "2018-03-14", "2018-03-20"),
        ("revision", CRAWLS[2], "14,", "20,"),
    ]
    assert [summary.partition(":")[0] for *_, summary in told] == [
        "Stage", "Day of effect", "New deadline", "us-h-1b fee h-1b/fee/registration", "Edited", "Deadline moved",
        "Silent edit",
    ]  # fmt: skip
    assert [summary for *_, summary in told if "deadline" in summary.lower()] == [
        "New deadline: window closes 2018-03-14", "Deadline moved: window closes 2018-03-20, before 2018-03-14",
    ]  # fmt: skip
    days = [at for _, at, *_ in told]
    assert days == sorted(days)


def test_the_visa_bulletin_of_each_month_is_a_story_of_its_own(demo):
    found = demo.rows(
        "SELECT count(*), a.title FROM announcements a JOIN story_announcements x ON x.announcement_id = a.id "
        "JOIN story_announcements y ON y.story_id = x.story_id WHERE a.source_id = 'us-state-visa-bulletin' "
        "GROUP BY x.story_id ORDER BY a.published"
    )
    assert found == [(1, f"Visa Bulletin For {month} 2017") for month in ("June", "July", "August")]


def test_each_express_entry_round_is_a_story_of_its_own(demo):
    found = demo.rows(
        "SELECT count(DISTINCT x.story_id), count(*) FROM story_announcements x JOIN story_announcements y "
        "ON y.story_id = x.story_id JOIN announcements a ON a.id = x.announcement_id WHERE a.source_id = 'ca-ee-rounds'"
    )
    assert found == [(9, 9)]


def test_a_delay_and_the_court_that_blocks_it_are_one_story(demo):
    assert demo.story_of("International Entrepreneur Program: Delay of Effective Date") == (
        "court",
        [
            ("delayed", "lead", "us-fr-dhs-rules"), ("court", "official", "us-uscis-alerts"),
            ("court", "syndicated", "us-uscis-all-news"), ("court", "report", "news-google-rss"),
        ],
        [("new", "", "delayed"), ("stage", "delayed", "court")],
    )  # fmt: skip


def test_a_proposal_and_its_withdrawal_are_one_story(demo):
    title = "Modernizing Recruitment Requirements for the Permanent Employment of Aliens in the United States"
    stage, members, updates = demo.story_of(title)
    assert stage == "withdrawn"
    assert [source for _, _, source in members] == ["us-oira", "us-fr-dol", "us-fr-dol"]
    assert updates == [("stage", "proposed", "withdrawn")]


def test_a_review_that_ends_withdrawn_is_a_new_stage_of_its_story(demo):
    title = "Practical Training for Nonimmigrant Students With F-1 Status"
    stage, _, updates = demo.story_of(title)
    assert stage == "withdrawn"
    assert [kind for kind, *_ in updates] == ["stage", "revision"]
    assert updates[0] == ("stage", "under-review", "withdrawn")


def test_a_release_about_a_final_rule_leaves_it_final(demo):
    title = "Electronic Filing of Applications for Permanent Labor Certification; Technical Amendments"
    stage, members, updates = demo.story_of(title)
    assert (stage, [source for _, _, source in members]) == ("final", ["us-fr-dol", "us-dol-oflc"])
    assert "final" not in [before for kind, before, _ in updates if kind == "stage"]


def test_a_longer_time_for_comments_moves_the_deadline_of_the_proposal(demo):
    stage, members, updates = demo.story_of("Removal of Employment Authorization for Certain H-4 Dependent Spouses")
    assert stage == "consultation"
    assert [(role, source) for _, role, source in members] == [
        ("lead", "us-fr-dhs-rules"), ("report", "news-google-rss"), ("official", "us-fr-dhs-rules"),
    ]  # fmt: skip
    assert updates == [("stage", "proposed", "consultation"), ("date", "2017-08-14", "2017-09-13")]


def test_a_page_that_went_counts_as_removed_after_three_looks_and_keeps_its_last_words(demo):
    title = "Pilot for L-1 Petitions at the Northern Border"
    states = demo.rows("SELECT source_id, state, summary <> '' FROM announcements WHERE title = ? ORDER BY 1", title)
    assert states == [("us-uscis-alerts", "removed", 1), ("us-uscis-all-news", "", 1)]
    ((at, summary),) = demo.rows(
        "SELECT u.at, u.summary FROM updates u JOIN stories s ON s.id = u.story_id WHERE s.title = ?", title
    )
    assert at.startswith(CRAWLS[3])
    assert summary.startswith(f"Removed: {title}: HTTP 404; seen 3 times since {CRAWLS[1]}")


def test_nothing_is_told_twice_and_no_story_of_the_demo_had_to_be_corrected(demo):
    assert demo.rows("SELECT kind, count(*) FROM updates WHERE kind = 'correction' GROUP BY 1") == []
    again = (
        "SELECT count(*) FROM "
        "(SELECT story_id, kind, before, after FROM updates GROUP BY 1, 2, 3, 4 HAVING count(*) > 1)"
    )
    assert demo.rows(again) == [(0,)]


def test_thresholds_and_fees_that_change_say_what_they_were(demo):
    found = demo.rows(
        "SELECT programme, parameter, previous, value, currency FROM figures WHERE previous <> '' ORDER BY 2, 3, 1"
    )
    assert found == [
        ("us-premium-processing", "fee", "1225", "1410", "USD"),
        # one fee for visas of several letters
        ("us-h-1b", "fee", "190", "205", "USD"),
        ("us-l-1", "fee", "190", "205", "USD"),
        ("us-o-1", "fee", "190", "205", "USD"),
        ("gb-skilled-worker", "salary_threshold", "30000", "33400", "GBP"),
    ]


def test_the_npr_story_is_tagged_with_both_countries_and_both_programmes(demo):
    assert demo.tags(NPR, "country") == ["ca", "us"]
    assert demo.tags(NPR, "programme") == ["ca-gss", "us-h-1b"]


@pytest.mark.parametrize("feed", ["archive/all-2017-06", "country/ca", "programme/ca-gss", "stage/in-force"])
@pytest.mark.parametrize("form", ["rss", "atom"])
def test_the_story_that_npr_tells_is_published_once_and_names_npr(demo, feed, form):
    entries = feedparser.parse((demo.site / "feeds" / f"{feed}.{form}").read_bytes()).entries
    (told,) = [entry for entry in entries if entry.title.endswith(GSS)]
    assert NPR in told.content[0].value


def test_the_npr_text_is_not_republished(demo):
    ((summary, body),) = demo.rows("SELECT summary, body FROM announcements WHERE url = ?", NPR)
    assert body == ""
    assert 0 < len(summary) <= 302


def test_npr_two_ministries_and_a_law_firm_tell_one_story_of_the_global_skills_strategy(demo):
    stage, members, _ = demo.story_of(GSS)
    assert stage == "in-force"
    assert [(role, source) for _, role, source in members] == [
        ("lead", "ca-ircc-news"), ("official", "ca-ised-news"), ("report", "news-google-rss"), ("report", "news-npr"),
    ]  # fmt: skip


def test_the_cap_release_of_two_uscis_sources_is_one_announcement_with_a_duplicate(demo):
    found = demo.rows(
        "SELECT id, source_id, duplicate_of, duplicate_reason FROM announcements "
        "WHERE title = 'USCIS Reaches Fiscal Year 2018 H-1B Cap'"
    )
    assert sorted(source for _, source, _, _ in found) == ["us-uscis-alerts", "us-uscis-all-news"]
    ((lead, *_),) = (row for row in found if row[2] is None)
    assert [(row[2], row[3]) for row in found if row[0] != lead] == [(lead, "same canonical URL")]


def test_a_release_of_two_uscis_sources_stands_once_in_a_feed(demo):
    title = "Premium Processing Resumes for Cap-Exempt H-1B Petitions"
    assert demo.rows("SELECT count(*) FROM announcements WHERE title = ?", title) == [(2,)]
    for feed in ("all", "country/us", "programme/us-h-1b"):
        entries = feedparser.parse((demo.site / "feeds" / f"{feed}.rss").read_bytes()).entries
        assert [entry.title.endswith(title) for entry in entries].count(True) == 1, feed


def test_the_french_tech_visa_is_there_in_french_and_in_english(demo):
    found = demo.rows(
        "SELECT a.source_id, count(*) FROM announcements a JOIN announcement_tags t ON t.announcement_id = a.id "
        "WHERE t.tag_id = 'programme/fr-french-tech-visa' GROUP BY 1 ORDER BY 1"
    )
    assert found == [("fr-frenchtech", 3), ("news-google-rss", 1), ("news-npr", 1)]


def test_the_proposed_rule_and_the_final_rule_are_one_announcement_each(demo):
    found = demo.rows(
        "SELECT a.external_id, a.stage, a.published, substr(a.first_seen, 1, 10) FROM announcements a "
        "JOIN identifiers i ON i.announcement_id = a.id "
        "WHERE i.scheme = 'rin' AND i.value = '1615-ZZ71' AND a.source_id LIKE 'us-fr-%' ORDER BY a.published"
    )
    assert found == [
        ("2017-90011", "proposed", "2017-03-07", CRAWLS[0]),
        ("2017-90187", "final", "2017-07-14", CRAWLS[1]),
    ]
    dates = (
        "SELECT kind, date FROM key_dates k JOIN announcements a ON a.id = k.announcement_id WHERE a.external_id = ?"
    )
    assert demo.rows(dates, "2017-90011") == [("comment_deadline", "2017-05-08")]
    assert demo.rows(dates, "2017-90187") == [("effective", "2017-09-12")]


def test_the_final_rule_was_under_review_before(demo):
    (_, _, before), (_, _, after) = demo.revisions("external_id", "1615-ZZ71/2017-06-08")
    assert "concluded" not in before
    assert "concluded on 2017-07-07" in after


def test_a_rule_from_public_inspection_is_replaced_by_the_published_one(demo):
    ((source, stage, published),) = demo.rows(
        "SELECT source_id, stage, published FROM announcements WHERE external_id = '2017-90071'"
    )
    assert (source, published) == ("us-fr-state", "2017-06-21")
    assert stage in ("final", "in-force")
    assert [n for n, _, _ in demo.revisions("external_id", "2017-90071")] == [0, 1]


def test_a_silent_edit_is_told_from_one_that_the_page_owns_up_to(demo):
    (_, _, before), (n, silent, after) = demo.revisions("url", "https://www.gov.uk/uk-visa-sponsorship-employers")
    assert (n, silent) == (1, 1)
    assert "within 20 working days" in before
    assert "within 10 working days" in after
    (_, _, before), (n, silent, after) = demo.revisions("url", "https://www.gov.uk/guidance/immigration-rules")
    assert (n, silent) == (1, 0)
    assert "four engineering jobs" not in before
    assert "four engineering jobs" in after


def test_the_express_entry_draws_of_later_crawls_are_new(demo):
    draws = "SELECT external_id FROM announcements WHERE source_id = 'ca-ee-rounds' AND baseline = ? ORDER BY 1"
    assert [number for (number,) in demo.rows(draws, 1)] == ["61", "62", "63", "63a", "64"]
    assert [number for (number,) in demo.rows(draws, 0)] == ["65", "66", "67", "68"]
    figures = demo.rows(
        "SELECT f.parameter, f.number FROM figures f JOIN announcements a ON a.id = f.announcement_id WHERE "
        "a.source_id = 'ca-ee-rounds' AND a.external_id = '65' AND f.parameter IN ('draw_size', 'score') ORDER BY 1"
    )
    assert figures == [("draw_size", 3409.0), ("score", 449.0)]


def test_every_cell_of_the_bulletins_is_a_figure(demo):
    cells = (
        "SELECT a.title, count(*) FROM figures f JOIN announcements a ON a.id = f.announcement_id "
        "WHERE a.source_id = 'us-state-visa-bulletin' AND f.series NOT LIKE 'diversity/%' "
        "GROUP BY 1 ORDER BY a.published"
    )
    bulletins = [f"Visa Bulletin For {month} 2017" for month in ("June", "July", "August")]
    assert demo.rows(cells) == [(title, 130) for title in bulletins]
    moved = {
        "employment/2nd/india/final-action": ["2008-06-22", "2008-07-15", "2008-11-15"],
        "employment/3rd/india/final-action": ["2006-03-22", "2006-02-15", "2006-10-15"],
        "employment/5th-regional-center/china/final-action": ["2014-06-08", "2014-06-08", "U"],
    }
    for series, values in moved.items():
        assert [demo.figure(title, series) for title in bulletins] == [[value] for value in values], series


def test_processing_times_that_moved_are_a_revision(demo):
    found = demo.rows("SELECT value, unit, valid_from FROM figures WHERE series = 'work/in'")
    assert found == [("24", "days", "2017-07-19")]
    (_, _, before), (_, _, after), (_, _, last) = demo.revisions("external_id", "data-ptime-en.json")
    assert "work | IN | 43 days" in before
    assert "work | IN | 31 days" in after
    assert "work | IN | 24 days" in last
    assert len(demo.revisions("external_id", "data-ptime-non-country-en.json")) == 1


def test_a_consultation_keeps_its_deadline_and_its_clock(demo):
    found = demo.rows(
        "SELECT k.date, k.time, k.zone FROM key_dates k JOIN announcements a ON a.id = k.announcement_id "
        "WHERE a.source_id = 'gb-search-api' AND k.kind = 'comment_deadline'"
    )
    assert found == [("2017-09-25", "23:45", "Europe/London")]


def test_what_has_nothing_to_do_with_work_is_in_no_feed_of_a_programme(demo):
    for feed in (demo.site / "feeds" / "programme").glob("*.rss"):
        titles = [entry.title for entry in feedparser.parse(feed.read_bytes()).entries]
        assert "A Lake That Came Back" not in titles, feed.name
        assert "Proclamation on National Demo Day" not in titles, feed.name


# -- again --------------------------------------------------------------------------------------------------


def test_running_the_demo_again_changes_no_row_and_no_byte(demo):
    content, files = demo.content(), demo.files()
    said = demo.run()
    for number, at in enumerate(CRAWLS[:-1], start=1):
        assert f"crawl {number} of the demo web, as of {at}: done before" in said
    assert f"crawl 4 of the demo web, as of {CRAWLS[3]}: 25 sources, 0 failed, 0 new, 0 changed" in said
    assert demo.content() == content
    # another run was made, and the status pages say so; all else is as it was
    told = {demo.site / "status.html", demo.site / "status.json"}
    after = demo.files()
    assert after.keys() == files.keys()
    assert {path for path in files if after[path] != files[path]} <= told


def test_the_demo_says_everywhere_that_it_is_invented_and_its_week_has_a_digest(demo):
    for page in demo.site.rglob("*.html"):
        assert "Nothing here happened." in page.read_text(), page
    for form in ("rss", "atom"):
        for path in (demo.site / "feeds").rglob(f"*.{form}"):
            assert feedparser.parse(path.read_bytes()).feed.title.startswith("DEMO "), path
    for path in demo.site.rglob("*.ics"):
        text = path.read_bytes().replace(b"\r\n ", b"").decode()
        assert "X-WR-CALNAME:DEMO " in text and text.count("BEGIN:VEVENT") <= text.count("Nothing here happened."), path
    weeks = feedparser.parse((demo.site / "feeds/weekly.rss").read_bytes()).entries
    assert [week.link.rpartition("#")[2] for week in weeks][:1] == ["2017-W29"]
    assert all("Nothing here happened." in week.content[0].value for week in weeks)


def test_a_status_page_of_the_demo_has_only_times_of_the_demo(demo):
    text = (demo.site / "status.html").read_text()
    assert "July 2017" in text
    assert not re.search(r"\b20(?:2\d|3\d)\b", text)
