"""Known pages are looked at again: replays of recorded days, and live crawls of a server on loopback."""

import sqlite3
from datetime import UTC, datetime

import pytest
from loopback import Answer, serve
from test_crawl import ROBOTS, House

from spiders.recording import Recorded, WarcRecorder

SITE = "https://orchard.example"
TEXT = (
    "<p>The ministry of orchards opens its permit for pickers. The fee for an orchard permit is 1,000 crowns for "
    "each picker and year, and it is paid at the gate.</p><p>Pickers bring a basket of their own and a letter from "
    "the farm that wants them. The farm signs the letter and says how many trees it has, how high they are and when "
    "the pears are ripe. Whoever picked last year need not bring the letter again.</p>"
)
OPTIONS = {"row": "li", "title": "a", "date": "time", "articles": True}


def _page(text=TEXT, *, notice="", footer="", heading="Orchard permit opens"):
    return (
        f"<html><head><title>{heading}</title></head><body>{notice}<main><article><h1>{heading}</h1>{text}{footer}"
        "</article></main></body></html>"
    )


class Recordings:
    """A source whose listing stays as it is, and a recording that grows day by day."""

    def __init__(self, house, **keys):
        self.house = house
        self.warc = house.folder / "days.warc.gz"
        self.recorder = WarcRecorder.create(self.warc)
        house.source("ca-orchard-news", f"{SITE}/news", reader="listing", options=OPTIONS, **keys)
        listing = "<ul><li><a href='/news/1'>Orchard permit</a> <time datetime='2026-03-01'>1 March</time></li></ul>"
        self.add("2026-03-02T10:00", "/news", listing)

    def add(self, at, path, body="", status=200, **headers):
        moment = datetime.fromisoformat(f"{at}:00+00:00").astimezone(UTC)
        sent = (("Content-Type", "text/html; charset=utf-8"), *headers.items())
        self.recorder.write(f"{SITE}{path}", "GET", [], Recorded(f"{SITE}{path}", moment, status, sent, body.encode()))

    def crawl(self, at):
        done = self.house.run("crawl", "--all", "--replay", str(self.warc), "--replay-at", f"{at}:30Z")
        assert done.returncode == 0, done.stderr
        return self

    def revisions(self):
        return self.house.rows("SELECT n, seen, silent, cosmetic, weight FROM revisions ORDER BY n")

    def events(self):
        return self.house.rows("SELECT kind, at FROM page_events ORDER BY id")

    def state(self):
        return self.house.rows("SELECT state, state_since FROM announcements")[0]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def web():
    with serve() as server:
        server.pages["/robots.txt"] = ROBOTS
        yield server


@pytest.fixture
def days(house):
    return Recordings(house)


def test_a_page_that_is_edited_in_silence_makes_a_revision_with_its_diff(days):
    days.add("2026-03-02T10:00", "/news/1", _page())
    days.crawl("2026-03-02T10:00")
    days.add("2026-03-03T12:00", "/news/1", _page(TEXT.replace("1,000", "2,000")))
    days.crawl("2026-03-03T12:00")
    assert days.revisions() == [(0, "2026-03-02T10:00:00Z", 0, 0, 1), (1, "2026-03-03T12:00:00Z", 1, 0, 1)]
    ((diff,),) = days.house.rows("SELECT diff FROM revisions WHERE n=1")
    assert diff.splitlines()[2:4] == ["- 1,000", "+ 2,000"]
    row = days.house.rows("SELECT title, published, body LIKE '%2,000%', state FROM announcements")
    assert row == [("Orchard permit", "2026-03-01", 1, "")]
    assert days.events() == [("revision", "2026-03-03T12:00:00Z")]
    days.crawl("2026-03-03T12:00")
    assert len(days.revisions()) == 2


def test_the_same_page_again_is_no_change_and_a_cosmetic_one_weighs_little(days):
    days.add("2026-03-02T10:00", "/news/1", _page(footer="<p>Last updated: 1 March 2026</p>"))
    days.crawl("2026-03-02T10:00")
    days.add(
        "2026-03-02T12:00", "/news/1", _page(footer="<p>Last updated: 1 March 2026</p>").replace("<main>", "<main >")
    )
    days.crawl("2026-03-02T12:00")
    assert len(days.revisions()) == 1
    days.add("2026-03-03T12:00", "/news/1", _page(footer="<p>Last updated: 2 March 2026</p>"))
    days.crawl("2026-03-03T12:00")
    assert days.revisions()[1:] == [(1, "2026-03-03T12:00:00Z", 0, 1, 0.1)]
    assert days.events() == []


def test_a_page_under_a_new_heading_takes_it_and_keeps_it(days):
    days.add("2026-03-02T10:00", "/news/1", _page())
    days.crawl("2026-03-02T10:00")
    days.add("2026-03-03T12:00", "/news/1", _page(heading="Orchard permit closes"))
    days.crawl("2026-03-03T12:00")
    days.add("2026-03-04T14:00", "/news/1", _page(TEXT.replace("1,000", "3,000"), heading="Orchard permit closes"))
    days.crawl("2026-03-04T14:00")
    titles = days.house.rows("SELECT title FROM revisions ORDER BY n")
    assert titles == [("Orchard permit",), ("Orchard permit closes",), ("Orchard permit closes",)]


def test_a_page_gone_at_three_looks_on_two_days_is_removed_and_restored_when_it_is_back(days):
    days.add("2026-03-02T10:00", "/news/1", _page(), ETag='"1"')
    days.crawl("2026-03-02T10:00")
    for at, body, status in (
        ("2026-03-03T12:00", "", 404),
        ("2026-03-03T14:00", "", 410),
        ("2026-03-04T15:00", "<html><title>Page not found</title><p>Sorry.</p></html>", 200),
    ):
        assert days.state() == ("", None)
        days.add(at, "/news/1", body, status)
        days.crawl(at)
    assert days.state() == ("removed", "2026-03-04T15:00:00Z")
    assert days.house.rows("SELECT body LIKE '%1,000 crowns%' FROM announcements") == [(1,)]
    days.add("2026-03-06T10:00", "/news/1", _page(), ETag='"1"')
    days.crawl("2026-03-06T10:00")
    assert days.state() == ("", "2026-03-06T10:00:00Z")
    assert days.events() == [("removed", "2026-03-04T15:00:00Z"), ("restored", "2026-03-06T10:00:00Z")]
    assert len(days.revisions()) == 1
    assert set(days.house.states().values()) <= {"ok", "unchanged"}


def test_the_same_recorded_absence_is_one_look_however_often_it_is_replayed(days):
    days.add("2026-03-02T10:00", "/news/1", _page())
    days.crawl("2026-03-02T10:00")
    days.add("2026-03-03T12:00", "/news/1", "", 404)
    for at in ("2026-03-03T12:00", "2026-03-04T12:00", "2026-03-05T12:00", "2026-03-06T12:00"):
        days.crawl(at)
    assert days.state() == ("", None)
    assert days.house.rows("SELECT checks FROM rereads") == [(1,)]


def test_a_redirect_home_is_an_absence_and_a_move_is_not(days):
    days.add("2026-03-02T10:00", "/news/1", _page())
    days.crawl("2026-03-02T10:00")
    home = "<html><title>Orchards</title><body><article><p>Welcome to the ministry.</p></article></body></html>"
    for at in ("2026-03-03T12:00", "2026-03-03T14:00", "2026-03-04T15:00"):
        days.add(at, "/news/1", "", 301, Location="/en.html")
        days.add(at, "/en.html", home)
        days.crawl(at)
    assert days.state()[0] == "removed"
    days.add("2026-03-06T10:00", "/news/1", "", 301, Location="/archive/2026/1")
    days.add("2026-03-06T10:00", "/archive/2026/1", _page())
    days.crawl("2026-03-06T10:00")
    assert days.state()[0] == ""
    assert len(days.revisions()) == 1


def test_a_notice_of_withdrawal_is_believed_after_three_looks_and_the_text_stays(days):
    days.add("2026-03-02T10:00", "/news/1", _page())
    days.crawl("2026-03-02T10:00")
    notice = '<section class="page-notice"><h2>This guidance was withdrawn on 3 March 2026</h2></section>'
    for n, at in enumerate(("2026-03-03T12:00", "2026-03-03T14:00", "2026-03-04T15:00")):
        days.add(at, "/news/1", _page(notice=notice) + "<!-- -->" * n)
        days.crawl(at)
    assert days.state()[0] == "withdrawn"
    assert ("removed", "2026-03-04T15:00:00Z") in days.events()
    assert days.house.rows("SELECT body LIKE '%1,000 crowns%' FROM announcements") == [(1,)]


def test_a_press_page_leaves_a_hash_and_an_excerpt(house):
    days = Recordings(house, kind="news", authority="secondary", republish="excerpt")
    days.add("2026-03-02T10:00", "/news/1", _page())
    days.crawl("2026-03-02T10:00")
    days.add("2026-03-03T12:00", "/news/1", _page(TEXT.replace("how high they are", "how old they are")))
    days.crawl("2026-03-03T12:00")
    days.add("2026-03-04T14:00", "/news/1", _page(TEXT.replace("how high", "how old"), footer="<p>77 views</p>"))
    days.crawl("2026-03-04T14:00")
    assert [row[2:] for row in days.revisions()] == [(0, 0, 1), (1, 0, 0.5), (0, 1, 0.1)]
    kept = house.rows("SELECT body, diff FROM revisions")
    assert kept == [("", "")] * 3
    with sqlite3.connect(house.archive) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"need not bring the letter" not in house.archive.read_bytes()


# -- live -------------------------------------------------------------------------------------------------------


def _make_due(house):
    with sqlite3.connect(house.archive) as db:
        db.execute("UPDATE rereads SET due='2020-01-01T00:00:00Z'")


def _listing(count):
    rows = (f"<li><a href='/news/{n}'>Item {n}</a> <time datetime='2026-03-01'>1</time></li>" for n in range(count))
    return Answer(f"<ul>{''.join(rows)}</ul>".encode())


def test_pages_are_asked_for_again_conditionally_after_the_listing_and_ten_at_a_time(house, web):
    house.source("ca-orchard-news", f"{web.url}/news", reader="listing", options=OPTIONS)
    web.pages["/news"] = _listing(12)
    for n in range(12):
        web.pages[f"/news/{n}"] = Answer(_page(TEXT.replace("1,000", f"{n},000")).encode())
    recorder = WarcRecorder.create(house.folder / "first.warc.gz")
    for path, page in web.pages.items():
        sent = (("Content-Type", page.kind), ("ETag", page.etag))
        recorder.write(web.url + path, "GET", [], Recorded(web.url + path, datetime.now(UTC), 200, sent, page.body))
    assert house.run("crawl", "--all", "--replay", str(house.folder / "first.warc.gz")).returncode == 0
    stored = house.content()
    assert len(stored["announcements"]) == 12
    assert house.run("crawl", "--all").returncode == 0
    assert web.paths() == ["/news"], "nothing is due within the hour"
    _make_due(house)
    web.asked.clear()
    assert house.run("crawl", "--all").returncode == 0
    assert web.paths()[0] == "/news"
    assert len(set(web.paths())) == len(web.paths()) == 11
    again = [a for a in web.asked if a.path.startswith("/news/")]
    assert all(a.status == 304 and a.headers["if-none-match"] for a in again)
    assert house.content() == stored
    assert set(house.states().values()) == {"unchanged"}
    web.asked.clear()
    assert house.run("crawl", "--all").returncode == 0
    assert len(web.paths()) == 3, "the other two are still due"


def test_a_source_that_refuses_is_not_asked_for_its_pages_and_a_failing_page_fails_no_source(house, web):
    web.pages["/news"] = _listing(1)
    web.pages["/news/0"] = Answer(_page().encode())
    house.source("ca-orchard-news", f"{web.url}/news", reader="listing", options=OPTIONS)
    assert house.run("crawl", "--all").returncode == 0
    stored = house.content()
    _make_due(house)
    web.pages["/news"] = Answer(b"no", 403)
    web.asked.clear()
    assert house.run("crawl", "--all").returncode == 3
    assert web.paths() == ["/news"]
    web.pages["/news"] = _listing(1)
    web.pages["/news/0"] = Answer(b"no", 403)
    assert house.run("crawl", "--all").returncode == 0
    assert set(house.states().values()) <= {"ok", "unchanged"}
    assert house.content() == stored
    assert house.rows("SELECT due > '2020-01-02', sign FROM rereads") == [(1, "")]


def test_a_watched_page_that_is_gone_fails_its_source_and_is_counted(house, web):
    web.pages["/rules"] = Answer(_page().encode())
    house.source("ca-orchard-rules", f"{web.url}/rules", reader="page")
    assert house.run("crawl", "--all").returncode == 0
    web.pages["/rules"] = Answer(b"", 404)
    assert house.run("crawl", "--all").returncode == 3
    assert house.states() == {"ca-orchard-rules": "error"}
    assert house.rows("SELECT sign, checks, due FROM rereads") == [("missing", 1, None)]
    web.pages["/rules"] = Answer(_page().encode())
    assert house.run("crawl", "--all").returncode == 0
    assert house.rows("SELECT sign, checks FROM rereads") == [("", 0)]


def test_an_article_that_leads_home_is_not_read_as_its_text(house, web):
    web.pages["/news"] = _listing(1)
    web.pages["/news/0"] = Answer(b"", 302, headers={"Location": "/"})
    web.pages["/"] = Answer(_page().encode())
    house.source("ca-orchard-news", f"{web.url}/news", reader="listing", options=OPTIONS)
    house.run("crawl", "--all")
    assert house.rows("SELECT title, body FROM announcements") == [("Item 0", "")]
