"""The ledger of the ASVS: every requirement once, each on evidence that is there, and counted as it stands."""

from __future__ import annotations

import re
from collections import Counter

from deploy.assurance.evidence import HERE, STATES, document_problem, requirements
from deploy.assurance.evidence import test_problem as problem_of_test
from deploy.assurance.pages import CHAPTERS, asvs_page

# How many requirements each section of ASVS 5.0.0 has, by level: 70, 183 and 92 in all.
SECTIONS = """
V1.1 0 2 0;V1.2 5 4 1;V1.3 2 9 1;V1.4 0 3 0;V1.5 1 1 1;V2.1 1 2 0;V2.2 2 1 0;V2.3 1 3 1;V2.4 0 1 1;V3.1 0 0 1
V3.2 2 0 1;V3.3 1 3 1;V3.4 2 4 2;V3.5 3 2 3;V3.6 0 0 1;V3.7 0 2 3;V4.1 1 2 2;V4.2 0 1 4;V4.3 0 2 0;V4.4 1 3 0
V5.1 0 1 0;V5.2 2 1 3;V5.3 2 0 1;V5.4 0 3 0;V6.1 1 2 0;V6.2 8 4 0;V6.3 2 2 4;V6.4 2 2 2;V6.5 0 5 3;V6.6 0 3 1
V6.7 0 0 2;V6.8 0 4 0;V7.1 0 3 0;V7.2 4 0 0;V7.3 0 2 0;V7.4 2 3 0;V7.5 0 2 1;V7.6 0 2 0;V8.1 1 1 2;V8.2 2 1 1
V8.3 1 0 2;V8.4 0 1 1;V9.1 3 0 0;V9.2 1 3 0;V10.1 0 2 0;V10.2 0 2 1;V10.3 0 4 1;V10.4 5 6 5;V10.5 0 5 0
V10.6 0 2 0;V10.7 0 3 0;V11.1 0 2 2;V11.2 0 3 2;V11.3 2 1 2;V11.4 1 3 0;V11.5 0 1 1;V11.6 0 1 1;V11.7 0 0 2
V12.1 1 2 2;V12.2 2 0 0;V12.3 0 4 1;V13.1 0 1 3;V13.2 0 5 1;V13.3 0 2 2;V13.4 1 4 2;V14.1 0 2 0;V14.2 1 3 4
V14.3 1 2 0;V15.1 1 2 2;V15.2 1 2 2;V15.3 1 6 0;V15.4 0 0 4;V16.1 0 1 0;V16.2 0 5 0;V16.3 0 4 0;V16.4 0 3 0
V16.5 0 3 1;V17.1 0 1 1;V17.2 0 4 4;V17.3 0 2 0
"""
IN_THE_STANDARD = {
    section: tuple(map(int, levels))
    for section, *levels in map(str.split, re.split(r"[;\n]", SECTIONS.strip()))
}


def test_every_requirement_of_the_standard_stands_once() -> None:
    ledger = requirements()
    assert [name for name, times in Counter(each.id for each in ledger).items() if times > 1] == []
    for section, levels in IN_THE_STANDARD.items():
        own = [each for each in ledger if each.id.rpartition(".")[0] == section]
        assert sorted(int(each.id.rpartition(".")[2]) for each in own) == list(range(1, sum(levels) + 1)), (
            section
        )
        assert tuple(sum(each.level == level for each in own) for level in (1, 2, 3)) == levels, section
    assert tuple(map(sum, zip(*IN_THE_STANDARD.values(), strict=True))) == (70, 183, 92)
    assert len(ledger) == 345


def test_every_line_has_what_its_state_asks_for() -> None:
    for each in requirements():
        assert each.state in STATES, each.id
        assert each.asks, each.id
        wants = {
            "test": bool(each.tests),
            "document": bool(each.evidence) and not each.tests,
            "partly": bool(each.evidence) and bool(each.note),
            "not met": not each.evidence and bool(each.note),
            "not applicable": not each.evidence and bool(each.note),
        }
        assert wants[each.state], f"{each.id} is {each.state}"
        assert "PENDING" not in each.note, each.id


def test_every_piece_of_evidence_is_there() -> None:
    wrong = []
    for each in requirements():
        for one in each.evidence:
            problem = problem_of_test(one) if "::" in one else document_problem(one)
            wrong += [f"{each.id}: {problem}"] if problem else []
    assert wrong == []


def test_counts_of_the_page_are_those_of_the_data() -> None:
    page, ledger = (HERE / "asvs.md").read_text(), requirements()
    assert page == asvs_page(ledger), "run `make assurance`"
    told = dict(re.findall(r"^\| (.+?) \| \d+ \| \d+ \| \d+ \| (\d+) \|$", page, re.MULTILINE))
    shown = [len([each for each in ledger if each.state == state]) for state in STATES]
    assert [int(number) for number in told.values()] == [*shown, 345, 345]
    assert len(re.findall(r"^\| V\d+\.\d+\.\d+ \|", page, re.MULTILINE)) == 345
    assert [name for name in CHAPTERS.values() if f" {name}\n" not in page] == []


def test_page_names_the_standards_licence_and_holds_none_of_its_sentences() -> None:
    page = (HERE / "asvs.md").read_text()
    assert "CC BY-SA 4.0" in page
    assert "Verify that" not in page
