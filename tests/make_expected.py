"""Writes what a source reads from its fixture pages into tests/pages/<source id>/expected.json.

\b
    python tests/make_expected.py gb-mac feed.atom --captured 2017-06-29
    python tests/make_expected.py us-state-visa-bulletin july.html --url https://travel.state.gov/.../july.html
    python tests/make_expected.py gb-mac                    read every page again, after a change of the reader

Then read the file: every value must be what a person reads on the page. Whatever is wrong there is wrong in
the reader.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parents[1]))  # a bare checkout, without installation

import visawire  # noqa: F401  makes the rooms importable
from spiders.recording import parse_at
from spiders.register import find, register
from visawire.trial import as_json, read_file

PAGES = Path(__file__).parent / "pages"


def read_page(source_id: str, file: Path, url: str, captured: str) -> list[dict[str, Any]]:
    """The announcements of one fixture page as plain JSON values; ``captured`` is an ISO time with a zone.

    A cassette's exchanges count together. Raises what ``visawire sources try`` reports.
    """
    read = read_file(find(source_id, register()), file, url, datetime.fromisoformat(captured))
    return [as_json(item) for _, found in read for item in found]


def _own_address(source_id: str, moment: datetime | None) -> str:
    day = moment.strftime("%Y%m%d") if moment else ""
    return find(source_id, register()).source.url.replace("{YYYYMMDD}", day)


@click.command(help=__doc__)
@click.argument("source_id", metavar="ID")
@click.argument("page", required=False)
@click.option("--url", default="", help="The address that the page answers [the source's own].")
@click.option("--captured", default="", metavar="DATE", help="When the page was, or would have been, saved.")
@click.option("--pages", "root", type=click.Path(path_type=Path), default=PAGES, hidden=True)
def main(source_id: str, page: str | None, url: str, captured: str, root: Path) -> None:
    folder = root / source_id
    target = folder / "expected.json"
    pages: list[dict[str, Any]] = json.loads(target.read_text(encoding="utf-8"))["pages"] if target.exists() else []
    if page is not None:
        known = next((row for row in pages if row["file"] == page), None)
        moment = parse_at(captured)
        if moment is None and known is None:
            raise click.UsageError("a new page needs --captured DATE")
        row = known or {"file": page, "url": _own_address(source_id, moment)}
        if known is None:
            pages.append(row)
        row["url"] = url or row["url"]
        if moment is not None:
            row["captured"] = moment.isoformat()
    for row in pages:
        row["announcements"] = read_page(source_id, folder / row["file"], row["url"], row["captured"])
        click.echo(f"{row['file']}: {len(row['announcements'])} announcements")
    target.write_text(json.dumps({"pages": pages}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    click.echo(f"Now read {target}: every value must be what a person reads on the page.")


if __name__ == "__main__":
    main()
