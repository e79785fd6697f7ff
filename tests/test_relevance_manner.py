"""Relevance: pages that explain, parliaments, politics, events and forums against news in many words and languages."""

from __future__ import annotations

import pytest

from pipelines.evaluation import read
from pipelines.relevance import NOISE, WEIGHTS, traits
from pipelines.signs import cues
from pipelines.vocabulary import vocabulary


def relevant(title: str, lead: str, day: str, publisher: str = "The Harbour Post", path: str = "news/1") -> bool:
    row = {"title": title, "lead": lead, "published": day, "publisher": publisher, "url": f"https://x.example/{path}"}
    return bool(read(row, vocabulary()).relevant)


@pytest.mark.parametrize(
    ("title", "lead", "day"),
    [
        ("How employers should prepare for the new $100,000 H-1B payment",
         "A proclamation signed on 19 September requires it of petitions filed after 21 September.", "2025-09-22"),
        ("DHS extends comment period on proposed H-1B selection rule",
         "Comments will be accepted until 15 January.", "2025-11-20"),
        ("USCIS to require new photos with every application",
         "Pictures older than three years will no longer be reused under guidance issued on Friday.", "2025-12-12"),
        ("US adds seven countries to travel ban", "The proclamation suspends entry from 1 January.", "2025-12-17"),
        ("Poland tightens rules for employing foreigners", "The act enters into force on 1 June 2025.", "2025-05-20"),
        ("España amplía el catálogo de ocupaciones de difícil cobertura",
         "La lista del tercer trimestre incluye nuevas profesiones técnicas.", "2025-07-02"),
        ("외국인 전문인력 비자 임금요건 인상", "법무부는 2026년 2월 1일부터 기준을 인상한다고 밝혔다.", "2026-01-05"),
        ("韩国推出新的顶尖人才签证", "法务部宣布自4月2日起为高级人才提供居留便利。", "2025-04-03"),
        ("Presiden tandatangani perintah visa nomad digital",
         "Visa bagi pekerja asing mulai berlaku pada 1 Juni 2025.", "2025-04-25"),
        ("Mas mahigpit na work permit para sa mga dayuhan, nilagdaan na",
         "Ipatutupad ang mga bagong patakaran mula Hulyo.", "2019-05-02"),
        ("Oppmykning: regjeringen letter på reglene for arbeidskraftinnvandring",
         "Endringene gjelder faglærte fra 1. januar.", "2008-04-18"),
        ("Bundesrat behält Kontingente für Arbeitskräfte aus Drittstaaten bei",
         "2024 können 8500 Fachkräfte kommen.", "2023-11-29"),
        ("Česko: od července nové zaměstnanecké karty bez testu trhu práce",
         "Novela zákona vstupuje v účinnost 1. července 2025.", "2025-06-20"),
    ],
)  # fmt: skip
def test_news_is_news_in_any_words(title: str, lead: str, day: str) -> None:
    assert relevant(title, lead, day)


@pytest.mark.parametrize(
    ("title", "lead", "day"),
    [
        ("EU Blue Card requirements", "The EU Blue Card is a residence permit for qualified people with a job.", ""),
        ("Så får du arbetstillstånd i Sverige", "För att arbeta i Sverige behöver du ett arbetstillstånd.", ""),
        ("Written question: Skilled Worker visas", "To ask the Secretary of State how many failed.", "2025-06-03"),
        ("Kleine Anfrage zur Blauen Karte EU", "Die Fraktion stellt 14 Fragen, noch nicht beantwortet.", "2025-06-03"),
        ("Shadow minister: we would scrap the skilled worker salary threshold",
         "The opposition told its party conference that the policy had failed.", "2023-10-01"),
        ("Employer to pay $300,000 in H-1B back wages", "Investigators found 12 workers underpaid.", "2024-02-02"),
        ("Webinar: H-1B cap season", "Our attorneys explain registration in a one-hour session.", "2026-01-20"),
        ("H-1B transfer question", "Hi everyone, I applied in May. Does anyone know how long it takes?", "2024-05-05"),
        ("The Blue Card Directive in five states", "This book highlights problems of implementation.", "2021-05-05"),
        ("Work visa approvals fall 15% in a year", "Fewer people were granted visas, figures show.", "2025-05-01"),
        ("Malaysia to recruit foreign workers for plantations", "Job orders go to Bangladesh.", "2023-04-01"),
        ("Country opens e-visa system to eligible tourists", "It covers short-term tourism from 1 May.", "2024-04-20"),
        ("Petition: keep the five-year route to settlement for Skilled Workers",
         "It asks ministers not to apply the proposal. Over 100,000 signatures.", "2025-06-03"),
        ("Lobby urges Congress to raise the H-1B cap", "Its letter says firms cannot hire engineers.", "2025-03-03"),
        ("Film star receives UAE golden visa", "The Bollywood actor thanked the authorities on Monday.", "2021-05-27"),
        ("Agency opens new field office in the south", "It will hold interviews for green cards.", "2017-05-25"),
        ("Travel order on H-1B visas: two years later", "We look back at what changed.", "2019-04-18"),
        ("Schengen visa fee to rise in June", "Applicants for short-stay visas will pay 90 euros.", "2024-05-30"),
    ],
)  # fmt: skip
def test_what_only_uses_the_words_stays_out(title: str, lead: str, day: str) -> None:
    assert not relevant(title, lead, day, path="a")


def test_a_page_without_a_day_weighs_less_than_the_same_words_with_one() -> None:
    row = {"title": "Work permit salary threshold", "lead": "The threshold is 40,000.", "url": "https://x.example/a"}
    dated = read({**row, "published": "2025-01-02"}, vocabulary())
    undated = read(row, vocabulary())
    assert dated.relevance is not None
    assert undated.relevance is not None
    assert dated.relevance > undated.relevance


def test_a_place_called_new_is_no_change() -> None:
    item = read({"title": "New Zealand work visa", "lead": "", "published": "2025-05-01"}, vocabulary())
    assert not cues().read(item).of("relevance", "change")


def test_every_trait_has_a_weight_and_every_class_of_noise_has_cues() -> None:
    lead = "Our guide: you can apply by 1 May 2020. The permit is a visa. TPS too. Fee of $10, up from $5."
    item = read({"title": "How is H-1B?", "lead": lead, "url": "https://x.example/faq"}, vocabulary())
    found = traits(item, "news", "", item.tags, item.stage)
    assert {"undated", "question", "defines", "page_address", "day"} <= {trait.name for trait in found}
    assert all(isinstance(trait.worth, float) for trait in found)
    assert WEIGHTS["programme"] > 0
    assert all(sure <= lead <= 0 for sure, _, lead in NOISE.values())
    assert {("relevance", code) for code in NOISE} <= set(cues().about)
