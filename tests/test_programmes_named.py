"""How ministries, law firms and newspapers name programmes of the United States, Canada, Australia and New Zealand,
and what their measures touch: the whole set of tags of an announcement, no more and no less."""

from __future__ import annotations

from datetime import date

import pytest

from archive.models import Announcement
from pipelines.evaluation import programmes
from pipelines.tag import tag
from pipelines.vocabulary import vocabulary

#: Day of publication, programmes, title, lead. The words are made up.
NEWS = [
    ("2024-07-01", "au-sid-482", "Mobility period extended for sponsored workers",
     "From 1 July 2024 holders of subclass 482, 457 and 494 visas in Australia have up to 180 days to "
     "find a new sponsor."),
    ("2018-07-04", "au-189-190-491", "July changes to the migration program",
     "Since 1 July all applicants for Australian skilled visas of subclasses 189, 190 and 489 need 65 points."),
    ("2023-06-20", "nz-skilled-migrant", "Government unveils simplified skilled migrant pathway",
     "Immigration Minister Michael Wood said New Zealand will open a six-point system for skilled "
     "migrants in October."),
    ("2025-09-09", "us-consular", "Nonimmigrant visa applicants must interview in their country of residence",
     "Effective immediately, applicants should schedule interviews at the US embassy in their country of "
     "nationality or residence."),
    ("2017-01-27", "us-travel-ban", "Trump signs order barring entry from seven Muslim-majority nations",
     "The executive order suspends entry of nationals of Iran, Iraq, Syria and four more countries for 90 days."),
    ("2019-08-13", "ca-bc-pnp-tech;ca-pnp", "B.C. tech pilot draw invites 73",
     "British Columbia held its weekly draw for tech workers under the BC PNP Tech Pilot."),
    ("2024-07-06", "ca-express-entry", "Trades draw: 1,800 candidates invited",
     "The category-based Express Entry draw required a CRS score of 436."),
    ("2023-03-17", "ca-pgwp", "One more extension for post-graduation work permits",
     "Holders of an expiring PGWP may get an open work permit of 18 months from April 6."),
    ("2020-10-06", "us-h-1b;us-lca;us-perm", "DHS and DOL tighten H-1B rules",
     "The interim final rules raise wage levels and narrow the definition of specialty occupation."),
    ("2019-01-14", "us-duration-of-status;us-f-1-opt;us-j-1",
     "Administration proposes visa changes for foreign students with fixed stay",
     "ICE plans to replace duration of status with a maximum period of authorized stay for F-1 students."),
    ("2021-07-06", "us-duration-of-status;us-f-1-opt;us-j-1",
     "DHS withdraws rule that would have limited stays of F, J and I nonimmigrants",
     "The 2020 proposal on a fixed time period of admission is withdrawn."),
    ("2020-06-22", "us-travel-ban;us-h-1b;us-l-1;us-j-1", "Trump freezes work visas until end of year",
     "The proclamation bars H-1B, L-1 and J-1 workers outside the country."),
    ("2025-09-19", "us-h-1b", "Trump slaps $100,000 annual fee on skilled worker visas",
     "The proclamation hits tech firms that hire from India."),
    ("2023-12-21", "us-domestic-renewal;us-h-1b", "State Department to start pilot to renew H-1B visas in US",
     "Up to 20,000 workers may renew without going abroad from January 29."),
    ("2024-09-10", "us-eb-3;us-visa-bulletin", "All FY 2024 EB-3 visas have been used",
     "No further immigrant visas in the category can be issued until October 1."),
    ("2025-06-04", "us-tn", "USCIS revises policy on TN status for Canadians and Mexicans",
     "The Policy Manual update bars self-employment."),
    ("2023-08-02", "us-eb-5", "EB-5 regional center fee deadline",
     "USCIS says the integrity fund fee is due by October 1."),
    ("2025-06-18", "us-consular;us-f-1-opt;us-j-1", "US resumes student visas, demands social media access",
     "Consulates will review online presence of F, M and J applicants."),
    ("2025-11-27", "us-travel-ban", "USCIS reviews green cards of nationals from 19 countries",
     "Director Edlow ordered a re-examination of every green card from countries of concern."),
    ("2024-12-06", "au-niv-858", "Australia launches National Innovation visa",
     "It replaces the Global Talent and Business Innovation programs."),
    ("2025-06-05", "nz-active-investor", "Parent boost visa and new business investor visa",
     "New Zealand's Business Investor visa opens in November."),
    ("2019-11-14", "us-uscis-fees;us-h-1b;us-l-1", "DHS proposes higher filing fees and cuts fee waivers",
     "USCIS would raise the weighted average of its fees by 21 percent; H-1B petitions would cost $560 "
     "and L petitions $815."),
    ("2021-09-20", "us-travel-ban", "US to lift travel restrictions for vaccinated foreigners",
     "The White House will end the bans on travellers from the EU, the UK, China and India in early November."),
    ("2018-05-10", "us-f-1-opt;us-j-1", "USCIS changes how unlawful presence of students is counted",
     "The memo on F, M and J nonimmigrants takes effect August 9."),
    ("2021-12-21", "us-h-1b", "DHS withdraws H-1B wage-based selection rule after court defeat",
     "The final rule that would have ranked registrations by wage level was vacated in September."),
    ("2025-12-29", "us-h-1b", "Weighted H-1B selection final; DOL wage rule next",
     "DHS will weigh registrations by wage level from February 27."),
    ("2023-05-16", "us-perm", "New Form ETA-9089 goes live in FLAG on June 1",
     "The legacy PERM system will close to new applications on May 31."),
    ("2023-03-23", "ca-express-entry;ca-ee-category-stem",
     "Canada's new category-based Express Entry selection to start this summer",
     "Invitations will go to candidates with work experience in health care, STEM and trades."),
    ("2025-06-25", "ca-pgwp", "IRCC adds 119 fields of study and removes 178 for PGWP",
     "The change applies to study permit applications from 25 June."),
    ("2024-12-17", "ca-express-entry", "Canada to scrap job offer points in Express Entry",
     "Points for LMIA-backed job offers will go in spring to curb fraud."),
    ("2023-07-16", "ca-h1b-owp;ca-tech-talent-strategy", "Ten thousand H-1B holders apply for Canadian permit",
     "IRCC closed intake of the new open work permit after a day."),
    ("2025-06-26", "ca-lmia;ca-tfwp", "Quebec unfreezes LMIAs in Montreal?",
     "Ottawa extends the refusal to process low-wage LMIA applications in Montreal until November."),
    ("2018-03-18", "au-sid-482;au-csol", "Australia abolishes 457 visa, TSS begins",
     "The Temporary Skill Shortage visa has two streams with MLTSSL and STSOL lists."),
    ("2022-09-02", "", "Australia lifts permanent migration cap to 195,000",
     "The jobs summit heard that skilled places rise this year."),
    ("2023-03-17", "au-sid-482;au-186", "Australia to give PR pathway to all 482 holders",
     "All TSS holders will be able to apply for the Temporary Residence Transition stream of the 186 visa "
     "by year-end."),
    ("2024-11-29", "nz-aewv", "NZ to drop median wage threshold for AEWV",
     "From March employers need only pay market rate, says Erica Stanford."),
    ("2020-07-27", "nz-essential-skills", "NZ switches work visas to median wage of $25.50",
     "Essential Skills visas are assessed by pay rather than ANZSCO skill band."),
    ("2025-09-22", "us-h-1b", "Trump verlangt 100.000 Dollar für H-1B-Visa",
     "Die Proklamation gilt seit Sonntag."),
    ("2025-12-17", "us-travel-ban", "USA weiten Einreiseverbot auf 39 Staaten aus",
     "Trump unterzeichnete eine Proklamation."),
    ("2025-06-05", "us-travel-ban", "Trump interdit l'entrée aux ressortissants de 12 pays",
     "La proclamation entre en vigueur lundi aux États-Unis."),
    ("2025-10-30", "us-ead;us-h-4-ead", "EE.UU. elimina la extensión automática de permisos de trabajo",
     "El DHS publica una regla interina."),
    ("2025-08-28", "us-duration-of-status;us-f-1-opt;us-j-1",
     "EE.UU. propone limitar la estancia de estudiantes extranjeros a cuatro años",
     "El DHS quiere acabar con la duración de estatus de las visas F y J."),
    ("2025-11-05", "ca-levels-plan", "加拿大公布2026-2028移民计划",
     "临时居民目标大幅下调。"),
    ("2024-12-07", "au-sid-482;au-csol;au-186", "澳大利亚推出新技能需求签证取代482签证",
     "核心技能职业清单共456个职业。"),
    ("2024-01-23", "ca-study-permit", "Canadá limita los permisos de estudio por dos años",
     "El ministro Marc Miller anunció 360.000 permisos."),
    ("2023-07-19", "ca-h1b-owp;ca-tech-talent-strategy",
     "Canada : le programme pour titulaires de visas H-1B affiche complet",
     "Les 10 000 demandes de permis de travail ouvert ont été reçues en 48 heures."),
    ("2024-05-11", "ca-suv", "Ministerial Instructions Respecting the Start-up Business Class",
     "The instructions in the Canada Gazette limit applications per designated entity."),
    ("2024-01-30", "us-uscis-fees;us-h-1b", "USCIS final rule on fees and H-1B beneficiary-centric selection published",
     "Fees for I-129 rise on April 1; registration opens March 6."),
    ("2024-03-08", "ca-gts", "Canada's Global Talent Stream: longer wait",
     "ESDC says the ten-day standard will be suspended."),
    ("2018-04-04", "us-h-1b;us-h-4-ead;us-iep",
     "USCIS director outlines H-1B, H-4 and entrepreneur changes in letter to senator",
     "The agency plans to redefine specialty occupation, end work permits of H-4 spouses and rescind the "
     "International Entrepreneur Rule."),
    ("2016-02-01", "us-stem-opt;us-f-1-opt", "DHS seeks extension on foreign student work rule",
     "DHS asked a judge for 90 more days before the 17-month OPT extension for STEM students lapses."),
    ("2025-06-30", "us-duration-of-status;us-f-1-opt;us-j-1", "DHS advances rule on international student visas",
     "The rule under White House review would replace duration of status for F and J visas with a set period."),
    ("2025-04-30", "ca-levels-plan", "Canada election: Liberals promise to cap temporary workers at five per cent",
     "The platform would lower temporary resident targets in the levels plan."),
    ("2024-10-22", "ca-tfwp;ca-lmia", "Canada raises high-wage threshold by 20 per cent",
     "From November 8 more positions fall in the low-wage stream of the Temporary Foreign Worker Program."),
    ("2024-12-23", "ca-express-entry", "Ottawa removes job offer points to fight LMIA fraud",
     "Express Entry candidates will lose 50 or 200 points."),
    ("2018-08-19", "au-csol;au-sid-482", "Australia's occupation list: changes flagged",
     "The Department of Jobs and Small Business may move web developers to the STSOL from the MLTSSL."),
    ("2024-07-01", "au-sid-482;au-186", "TSMIT rises to $73,150 in Australia",
     "The threshold applies to new nominations."),
    ("2024-11-07", "au-sid-482;au-186", "Bill on skills in demand passes Senate",
     "The Migration Amendment (Strengthening Sponsorship and Nomination Processes) Bill indexes income "
     "thresholds in Australia."),
]  # fmt: skip


@pytest.mark.parametrize(("day", "wanted", "title", "lead"), NEWS, ids=[title[:40] for _, _, title, _ in NEWS])
def test_an_announcement_gets_all_its_programmes_and_no_other(day: str, wanted: str, title: str, lead: str) -> None:
    item = Announcement(source_id="test", url="https://example.org/", title=title, summary=lead)
    item.published = date.fromisoformat(day)
    item.published_precision = "day"
    item.tags = tag(item, "", "news", vocabulary())
    assert ";".join(programmes(item, vocabulary())) == ";".join(sorted(filter(None, wanted.split(";"))))
