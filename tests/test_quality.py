"""The published figures of quality are those that are measured."""

from pathlib import Path

from quality_page import quality_page

PAGE = Path(__file__).parents[1] / "docs" / "quality.md"


def test_the_quality_page_shows_what_is_measured_now():
    assert PAGE.read_text(encoding="utf-8") == quality_page(), "run: python tests/quality_page.py > docs/quality.md"
