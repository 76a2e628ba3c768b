"""JSON that a lenient reader would bend is refused, with its place and without its content."""

import json

import pytest
from bars import raw_example, refusal_of, told

from fhir.problems import FhirRejected
from fhir.strict_json import load

CANARY = "Marmaduke"


def refused(raw: bytes) -> FhirRejected:
    with pytest.raises(FhirRejected) as caught:
        load(raw)
    assert CANARY not in " ".join(problem.sentence + problem.path for problem in caught.value.problems)
    return caught.value


def test_truncated_json_is_refused_with_its_line_and_column():
    (problem,) = refused(b'{"resourceType": "Bundle",\n "id": "Marmaduke').problems
    assert "line 2, column 8" in problem.sentence
    assert problem.code == "invalid"


def test_a_real_example_cut_anywhere_is_refused_and_nothing_else():
    whole = raw_example("SERVREQ01")
    for cut in range(0, len(whole.rstrip()), 997):
        assert refused(whole[:cut]).status == 400


def test_a_key_named_twice_is_refused_where_it_stands():
    problems = refused(b'{"entry": [{"resource": {"id": "a", "id": "Marmaduke"}}]}').problems
    assert [problem.path for problem in problems] == ["Bundle.entry[0].resource"]


@pytest.mark.parametrize("escaped", ["\\u0000", "\\u001b", "\\u007f", "\\ud800", "\\udc00x"])
def test_control_characters_and_half_surrogates_are_refused(escaped: str):
    (problem,) = refused(f'{{"entry": [{{"name": "Marmaduke{escaped}"}}]}}'.encode()).problems
    assert problem.path == "Bundle.entry[0].name"


def test_control_characters_in_a_name_are_refused_and_not_shown():
    assert told(refused(b'{"Marmaduke\\u0000": 1}')) == {"Bundle": "invalid"}


def test_tabs_and_new_lines_in_a_text_are_kept():
    assert load(b'{"text": "one\\ttwo\\r\\nthree"}') == {"text": "one\ttwo\r\nthree"}


def test_a_whole_surrogate_pair_is_a_character():
    assert load(b'{"text": "\\ud83d\\ude00"}') == {"text": "\U0001f600"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_have_are_refused(number: str):
    assert told(refused(f'{{"a": [{{"value": {number}}}]}}'.encode())) == {"Bundle.a[0].value": "invalid"}


def test_an_endless_number_is_refused():
    assert "number" in refused(b'{"a": ' + b"9" * 5000 + b"}").problems[0].sentence


@pytest.mark.parametrize(
    "raw", [b"", b"  \n", b"[]", b"null", b"5", b'"text"', b"\xff\xfe{", b'{"a": "\xc3"}', b"<Bundle/>"]
)
def test_what_is_no_json_object_is_refused(raw: bytes):
    assert told(refused(raw)) == {"Bundle": "invalid"}


def test_a_byte_order_mark_is_tolerated():
    assert load(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("depth", [61, 500, 100_000])
def test_deep_nesting_is_refused(depth: int):
    raw = b'{"a": ' + b"[" * depth + b"]" * depth + b"}"
    assert refused(raw).status == 400


def test_sixty_levels_are_taken():
    raw = b'{"a": ' + b"[" * 59 + b"]" * 59 + b"}"
    assert load(raw) == json.loads(raw)


def test_ten_thousand_entries_are_refused_as_too_costly():
    refusal = refusal_of(b'{"resourceType": "Bundle", "entry": [' + b"{}," * 9_999 + b"{}]}")
    assert (refusal.status, refusal.rec_code) == (413, "REC_UNPROCESSABLE_ENTITY")
    assert told(refusal) == {"Bundle.entry": "too-costly"}


def test_every_fault_is_told_at_once():
    problems = told(refused(b'{"a": {"b": 1, "b": 2}, "c": NaN, "d": "\\u0000"}'))
    assert set(problems) == {"Bundle.a", "Bundle.c", "Bundle.d"}


def test_a_body_full_of_faults_gives_a_bounded_list():
    raw = b'{"a": [' + b"NaN," * 5_000 + b"NaN]}"
    assert len(refused(raw).problems) == 200


def test_a_message_of_endless_small_values_is_refused_as_too_costly():
    refusal = refusal_of(b'{"resourceType": "Bundle", "entry": [{"a": [' + b"{}," * 50_000 + b"{}]}]}")
    assert (refusal.status, told(refusal)) == (413, {"Bundle": "too-costly"})
