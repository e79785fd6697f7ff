"""Scrapy's own commands work in a checkout that is not installed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
ROOMS = ("visawire", "spiders", "pipelines", "feeds", "archive")

_WITHOUT_INSTALL = """
import sys
sys.path = ["", *(p for p in sys.path if p not in ("", {repo!r}))]
from scrapy.cmdline import execute
execute(["scrapy", *{arguments!r}])
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkout")
    for room in ROOMS:
        shutil.copytree(REPO / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "scrapy.cfg", folder)
    return folder


def _scrapy(checkout, *arguments):
    script = _WITHOUT_INSTALL.format(repo=str(REPO), arguments=list(arguments))
    environment = {**os.environ, "VISAWIRE_ARCHIVE": str(checkout / "archive.db")}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=checkout, env=environment, capture_output=True, text=True, check=False,
        timeout=100,
    )  # fmt: skip


def test_scrapy_list_names_every_source(checkout):
    from spiders.register import register

    done = _scrapy(checkout, "list")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.split()) == sorted(register())


def test_scrapy_check_runs(checkout):
    done = _scrapy(checkout, "check", "ca-ee-rounds")
    assert done.returncode == 0, done.stderr


def test_scrapy_crawl_reads_one_source(checkout):
    shutil.copy(REPO / "tests/pages/ca-ee-rounds/rounds.json", checkout / "rounds.json")
    (checkout / "MANIFEST.csv").write_text(
        "file,original_url,captured\n"
        "rounds.json,https://www.canada.ca/content/dam/ircc/documents/json/ee_rounds_123_en.json,2031-03-06\n"
    )
    done = _scrapy(checkout, "crawl", "ca-ee-rounds", "-s", f"VISAWIRE_REPLAY={checkout}")
    assert done.returncode == 0, done.stderr
    assert "'visawire/ca-ee-rounds/new': 3" in done.stderr
