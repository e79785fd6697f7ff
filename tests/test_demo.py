"""The demo, as a newcomer runs it: two crawls of the bundled web, then the published site."""

import gzip
import importlib.util
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import feedparser
import pytest

from spiders.recording import open_recording
from visawire.demonstration import CRAWLS, WEB

DEMO = Path(__file__).parents[1] / "demo"
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

    def content(self):
        """Everything that the archive says, without the log of runs."""
        with sqlite3.connect(self.archive) as db:
            lines = [
                line for line in db.iterdump() if not line.startswith(('INSERT INTO "runs"', 'INSERT INTO "checks"'))
            ]
        db.close()
        return lines

    def files(self):
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in self.site.rglob("*") if path.is_file()}


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
    there = {str(p.relative_to(DEMO)) for part in ("first", "second") for p in (DEMO / part).rglob("*") if p.is_file()}
    assert listed == there
    (npr,) = (r for r in recording.all() if r.url == NPR)
    assert npr.body == (DEMO / "first/news-npr/canada-promises-tech-workers-a-permit-in-two-weeks.html").read_bytes()


def test_every_page_says_that_it_is_invented():
    pages = [p for part in ("first", "second") for p in (DEMO / part).rglob("*") if p.suffix != ".json"]
    assert all("every text on it is invented" in p.read_text() for p in pages if p.is_file())


# -- two crawls ---------------------------------------------------------------------------------------------


def test_every_source_answers_and_the_second_crawl_stores_only_the_changes(demo):
    first, second = demo.rows("SELECT sources, failed, new, changed FROM runs ORDER BY id")
    assert first == (25, 0, 77, 0)
    assert second == (25, 0, 31, 6)
    assert demo.rows("SELECT count(*) FROM announcements") == [(108,)]
    assert demo.rows("SELECT state, count(*) FROM checks WHERE run_id = 1 GROUP BY state") == [("ok", 25)]
    states = "SELECT state, count(*) FROM checks WHERE run_id = 2 GROUP BY state ORDER BY state"
    assert demo.rows(states) == [("ok", 24), ("unchanged", 1)]
    assert [line for line in demo.said if line.startswith("crawl ")] == [
        f"crawl 1 of the demo web, as of {CRAWLS[0]}: 25 sources, 0 failed, 77 new, 0 changed",
        f"crawl 2 of the demo web, as of {CRAWLS[1]}: 25 sources, 0 failed, 31 new, 6 changed",
    ]


def test_what_the_first_crawl_finds_is_a_baseline_and_what_the_second_finds_is_news(demo):
    found = demo.rows(
        "SELECT baseline, substr(first_seen, 1, 10), count(*) FROM announcements GROUP BY 1, 2 ORDER BY 1"
    )
    assert found == [(0, CRAWLS[1], 31), (1, CRAWLS[0], 77)]


def test_pages_that_did_not_change_answer_304_in_the_second_crawl(demo):
    unchanged = demo.rows(
        "SELECT source_id, json_extract(statuses, '$.304') FROM checks WHERE run_id = 2 "
        "AND json_extract(statuses, '$.304') IS NOT NULL ORDER BY 1"
    )
    assert unchanged == [
        ("ca-ircc-processing", 1), ("es-boe", 2), ("gb-mac", 1), ("us-fr-dhs-rules", 1), ("us-fr-term-h1b", 2),
        ("us-state-visa-bulletin", 1),
    ]  # fmt: skip
    assert demo.rows("SELECT count(*) FROM checks WHERE run_id = 1 AND statuses LIKE '%304%'") == [(0,)]


# -- the stories --------------------------------------------------------------------------------------------


def test_the_npr_story_is_tagged_with_both_countries_and_both_programmes(demo):
    assert demo.tags(NPR, "country") == ["ca", "us"]
    assert demo.tags(NPR, "programme") == ["ca-gss", "us-h-1b"]


@pytest.mark.parametrize("feed", ["all", "country/ca", "country/us", "programme/ca-gss", "programme/us-h-1b"])
@pytest.mark.parametrize("form", ["rss", "atom"])
def test_the_npr_story_is_published_in_the_feeds_of_its_countries_and_programmes(demo, feed, form):
    entries = feedparser.parse((demo.site / "feeds" / f"{feed}.{form}").read_bytes()).entries
    assert NPR in [entry.link for entry in entries]


def test_the_npr_text_is_not_republished(demo):
    ((summary, body),) = demo.rows("SELECT summary, body FROM announcements WHERE url = ?", NPR)
    assert body == ""
    assert 0 < len(summary) <= 302


def test_ministries_and_a_law_firm_tell_the_global_skills_strategy_too(demo):
    found = demo.rows(
        "SELECT a.source_id, a.publisher FROM announcements a JOIN announcement_tags t ON t.announcement_id = a.id "
        "WHERE t.tag_id = 'programme/ca-gss' AND a.published BETWEEN '2017-06-12' AND '2017-06-14' ORDER BY 1, 2"
    )
    assert set(found) == {
        ("ca-ircc-news", "Immigration, Refugees and Citizenship Canada"),
        ("ca-ised-news", "Innovation, Science and Economic Development Canada"),
        ("news-google-rss", "Harbourlight Immigration Law LLP"),
    }


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
        assert [entry.title for entry in entries].count(title) == 1, feed


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


def test_the_express_entry_draws_of_the_second_crawl_are_new(demo):
    draws = "SELECT external_id FROM announcements WHERE source_id = 'ca-ee-rounds' AND baseline = ? ORDER BY 1"
    assert [number for (number,) in demo.rows(draws, 1)] == ["61", "62", "63", "63a", "64"]
    assert [number for (number,) in demo.rows(draws, 0)] == ["65", "66", "67"]
    figures = demo.rows(
        "SELECT f.parameter, f.number FROM figures f JOIN announcements a ON a.id = f.announcement_id WHERE "
        "a.source_id = 'ca-ee-rounds' AND a.external_id = '65' AND f.parameter IN ('draw_size', 'score') ORDER BY 1"
    )
    assert figures == [("draw_size", 3409.0), ("score", 449.0)]


def test_every_cell_of_both_bulletins_is_a_figure(demo):
    cells = (
        "SELECT a.title, count(*) FROM figures f JOIN announcements a ON a.id = f.announcement_id "
        "WHERE a.source_id = 'us-state-visa-bulletin' AND f.series NOT LIKE 'diversity/%' GROUP BY 1 ORDER BY 1"
    )
    assert demo.rows(cells) == [("Visa Bulletin For August 2017", 130), ("Visa Bulletin For July 2017", 130)]
    india, regional = "employment/2nd/india/final-action", "employment/5th-regional-center/china/final-action"
    assert demo.figure("Visa Bulletin For July 2017", india) == ["2008-07-15"]
    assert demo.figure("Visa Bulletin For August 2017", india) == ["2008-11-15"]
    assert demo.figure("Visa Bulletin For July 2017", regional) == ["2014-06-08"]
    assert demo.figure("Visa Bulletin For August 2017", regional) == ["U"]


def test_processing_times_that_moved_are_a_revision(demo):
    found = demo.rows("SELECT value, unit, valid_from FROM figures WHERE series = 'work/in'")
    assert found == [("31", "days", "2017-07-12")]
    (_, _, before), (_, _, after) = demo.revisions("external_id", "data-ptime-en.json")
    assert "work | IN | 43 days" in before
    assert "work | IN | 31 days" in after
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
    assert f"crawl 1 of the demo web, as of {CRAWLS[0]}: done before" in said
    assert f"crawl 2 of the demo web, as of {CRAWLS[1]}: 25 sources, 0 failed, 0 new, 0 changed" in said
    assert demo.content() == content
    assert demo.files() == files
