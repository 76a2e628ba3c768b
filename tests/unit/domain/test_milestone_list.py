"""The list of milestones: data that reads well to staff and to the person, and refuses what is not of it."""

from __future__ import annotations

from datetime import date, timedelta

from app.services.measures.milestones import the_list

TODAY = date(2026, 5, 4)


def test_every_milestone_has_a_code_of_its_own_and_words_for_both() -> None:
    found = [each for group in the_list().groups for each in group.milestones]
    assert len({each.code for each in found}) == len(found) >= 15
    assert all(each.own.startswith(("You ", "Your ", "Something ")) for each in found)
    assert all(each.words and not each.words.endswith(".") for each in found)


def test_no_words_say_what_brought_it_about() -> None:
    told = " ".join(f"{each.words} {each.own}" for each in the_list().by_code.values()).lower()
    assert not [word for word in ("because", "thanks to", "due to", "caused", "impact") if word in told]


def test_what_is_not_of_the_list_and_a_day_to_come_are_refused_together() -> None:
    tomorrow = TODAY + timedelta(days=1)
    found = the_list().problems(["joined-group", "flew"], tomorrow, "x" * 1001, today=TODAY)
    assert [problem.field for problem in found] == ["codes", "happened_on", "words"]
    assert the_list().problems(["joined-group"], TODAY, "", today=TODAY) == []
    assert [problem.field for problem in the_list().problems([], TODAY, "", today=TODAY)] == ["codes"]


def test_a_code_whose_line_is_gone_is_still_readable() -> None:
    assert the_list().words("gone") == "gone"
