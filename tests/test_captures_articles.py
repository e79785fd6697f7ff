"""Article pages as publishers really served them, against what other people extracted from the same pages."""

import csv
import gzip
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from scrapy.http import HtmlResponse

from spiders.articles import Article, article_of


def _article(captures: Path, file: str) -> Article:
    with (captures / "MANIFEST.csv").open(encoding="utf-8-sig", newline="") as lines:
        url = next(row["original_url"] for row in csv.DictReader(lines) if row["file"] == file)
    body = (captures / file).read_bytes()
    return article_of(HtmlResponse(url, body=gzip.decompress(body) if file.endswith(".gz") else body))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


@pytest.mark.parametrize(
    ("page", "truth", "version"),
    [
        ("news-cbc/fundus_CBCNews_2024_08_08.html.gz", "news-cbc/fundus_expected_CBCNews.json", "V1"),
        ("news-bbc/fundus_BBC_2026_04_25.html.gz", "news-bbc/fundus_expected_BBC.json", "V2"),
        ("news-guardian/fundus_TheGuardian_2024_02_24.html.gz", "news-guardian/fundus_expected_TheGuardian.json", "V1"),
    ],
)  # fmt: skip
def test_press_article_agrees_with_the_independent_extraction(captures, page, truth, version):
    expected = json.loads((captures / truth).read_text(encoding="utf-8"))[version]
    article = _article(captures, page)
    assert article.title == expected["title"]
    assert article.published == datetime.fromisoformat(expected["publishing_date"])
    sections = expected["body"]["sections"]
    body = " ".join([*expected["body"]["summary"], *(t for s in sections for t in (*s["headline"], *s["paragraphs"]))])
    assert len(_words(body) & _words(article.text)) / len(_words(body)) > 0.97
    assert len(_words(body) & _words(article.text)) / len(_words(article.text)) > 0.97


@pytest.mark.parametrize(
    ("file", "title", "published", "updated", "language", "publisher"),
    [
        ("ca-canada-ca-html/temporary-public-policy_2021-04.html",
         "Temporary public policy to facilitate the granting of permanent residence for foreign nationals in Canada, "
         "outside of Quebec, with a recent credential from a Canadian post-secondary institution",
         date(2021, 4, 14), date(2021, 4, 14), "en", "Immigration, Refugees and Citizenship Canada"),
        ("de-bmas/article_2022.html", "Änderung der Anforderungen an Impf- und Genesenennachweise",
         date(2022, 1, 26), None, "de", "www.bmas.de"),
        ("wordpress-html/jis.gov.jm-investment.html", "Wide Range Of Investment Opportunities At AICE 2022",
         date(2022, 4, 26), None, "en", ""),
        ("wordpress-html/legrandcontinent_migrations_fr.html",
         "« Il y a, d’abord, le poids de la géographie ». Sur les migrations avec François Héran",
         datetime(2020, 3, 2, 19, 30, 6, tzinfo=UTC), datetime(2020, 3, 3, 13, 52, 27, tzinfo=UTC), "fr",
         "Le Grand Continent"),
        ("news-npr/article_2016-12-15_thetwo-way.html", "Jury Finds Dylann Roof Guilty In S.C. Church Shooting",
         datetime(2016, 12, 15, 20, 33, tzinfo=UTC), None, "en", "NPR.org"),
        ("news-bbc/article_2017-07.html", "The man who built a $1bn firm in his basement",
         datetime(2017, 7, 9, 23, 17, 52, tzinfo=UTC), datetime(2017, 7, 14, 20, 28, 7, tzinfo=UTC), "en", "BBC News"),
        ("news-cbc/article_2022-10-14.html",
         "Housing market slowdown continues with sales and average prices well down from last year",
         datetime(2022, 10, 14, 16, 20, 52, tzinfo=UTC), None, "en", "CBC"),
        ("news-guardian/article_2017-07-03.html",
         "Facebook can track your browsing even after you've logged out, judge says",
         datetime(2017, 7, 3, 19, 17, 54, tzinfo=UTC), datetime(2017, 7, 4, 8, 37, 34, tzinfo=UTC), "", "The Guardian"),
        ("news-timesofindia/article_2019-10.html", "China snubs Imran Khan, says resolve J&K bilaterally",
         None, None, "en", "The Times of India"),
    ],
)  # fmt: skip
def test_page_states_its_facts(captures, file, title, published, updated, language, publisher):
    article = _article(captures, file)
    assert (article.title, article.published, article.updated) == (title, published, updated)
    assert (article.language, article.publisher) == (language, publisher)
    assert type(article.published) is type(published)
    assert article.canonical_url.startswith("https://")


def test_government_text_is_whole_and_without_furniture(captures):
    article = _article(captures, "ca-canada-ca-html/temporary-public-policy_2021-04.html")
    assert article.text.startswith("Background\nIn November 2020, Canada announced a target of 401,000 admissions")
    assert article.text.endswith("6332 Bakers")
    assert article.published_precision == article.updated_precision == "day"
    assert article.canonical_url.endswith("/public-policies/trpr-international-graduates.html")
    german = _article(captures, "de-bmas/article_2022.html")
    assert german.text.startswith("Mit der am 15. Januar 2022 in Kraft getretenen Verordnung")
