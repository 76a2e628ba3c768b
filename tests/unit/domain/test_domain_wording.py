"""Sentences that remember their pattern: English as any text, and the pattern beside it for other languages."""

from __future__ import annotations

import pickle
from copy import deepcopy
from datetime import date

from app.domain.wording import Wording, first_up, in_a_row, worded, worded_all, worded_tags


def test_sentence_is_english_and_keeps_its_pattern_and_values() -> None:
    said = worded("By %(day)s, %(who)s.", day=date(2026, 3, 12), who="Sam")
    assert said == "By 12 March 2026, Sam."
    assert isinstance(said, Wording)
    assert (said.pattern, said.values["who"]) == ("By %(day)s, %(who)s.", "Sam")


def test_percent_sign_stays_where_nothing_is_put_in() -> None:
    assert worded("Zoom in to 400%.") == "Zoom in to 400%."
    assert worded("Zoom in to 400%%, %(who)s.", who="Sam") == "Zoom in to 400%, Sam."


def test_sentences_in_a_row_leave_out_what_is_empty() -> None:
    row = in_a_row((worded("Yes."), "", worded("No.")))
    assert row == "Yes. No."
    assert row.parts == ("Yes.", "No.")
    assert in_a_row(()) == ""


def test_capital_letter_comes_first_and_the_sentence_is_kept() -> None:
    raised = first_up(worded("the hospital gets it."))
    assert raised == "The hospital gets it."
    assert raised.is_raised
    assert raised.parts == ("the hospital gets it.",)


def test_libraries_that_fill_in_every_message_leave_it_as_it_is() -> None:
    said = worded("%(name)s must be shorter.", name="The note")
    assert said.format(input="x") is said
    assert "at {day}".format(day="noon") == worded("at {day}").format(day="noon")


def test_words_by_code_and_with_their_colour() -> None:
    words = worded_all({"a": "Yes"})
    tags = worded_tags({"a": ("New", "blue")})
    assert words == {"a": "Yes"}
    assert isinstance(words["a"], Wording)
    assert tags == {"a": ("New", "blue")}
    assert isinstance(tags["a"][0], Wording)
    assert not isinstance(tags["a"][1], Wording)


def test_sentence_in_a_record_can_be_copied_and_sent_away() -> None:
    said = worded("By %(day)s.", day=date(2026, 3, 12))
    assert deepcopy([said])[0] is said
    sent = pickle.loads(pickle.dumps(said))  # noqa: S301 - our own bytes
    assert (type(sent), sent) == (str, "By 12 March 2026.")
