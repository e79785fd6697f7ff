"""Who speaks, where several countries have an authority of one name."""

from __future__ import annotations

import pytest

from pipelines.evidence import index_of
from pipelines.evidence_names import is_name_of
from pipelines.provenance import source_of
from pipelines.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("url", "publisher", "country"),
    [
        ("https://notices.example.za/x", "Department of Home Affairs", "ZA"),
        ("https://notices.example.au/x", "Department of Home Affairs", "AU"),
        ("https://notices.example.org/x", "Department of Home Affairs South Africa", "ZA"),
        ("https://notices.example.ch/x", "Bundesrat", "CH"),
        ("https://notices.example.uk/x", "Home Office", "GB"),
        ("https://www.dha.gov.za/x", "DHA", "ZA"),
        ("https://www.udi.no/x", "UDI", "NO"),
    ],
)
def test_a_shared_name_is_of_the_country_that_address_or_name_tells(url: str, publisher: str, country: str) -> None:
    assert source_of(url, publisher, vocabulary(), kind="government").country == country


def test_an_official_source_leaves_its_country_unsaid_and_nothing_else() -> None:
    assert index_of(vocabulary())
    states = vocabulary().countries["us"]
    assert is_name_of(states, "American")
    assert not any(is_name_of(states, word) for word in ("US", "Trump", "card", "green card", "state"))
