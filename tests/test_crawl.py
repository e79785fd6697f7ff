"""Whole crawls through the command line, against servers on loopback."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from loopback import Answer, serve

ROBOTS = Answer(b"User-agent: *\nAllow: /\n", kind="text/plain", validators=False)


def _feed(*titles, base="https://publisher.example/news"):
    items = "".join(
        f"<item><title>{title}</title><link>{base}/{n}</link><guid isPermaLink='false'>item-{n}</guid>"
        f"<pubDate>Tue, {n + 1:02d} Jun 2017 10:00:00 GMT</pubDate><description>About {title}.</description></item>"
        for n, title in enumerate(titles)
    )
    head = f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title><link>{base}</link>"
    return Answer(f"{head}{items}</channel></rss>".encode(), kind="application/rss+xml")


def _rounds(*numbers):
    rows = [
        {"drawNumber": str(n), "drawDate": "2017-06-14", "drawDateFull": "June 14, 2017", "drawName": "General",
         "drawSize": "3,000", "drawCRS": "415", "drawDateTime": "June 14, 2017 at 12:00:00 UTC"}
        for n in numbers
    ]  # fmt: skip
    return Answer(json.dumps({"classes": "x", "rounds": rows}).encode(), kind="application/json")


class House:
    """A register, an archive and a site in a folder of their own, and the command line on them."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.archive = folder / "archive.db"
        self.site = folder / "site"
        self.register = folder / "sources"
        self.register.mkdir()
        self.entries: list[str] = []

    def source(self, source_id, url, reader="feed", **keys):
        values = {
            "name": source_id, "publisher": "Publisher", "kind": "government", "authority": "primary", "language": "en",
            "url": url, "licence": "public domain", "republish": "full", "cadence": "hourly",
            "confidence": "verified-2026", "reader": reader, **keys,
        }  # fmt: skip
        lines = [f"{k} = {json.dumps(v)}" for k, v in values.items() if not isinstance(v, dict)]
        lines += [f"[{source_id}.{k}]\n" + "\n".join(f"{a} = {json.dumps(b)}" for a, b in v.items())
                  for k, v in values.items() if isinstance(v, dict)]  # fmt: skip
        self.entries.append(f"[{source_id}]\n" + "\n".join(lines))
        (self.register / "ca.toml").write_text("\n\n".join(self.entries))

    def command(self, *arguments):
        return [
            sys.executable,
            "-m",
            "visawire",
            *arguments,
            "--archive",
            str(self.archive),
            "--site",
            str(self.site),
        ]

    @property
    def environment(self):
        return {
            **os.environ,
            "VISAWIRE_REGISTER": str(self.register),
            "VISAWIRE_PRIVATE_HOSTS": "127.0.0.1,127.0.0.3",
        }

    def run(self, *arguments):
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False, timeout=110,
            cwd=self.folder,
        )  # fmt: skip

    def rows(self, sql):
        with sqlite3.connect(self.archive) as db:
            return db.execute(sql).fetchall()

    def states(self):
        return dict(self.rows("SELECT source_id, state FROM checks WHERE run_id=(SELECT max(id) FROM runs)"))

    def content(self):
        """Everything that is stored of announcements, as text."""
        tables = ("announcements", "revisions", "announcement_tags", "key_dates", "figures", "identifiers")
        return {table: self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}

    def files(self):
        return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(self.site.rglob("*")) if p.is_file()}


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def web():
    with serve() as server:
        server.pages["/robots.txt"] = ROBOTS
        yield server


def test_the_same_crawl_twice_asks_conditionally_stores_nothing_and_changes_no_byte(house, web):
    web.pages["/feed.xml"] = _feed("H-1B cap reached", "Two-week work permits")
    web.pages["/rounds.json"] = _rounds("63", "91a")
    web.pages["/plain.xml"] = Answer(_feed("No validators here").body, kind="text/xml", validators=False)
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    house.source("ca-x-rounds", f"{web.url}/rounds.json", reader="ca_ee_rounds")
    house.source("ca-x-plain", f"{web.url}/plain.xml")

    first = house.run("run", "--all", "-v")
    assert first.returncode == 0, first.stderr
    assert set(house.states().values()) == {"ok"}
    stored, files = house.content(), house.files()
    assert len(stored["announcements"]) == 5
    assert files

    web.asked.clear()
    second = house.run("run", "--all", "-v")
    assert second.returncode == 0, second.stderr
    assert set(house.states().values()) == {"unchanged"}
    assert house.content() == stored
    # the status page tells when each source was last looked at, and the site's own state up to which look it goes
    looked = {"status.html", "status.json", ".visawire.db"}
    assert {p: f for p, f in house.files().items() if p.name not in looked} == {
        p: f for p, f in files.items() if p.name not in looked
    }
    assert len(house.files()) == len(files)
    asked = {a.path: a for a in web.asked if a.path != "/robots.txt"}
    assert asked["/feed.xml"].status == asked["/rounds.json"].status == 304
    assert asked["/feed.xml"].headers["if-modified-since"] == "Tue, 20 Jun 2017 12:00:00 GMT"
    assert "if-none-match" not in asked["/plain.xml"].headers


def test_changed_content_adds_a_revision_and_new_items_are_news_after_a_baseline(house, web):
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    web.pages["/feed.xml"] = _feed("Fee is 1,000")
    assert house.run("crawl", "--all").returncode == 0
    web.pages["/feed.xml"] = _feed("Fee is 2,000", "A new thing")
    assert house.run("crawl", "--all").returncode == 0
    assert house.rows("SELECT title, baseline FROM announcements ORDER BY external_id") == [
        ("Fee is 2,000", 1),
        ("A new thing", 0),
    ]
    revisions = house.rows("SELECT r.n, r.title FROM revisions r JOIN announcements a ON a.id=r.announcement_id "
                           "WHERE a.external_id='item-0' ORDER BY n")  # fmt: skip
    assert revisions == [(0, "Fee is 1,000"), (1, "Fee is 2,000")]


def test_one_failing_source_does_not_touch_another(house, web):
    web.pages["/good.xml"] = _feed("Good")
    web.pages["/gone.xml"] = Answer(b"", 404)
    web.pages["/refused.xml"] = Answer(b"no", 403)
    web.pages["/challenge.xml"] = Answer(b"<html><title>Just a moment...</title></html>")
    web.pages["/empty.xml"] = _feed()
    for name in ("good", "gone", "refused", "challenge", "empty"):
        house.source(f"ca-x-{name}", f"{web.url}/{name}.xml")
    done = house.run("run", "--all")
    assert done.returncode == 1
    assert house.states() == {
        "ca-x-good": "ok", "ca-x-gone": "error", "ca-x-refused": "blocked", "ca-x-challenge": "blocked",
        "ca-x-empty": "empty",
    }  # fmt: skip
    assert house.rows("SELECT title FROM announcements") == [("Good",)]
    for name in ("gone", "refused", "challenge", "empty"):
        assert f"ca-x-{name}: " in done.stderr
        assert f"{web.url}/{name}.xml" in done.stderr
    assert (house.site / "feeds" / "all.rss").exists()


def test_user_agent_names_us_and_the_contact(house, web):
    (house.folder / "visawire.toml").write_text('[crawl]\ncontact = "https://watch.example/bot"\n')
    web.pages["/feed.xml"] = _feed("One")
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    assert house.run("crawl", "--all").returncode == 0
    agents = {a.headers["user-agent"] for a in web.asked}
    assert len(agents) == 1
    assert agents.pop().endswith("(+https://watch.example/bot)")


def test_robots_txt_is_obeyed(house, web):
    web.pages["/robots.txt"] = Answer(
        b"User-agent: visawire\nDisallow: /private/\n", kind="text/plain", validators=False
    )
    web.pages["/private/feed.xml"] = web.pages["/feed.xml"] = _feed("One")
    house.source("ca-x-private", f"{web.url}/private/feed.xml")
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    assert house.run("crawl", "--all").returncode == 1
    assert house.states() == {"ca-x-private": "robots", "ca-x-feed": "ok"}
    assert web.paths() == ["/feed.xml"]


@pytest.mark.parametrize(("status", "state"), [(404, "ok"), (500, "robots")])
def test_missing_robots_txt_allows_and_a_broken_server_forbids(house, web, status, state):
    web.pages["/robots.txt"] = Answer(b"<html>error</html>", status)
    web.pages["/feed.xml"] = _feed("One")
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    house.run("crawl", "--all")
    assert house.states() == {"ca-x-feed": state}


def test_requests_to_one_host_keep_their_distance_across_sources(house, web):
    for n in range(3):
        web.pages[f"/{n}.xml"] = _feed(f"Item {n}")
        house.source(f"ca-x-feed{n}", f"{web.url}/{n}.xml")
    assert house.run("crawl", "--all").returncode == 0
    times = sorted(a.at for a in web.asked if a.path != "/robots.txt")
    assert all(later - earlier > 0.7 for earlier, later in pairwise(times))


def test_retry_after_is_waited_for(house, web):
    busy = Answer(b"later", 503, headers={"Retry-After": "3"})
    web.pages["/feed.xml"] = [busy, _feed("One")]
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    assert house.run("crawl", "--all").returncode == 0
    first, second = (a for a in web.asked if a.path == "/feed.xml")
    assert second.at - first.at >= 3
    assert house.states() == {"ca-x-feed": "ok"}


def test_redirect_to_a_private_address_is_refused(house, web):
    with serve("127.0.0.2") as secret:
        secret.pages["/feed.xml"] = _feed("Secret")
        web.pages["/feed.xml"] = Answer(b"", 302, headers={"Location": f"{secret.url}/feed.xml"})
        house.source("ca-x-feed", f"{web.url}/feed.xml")
        assert house.run("crawl", "--all").returncode == 3
        assert house.states() == {"ca-x-feed": "unreachable"}
        assert not secret.asked


def test_a_redirect_to_itself_has_an_outcome(house, web):
    web.pages["/feed.xml"] = Answer(b"", 302, headers={"Location": f"{web.url}/feed.xml"})
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    assert house.run("crawl", "--all").returncode == 3
    assert house.states() == {"ca-x-feed": "error"}


def test_an_endless_answer_is_cut_off(house, web):
    web.pages["/feed.xml"] = Answer(endless=True, validators=False)
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    done = house.run("crawl", "--all")
    assert done.returncode == 3
    assert house.states() == {"ca-x-feed": "error"}
    assert "DOWNLOAD_MAXSIZE" in done.stderr


def test_offline_ends_in_seconds_names_every_source_and_leaves_the_site(house, web):
    web.pages["/feed.xml"] = _feed("One")
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    assert house.run("run", "--all").returncode == 0
    files = house.files()
    house.entries.clear()
    for n in range(12):
        house.source(f"ca-x-gone{n}", f"https://host{n}.nowhere.invalid/feed.xml")
    started = time.monotonic()
    done = house.run("run", "--all")
    assert time.monotonic() - started < 20
    assert done.returncode == 3
    for n in range(12):
        assert f"ca-x-gone{n}: unreachable: https://host{n}.nowhere.invalid/feed.xml" in done.stderr
    assert "offline" in done.stderr
    assert "visawire demo" in done.stderr
    assert house.files() == files
    assert house.run("run").returncode == 3  # again at once: that nothing was reached is not "nothing is due"


def test_kill_9_in_a_crawl_loses_no_committed_row_and_the_next_run_completes(house, web):
    titles = [f"Item {n}" for n in range(25)]
    web.pages["/one.xml"] = _feed(*titles[:10])
    slow = _feed(*titles)
    slow.wait = 4
    web.pages["/two.xml"] = slow
    house.source("ca-x-one", f"{web.url}/one.xml")
    house.source("ca-x-two", f"{web.url}/two.xml")
    running = subprocess.Popen(house.command("crawl", "--all"), env=house.environment, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if house.archive.exists() and _count(house.archive) == 10:
            break
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert house.rows("PRAGMA integrity_check") == [("ok",)]
    assert house.rows("SELECT count(*) FROM announcements") == [(10,)]
    slow.wait = 0
    assert house.run("crawl", "--all").returncode == 0
    assert house.rows("SELECT count(*) FROM announcements") == [(35,)]
    assert house.rows("SELECT count(*), max(n) FROM revisions") == [(35, 0)]


def _count(archive):
    try:
        with sqlite3.connect(archive) as db:
            return db.execute("SELECT count(*) FROM announcements").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def test_a_second_run_at_the_same_time_is_turned_away(house, web):
    slow = _feed("One")
    slow.wait = 3
    web.pages["/feed.xml"] = slow
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    running = subprocess.Popen(house.command("run", "--all"), env=house.environment)
    lock = house.archive.with_name("archive.db.lock")
    while not lock.exists():
        time.sleep(0.05)
    time.sleep(0.2)
    assert house.run("run", "--all").returncode == 75
    assert running.wait() == 0


_NO_SOCKETS = """
import runpy, socket, sys
def refuse(*a, **k):
    open({log!r}, "a").write(repr(a) + "\\n")
    raise OSError("a replay must not use the network")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = socket.gethostbyname = refuse
sys.argv = ["visawire", *{arguments!r}]
runpy.run_module("visawire", run_name="__main__")
"""


def test_a_recorded_crawl_replays_to_the_same_archive_without_a_socket(house, web):
    web.pages["/feed.xml"] = _feed("H-1B cap reached", "Two-week work permits")
    web.pages["/rounds.json"] = _rounds("63", "91a")
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    house.source("ca-x-rounds", f"{web.url}/rounds.json", reader="ca_ee_rounds")
    warc = house.folder / "recorded.warc.gz"
    assert house.run("crawl", "--all", "--record", str(warc)).returncode == 0
    crawled = house.content()
    house.archive.rename(house.folder / "live.db")
    log = house.folder / "sockets.log"
    arguments = ["crawl", "--all", "--replay", str(warc), "--archive", str(house.archive)]
    script = _NO_SOCKETS.format(log=str(log), arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", script], env=house.environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not log.exists()

    def told(content):
        return {table: [row[:9] for row in rows] for table, rows in content.items() if table != "revisions"}

    assert told(house.content()) == told(crawled)


def test_due_sources_only(house, web):
    web.pages["/feed.xml"] = _feed("One")
    house.source("ca-x-feed", f"{web.url}/feed.xml", cadence="daily")
    assert house.run("crawl").returncode == 0
    web.asked.clear()
    done = house.run("crawl", "-v")
    assert done.returncode == 0
    assert "no source is due" in done.stdout
    assert not web.asked


def test_unknown_source_is_answered_with_near_ones(house):
    house.source("ca-x-feed", "https://publisher.example/feed.xml")
    done = house.run("crawl", "ca-x-fed")
    assert done.returncode == 2
    assert "ca-x-feed" in done.stderr


def test_failing_sources_do_not_stop_publishing_what_the_archive_has(house, web):
    web.pages["/feed.xml"] = [_feed("One"), Answer(b"no", 403)]
    house.source("ca-x-feed", f"{web.url}/feed.xml")
    assert house.run("run", "--all").returncode == 0
    for path in house.site.rglob("all.rss"):
        path.unlink()
    assert house.run("run", "--all").returncode == 1
    assert (house.site / "feeds/all.rss").exists()


def test_an_article_that_fails_keeps_its_entry_and_never_replaces_a_text_that_was_read(house, web):
    listing = b"<ul><li><a href='/news/1'>Cap reached</a> <time datetime='2017-06-01'>1 June</time></li></ul>"
    article = b"<html><body><article><h1>Cap reached</h1>%s</article></body></html>" % (
        b"<p>" + b"The cap is 85,000. " * 40
    )
    web.pages["/news"] = Answer(listing)
    web.pages["/news/1"] = Answer(b"", 500)
    options = {"row": "li", "title": "a", "date": "time", "articles": True}
    house.source("ca-x-news", f"{web.url}/news", reader="listing", options=options)
    house.run("crawl", "--all")
    assert house.rows("SELECT title, body FROM announcements") == [("Cap reached", "")]
    web.pages["/news/1"] = Answer(article)
    house.run("crawl", "--all")
    ((body,),) = house.rows("SELECT body FROM announcements")
    assert "The cap is 85,000." in body
    web.pages["/news"] = Answer(listing.replace(b"1 June", b"1 June 2017").replace(b"Cap", b"The cap"))
    web.pages["/news/1"] = Answer(b"", 500)
    house.run("crawl", "--all")
    assert house.rows("SELECT title, body FROM announcements") == [("Cap reached", body)]
