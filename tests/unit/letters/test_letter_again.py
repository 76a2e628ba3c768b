"""The letter after a second end, and what it says of what was tried in vain."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from app.letters.content import words_of
from app.letters.typesetting import outcome_letter_pdf
from tests.contract.fhir.reports import HELPED, NOBODY
from tests.unit.letters.pdf import pages_of, text_of

REFERENCE = "BK-7F3K9QP"


def test_second_letter_says_that_it_replaces_the_first_after_what_must_be_done() -> None:
    again = replace(HELPED, replaces="m-1", replaces_told_on=date(2026, 8, 30), actions="")
    read = text_of(outcome_letter_pdf(again, reference=REFERENCE))
    assert read.index("No action needed.") < read.index("This replaces the outcome told on 30 August 2026")
    assert "This replaces" not in text_of(outcome_letter_pdf(HELPED, reference=REFERENCE))


def test_letter_tells_what_did_not_work_and_the_codes_for_the_record_on_one_page() -> None:
    tried = tuple(f"Service {number} (Provider {number}) declined: no capacity." for number in range(6))
    pdf = outcome_letter_pdf(replace(HELPED, did_not_work=tried), reference=REFERENCE)
    assert len(pages_of(pdf)) == 1
    read = " ".join(text_of(pdf).split())
    assert f"What did not work: {' '.join(tried)}" in read
    assert "SNOMED CT: 871731000000106 Referral to social prescribing service (procedure)" in read
    assert words_of(NOBODY, reference=REFERENCE).codes == ()
