"""The archive in Datasette: pages, search, safety of what is shown, prepared queries, the server."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from datasette.app import Datasette
from small_archive import fill, make_item

from archive.dictionary import data_dictionary, schema
from archive.metadata import DATABASE, load_metadata, tables
from archive.search import fts_query
from archive.store import Archive
from visawire import browse
from visawire.browse import web_link
from visawire.serving import datasette_for

REPO = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Datasette:
    path = tmp_path_factory.mktemp("browse") / "any name.db"
    fill(path)
    return datasette_for(path, with_site=True)


def get(served: Datasette, path: str) -> Any:
    return asyncio.run(served.client.get(path))


def found_by(served: Datasette, query: str) -> list[str]:
    async def ask() -> Any:
        return await served.client.get(
            "/visawire/announcements.json", params={"_search": query, "_shape": "array", "_col": "id"}
        )

    response = asyncio.run(ask())
    assert response.status_code == 200, response.text
    return [row["id"] for row in response.json()]


# -- pages ---------------------------------------------------------------------------------------------------


def test_the_home_page_shows_what_this_is_the_newest_and_the_ways_on(served: Datasette) -> None:
    page = get(served, "/")
    assert page.status_code == 200
    assert "Immigration rules for tech workers" in page.text and "not legal advice" in page.text.lower()
    assert 'action="/visawire/announcements"' in page.text and 'name="_search"' in page.text
    assert page.text.index("Weighted selection") < page.text.index("Cap of the orchard visa reached")
    assert "Weighted selection, as reported" not in page.text, "a copy is not a second announcement"
    assert "1 of 2 sources are well" in page.text
    assert 'href="/site/feeds.opml"' in page.text and 'href="/site/status.html"' in page.text
    assert "latest_by_country?country=us" in page.text
    assert '<html lang="en">' in page.text
    style = re.search(r'href="(/-/visawire/[^"]+\.css)"', page.text)
    assert style is not None
    css = get(served, style[1])
    assert css.status_code == 200 and css.headers["content-type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in css.text


def test_the_home_page_of_an_empty_archive_says_what_to_do(tmp_path: Path) -> None:
    Archive(tmp_path / "new.db").close()
    page = get(datasette_for(tmp_path / "new.db"), "/")
    assert page.status_code == 200
    assert "visawire crawl" in page.text
    assert "/site/" not in page.text, "no link to a site that is not served"


@pytest.mark.parametrize("table", sorted(tables(load_metadata())))
def test_every_public_table_has_a_page_and_json(served: Datasette, table: str) -> None:
    page = get(served, f"/visawire/{table}")
    assert page.status_code == 200
    assert "What the columns mean" in page.text
    listed = get(served, f"/visawire/{table}.json?_shape=array")
    assert listed.status_code == 200
    assert isinstance(listed.json(), list)


def test_the_announcements_table_is_brief_newest_first_and_shows_all_columns_when_asked(
    served: Datasette,
) -> None:
    brief = get(served, "/visawire/announcements").text
    assert brief.index("Weighted selection") < brief.index("Cap of the orchard visa reached")
    assert "content_hash</th>" not in brief and "hash-a1" not in brief
    assert "hash-a1" in get(served, "/visawire/announcements?_all=1").text
    assert "hash-a1" in get(served, "/visawire/announcements?_col=content_hash").text


def test_an_announcements_page_shows_the_official_link_first_and_every_fact_with_its_words(
    served: Datasette,
) -> None:
    page = get(served, "/visawire/announcements/a1")
    assert page.status_code == 200
    text = page.text
    official = '<a class="official" href="https://rules.example/a1" rel="noopener noreferrer">'
    assert official in text and "Official page" in text
    assert text.index(official) < text.index("Department of Examples") < text.index("Key dates")
    for expected in (
        "Public domain", "2026-03-01", "final", "It applies from 1 April 2099.", "2099-04-01", "00:01 EST",
        "a fee of $1,234", "USD 1234", "1000", "temporary engineers", "H-1B", "United States", "9999-ZZ99",
        "Revision 1", "changed without a new date", "The wage floor rises", "Weighted selection, as reported",
        "Not legal advice",
    ):  # fmt: skip
        assert expected in text, expected


def test_a_copys_page_names_the_announcement_that_leads(served: Datasette) -> None:
    text = get(served, "/visawire/announcements/a4").text
    assert "Copy of" in text and 'href="/visawire/announcements/a1"' in text and "same canonical URL" in text
    assert "<dt>Report</dt>" in text


def test_an_unknown_announcement_is_a_404(served: Datasette) -> None:
    assert get(served, "/visawire/announcements/nothing").status_code == 404


def test_cells_link_to_sources_and_announcements_and_spell_objects_out(served: Datasette) -> None:
    figures = get(served, "/visawire/figures").text
    assert "<b>size</b>: small firms" in figures
    source = '<a href="/visawire/sources/us-example-rules">us-example-rules</a>'
    latest = get(served, "/visawire/latest").text
    assert source in latest
    assert '<a href="/visawire/announcements/a3">Cap of the orchard visa reached</a>' in latest
    assert '<a href="https://rules.example/feed" rel="noopener noreferrer">' in get(served, "/visawire/sources").text
    checks = get(served, "/visawire/checks").text
    assert "<b>200</b>: 2" in checks


def test_internal_tables_are_hidden_but_the_public_ones_are_listed(served: Datasette) -> None:
    listed = {t["name"]: t["hidden"] for t in get(served, "/visawire.json").json()["tables"]}
    public = {name for name, hidden in listed.items() if not hidden}
    assert public == set(tables(load_metadata()))
    assert {"responses", "settings", "announcements_fts", "announcements_fts_data"} <= set(listed) - public


# -- search --------------------------------------------------------------------------------------------------


def test_datasette_knows_the_search_index(served: Datasette) -> None:
    assert asyncio.run(served.get_database(DATABASE).fts_table("announcements")) == "announcements_fts"


@pytest.mark.parametrize("query", ["h1b", "H1B", "H-1B", "specialty occupation", '"specialty occupation"', "temporary"])
def test_every_name_of_a_programme_finds_the_same_announcement(served: Datasette, query: str) -> None:
    assert found_by(served, query) == ["a1"]


def test_a_phrase_in_quotes_keeps_its_words_together(served: Datasette) -> None:
    assert found_by(served, "occupation specialty") == ["a1"]
    assert found_by(served, '"occupation specialty"') == []


@pytest.mark.parametrize(
    "query",
    ["", '"', '""', '"""', "'", "*", "-", "AND", "NOT", "(", ")", "^", "a OR", "NEAR(", "title:", "h1b -",
     "\0", "a\0b", "%", "{", "😀", '" "', "x" * 3000],
)  # fmt: skip
def test_no_search_is_an_error(served: Datasette, query: str) -> None:
    async def ask() -> list[int]:
        return [
            (await served.client.get(path, params=params)).status_code
            for path, params in (
                ("/visawire/announcements", {"_search": query}),
                ("/visawire/search", {"q": query}),
                ("/visawire/search.json", {"q": query}),
            )
        ]

    assert asyncio.run(ask()) == [200, 200, 200]


def test_a_raw_search_with_a_syntax_error_is_the_askers_error(served: Datasette) -> None:
    response = get(served, "/visawire/announcements?_searchmode=raw&_search=H-1B%22")
    assert response.status_code == 400


def test_search_text_becomes_quoted_words() -> None:
    assert fts_query('H-1B "talent visa" cap') == '"H-1B" "talent visa" "cap"'
    assert fts_query('open "quote') == '"open" "quote"'
    assert fts_query(" \0 ") == '""'


# -- safety --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/visawire/announcements", "/visawire/announcements?_all=1", "/visawire/announcements/a2",
     "/visawire/announcements?_search=alert", "/visawire/latest", "/visawire/revisions",
     "/visawire/search?q=bold"],
)  # fmt: skip
def test_hostile_text_is_shown_as_text_and_never_linked(served: Datasette, path: str) -> None:
    text = get(served, path).text
    assert "&lt;script&gt;alert(" in text
    assert "<script>alert(" not in text and "<img src=x" not in text and "<b>bold" not in text
    assert not re.search(r"""href=["']?\s*javascript:""", text, re.IGNORECASE)


def test_a_hostile_search_text_is_escaped(served: Datasette) -> None:
    async def ask(path: str, name: str) -> str:
        text: str = (await served.client.get(path, params={name: '"><script>alert(9)</script>'})).text
        return text

    assert "<script>alert(9)" not in asyncio.run(ask("/visawire/announcements", "_search"))
    assert "<script>alert(9)" not in asyncio.run(ask("/visawire/search", "q"))


def test_only_web_addresses_become_links() -> None:
    assert web_link("https://a.example/x") == "https://a.example/x"
    for bad in ("javascript:alert(1)", "data:text/html,x", "//a.example", "https://", "ftp://a.example", None,
                "https://[", "https://a.example/ onclick=x", "JaVaScRiPt:x"):  # fmt: skip
        assert web_link(bad) == ""


def test_cells_of_other_databases_are_left_alone(served: Datasette) -> None:
    assert browse.render_cell({}, "https://a.example/", "url", "sources", "other", served) is None
    assert browse.render_cell({}, None, "url", "sources", DATABASE, served) is None


def test_nobody_can_write_through_the_pages(served: Datasette) -> None:
    response = get(served, "/visawire?sql=delete+from+announcements")
    assert response.status_code == 400
    assert get(served, "/visawire/announcements.json?_shape=array").json()


# -- metadata ------------------------------------------------------------------------------------------------


def test_every_public_column_is_described_and_nothing_else_is() -> None:
    metadata = load_metadata()
    hidden = {n for n, t in metadata["databases"][DATABASE]["tables"].items() if t.get("hidden")}
    found = schema()
    described = {name: set(entry["columns"]) for name, entry in tables(metadata).items()}
    assert described == {name: set(columns) for name, columns in found.items() if name not in hidden}
    for name, entry in tables(metadata).items():
        assert all(isinstance(text, str) and text.strip() for text in entry["columns"].values()), name
        assert entry["source"] and entry["source_url"] and entry["license"] and entry["title"], name
        assert set(entry.get("facets", [])) <= set(found[name]), name
        for key in ("sort", "sort_desc", "label_column"):
            assert entry.get(key, "rowid") in {*found[name], "rowid"}, name


@pytest.mark.parametrize("name", sorted(load_metadata()["databases"][DATABASE]["queries"]))
def test_every_prepared_query_runs_empty_and_filled(served: Datasette, name: str) -> None:
    filled = {"country": "US ", "programme": "us-h-1b", "q": "h-1b", "parameter": "fee", "series": ""}

    async def ask(values: dict[str, str]) -> Any:
        return await served.client.get(f"/visawire/{name}.json", params={"_shape": "array", **values})

    assert asyncio.run(ask({})).status_code == 200
    response = asyncio.run(ask(filled))
    assert response.status_code == 200
    rows = response.json()
    assert rows, "the filled query finds something in the test archive"
    if name == "source_health":
        assert [row["source_id"] for row in rows] == ["us-example-press", "us-example-rules"], "trouble comes first"
        assert rows[0]["error"] == "HTTP 403 at https://press.example/"
    else:
        assert rows[0]["announcement_id"] == "a1" or name == "latest"
        assert "a4" not in [row["announcement_id"] for row in rows] or name == "search"
    page = get(served, f"/visawire/{name}")
    assert page.status_code == 200
    assert load_metadata()["databases"][DATABASE]["queries"][name]["title"] in page.text


def test_the_data_dictionary_is_up_to_date() -> None:
    committed = (REPO / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert committed == data_dictionary(), "run: python -m archive.dictionary > docs/data-dictionary.md"


# -- living together -----------------------------------------------------------------------------------------


def test_the_plugin_is_registered_once(served: Datasette, tmp_path: Path) -> None:
    fill(tmp_path / "again.db")
    again = datasette_for(tmp_path / "again.db")
    names = [plugin["name"] for plugin in get(again, "/-/plugins.json").json()]
    assert len([name for name in names if "visawire" in name]) == 1
    assert get(served, "/").status_code == 200


def test_the_archive_may_be_written_while_it_is_served(tmp_path: Path) -> None:
    fill(tmp_path / "live.db")
    live = datasette_for(tmp_path / "live.db")
    assert found_by(live, "marmalade") == []
    with Archive(tmp_path / "live.db") as archive:
        archive.store(make_item("m1", "Marmalade makers may stay"))
    assert found_by(live, "marmalade") == ["m1"]
