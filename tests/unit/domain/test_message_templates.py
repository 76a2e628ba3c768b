"""What goes out in fixed words: the shipped templates keep the rules, and the lint finds every way to break them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain.errors import Invalid
from app.domain.message_templates import (
    EXAMPLES,
    MAY_HOLD,
    PLACEHOLDERS,
    Audience,
    Channel,
    Template,
    Wording,
    problems_of,
)
from app.services.messages import message_library

GOOD = ("Hello. Has it started yet?", "((link))")


def template(
    *lines: str, to: Audience = Audience.PERSON, channel: Channel = Channel.TEXT, subject: str = "A question"
) -> Template:
    wording = Wording(subject, {channel: lines or GOOD})
    return Template("test", 1, "A test", to, "To nobody.", {"en": wording})


def told(found: Template) -> str:
    return " ".join(f"{each.field}: {each.sentence}" for each in problems_of(found))


def test_every_shipped_template_keeps_the_rules() -> None:
    known = message_library.shipped()
    assert {"check-in", "follow-up", "follow-up-again", "new-referral", "practice-summary"} <= set(
        known.codes
    )
    assert [told(each) for each in known.all if told(each)] == []


def test_texts_to_people_fit_into_two_parts_and_name_nobody() -> None:
    for each in message_library.shipped().all:
        if each.audience is Audience.PERSON and Channel.TEXT in each.channels:
            words = each.filled(Channel.TEXT, dict(EXAMPLES)).text.lower()
            for never in (
                "health",
                "gp",
                "nhs",
                "help",
                "support",
                "refer",
                "link worker",
                "backstitch/loops",
            ):
                assert never not in words, (each.code, never)


@pytest.mark.parametrize(
    "line",
    [
        "Dear ((name)),",
        "Dear ((first_name)),",
        "Your NHS number is ((nhs_number)).",
        "((reason))",
        "Your referral ((ref))",
        "From ((team))",
    ],
)
def test_placeholders_off_the_list_are_refused_to_people(line: str) -> None:
    assert "must not be filled in here" in told(template(line))


@pytest.mark.parametrize(
    "line", ["Dear {name}", "Dear [name]", "Dear %s", "Dear <name>", "Dear ((Name))", "$name"]
)
def test_every_other_kind_of_bracket_is_refused(line: str) -> None:
    assert "every other kind of bracket" in told(template(line))


@pytest.mark.parametrize(
    "word",
    ["health", "Wellbeing", "loneliness", "counselling", "your GP", "the practice", "NHS", "prescribing", "debts",
     "referral", "a charity", "support", "help", "hospital", "meddygon", "lles"],
)  # fmt: skip
def test_words_of_health_and_of_who_helps_are_refused_to_people(word: str) -> None:
    assert "without words of health" in told(template(f"Hello, about {word}: ((link))"))


def test_an_organisation_may_read_that_it_is_a_referral_and_nothing_of_why() -> None:
    of_it = {"to": Audience.ORGANISATION}
    assert told(template("New referral, ref ((ref)), for ((team))", **of_it)) == ""  # type: ignore[arg-type]
    assert "loneliness" in told(template("New referral, loneliness", **of_it))  # type: ignore[arg-type]
    assert "must not be" in told(template("New referral for ((name))", **of_it))  # type: ignore[arg-type]


def test_a_word_of_health_in_the_subject_is_found_too() -> None:
    assert "en.subject" in told(template(subject="Your mental health"))


def test_a_text_that_is_too_long_or_has_odd_letters_is_refused() -> None:
    assert "306 at most" in told(template("x" * 240, "((link))"))
    assert "no such letters: ’" in told(template("It’s time", "((link))"))


def test_a_sentence_with_a_number_is_left_out_where_there_is_none() -> None:
    found = template("Hello.", "Ring ((phone)).", "((link))")
    assert found.filled(Channel.TEXT, {"link": "L", "phone": None}).text == "Hello. L"
    assert found.filled(Channel.TEXT, {"link": "L", "phone": "1"}).text == "Hello. Ring 1. L"


def test_a_missing_value_is_a_fault_and_never_an_empty_message() -> None:
    with pytest.raises(KeyError):
        template().filled(Channel.TEXT, {"phone": "1"})


def test_a_value_is_not_filled_in_again() -> None:
    assert template("((link))").filled(Channel.TEXT, {"link": "((phone))", "phone": "1"}).text == "((phone))"


def test_the_list_of_placeholders_is_closed_and_has_an_example_each() -> None:
    assert set(EXAMPLES) == set(PLACEHOLDERS)
    assert MAY_HOLD[Audience.PERSON] == {"link", "phone", "code", "date"}


FILE = """
code = "check-in"
version = {version}
name = "Has it started?"
to = "person"
goes = "To the person."
[en]
subject = "A question"
text = ["{text}"]
"""


def test_an_installations_higher_version_goes_out_instead_and_the_older_one_stays(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        FILE.format(version=2, text="Has it begun? ((link))"), encoding="utf-8"
    )
    known = message_library.load(tmp_path)
    assert known.newest("check-in").version == 2
    assert [each.version for each in known.versions("check-in")] == [1, 2]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (FILE.format(version=2, text="Dear ((name))"), "own.toml: en.text.1"),
        (FILE.format(version=1, text="Has it begun? ((link))"), "own.toml: version"),
        ("code = ", "own.toml: file"),
        ('code = "x"\nversion = 0\nto = "everybody"\nwhat = 1', "own.toml: en"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_place(content: str, problem: str, tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(content, encoding="utf-8")
    with pytest.raises(Invalid) as fault:
        message_library.load(tmp_path)
    assert problem in {each.field for each in fault.value.problems}
