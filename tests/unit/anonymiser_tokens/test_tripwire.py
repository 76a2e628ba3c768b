"""An identifier in a coded field rejects its record; codes, areas, months and numbers of things do not."""

import polars as pl
import pytest

from anonymiser.tokens.tripwire import PRINT_LETTERS, Kind, check_records, identifiers_in, name_prints

KEY = b"\x05" * 32


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("9434765919", Kind.NHS_NUMBER),
        ("943 476 5919", Kind.NHS_NUMBER),
        ("943-476-5919", Kind.NHS_NUMBER),
        ("NHS:9434765919;", Kind.NHS_NUMBER),
        ("housing9434765919", Kind.NHS_NUMBER),
        ("no 12 943  476  5919", Kind.NHS_NUMBER),
        ("９４３ ４７６ ５９１９", Kind.NHS_NUMBER),
        ("943\u200b4765919", Kind.NHS_NUMBER),
        ("٩٤٣٤٧٦٥٩١٩", Kind.NHS_NUMBER),
        ("07700 900123", Kind.PHONE),
        ("+44 7700 900 123", Kind.PHONE),
        ("0044 (0)20 7946 0018", Kind.PHONE),
        ("(020) 7946 0018", Kind.PHONE),
        ("01632-960-001", Kind.PHONE),
        ("+353 1 234 5678", Kind.PHONE),
        ("tel.07700900123", Kind.PHONE),
        ("E8 1AB", Kind.POSTCODE),
        ("e81ab", Kind.POSTCODE),
        ("lives at SW1A  2AA now", Kind.POSTCODE),
        ("EC2A-4BX", Kind.POSTCODE),
        ("GIR 0AA", Kind.POSTCODE),
        ("ada@example.org", Kind.EMAIL),
        ("Ada.Lovelace+care@mail.example.co.uk", Kind.EMAIL),
        ("ada (at) example.org", Kind.EMAIL),
        ("AB123456C", Kind.NATIONAL_INSURANCE),
        ("ab 12 34 56 c", Kind.NATIONAL_INSURANCE),
        ("03/04/1948", Kind.BIRTH_DATE),
        ("3.4.48", Kind.BIRTH_DATE),
        ("1948-04-03", Kind.BIRTH_DATE),
        ("19480403", Kind.BIRTH_DATE),
        ("dob03041948", Kind.BIRTH_DATE),
        ("3rd April 1948", Kind.BIRTH_DATE),
        ("3 of Sept 48", Kind.BIRTH_DATE),
        ("April 3, 1948", Kind.BIRTH_DATE),
    ],
)
def test_identifier_trips_the_wire(text: str, kind: Kind) -> None:
    assert kind in identifiers_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "social-connection",
        "E8",
        "EC2A",
        "E02000346",
        "E01012050",
        "2026-05",
        "2026-Q2",
        "45 to 64",
        "80 and over",
        "13 and over",
        "A81001",
        "871731000000106",
        "9434765918",
        "94347659190",
        "12",
        "99",
        "Z",
        "B",
        "better",
        "not-started",
        "1-3",
        "10:30",
        "ICD-10 F32.1",
        "ZZ123456A",
        "1111111111",
        "£12,345.67",
    ],
)
def test_code_passes(text: str) -> None:
    assert identifiers_in(text) == ()


def test_record_is_left_out_and_told_by_row_and_field_and_never_by_value() -> None:
    records = pl.DataFrame(
        {
            "key": ["a", "b", "c", "d"],
            "need": ["food", "ring 07700 900123", "food", "ada@example.org E8 1AB"],
            "end": ["completed", "AB123456C", None, "completed"],
        }
    )
    checked = check_records(records, ["need", "end"])
    assert checked.kept["key"].to_list() == ["a", "c"]
    assert checked.rejected == 2
    assert [(each.row, each.field, each.kind) for each in checked.findings] == [
        (2, "end", Kind.NATIONAL_INSURANCE),
        (2, "need", Kind.PHONE),
        (4, "need", Kind.POSTCODE),
        (4, "need", Kind.EMAIL),
    ]
    told = " ".join(each.sentence for each in checked.findings)
    assert "Row 2, end: holds what looks like a National Insurance number" in told
    assert not any(part in told + repr(checked.findings) for part in ("900123", "ada", "1AB", "123456"))


def test_field_that_is_not_named_is_not_looked_at() -> None:
    records = pl.DataFrame({"nhs_number": ["9434765919"], "need": ["food"]})
    assert check_records(records, ["need"]).kept.height == 1


def test_code_of_a_known_list_is_not_somebodys() -> None:
    records = pl.DataFrame({"need": ["19930305", "19930306"]})
    checked = check_records(records, ["need"], known={"need": frozenset({"19930305"})})
    assert [each.row for each in checked.findings] == [2]


def test_numbers_are_read_as_text() -> None:
    records = pl.DataFrame({"contacts": [3, 9434765919]})
    assert [each.row for each in check_records(records, ["contacts"]).findings] == [2]


@pytest.mark.parametrize("value", ["Lovelace", "mrs LOVELACE", "o'brien", "OBrien x", "ref:zoë", "Zoe-ann"])
def test_word_of_a_name_has_the_names_print_however_it_is_written(value: str) -> None:
    assert name_prints([value], KEY) & name_prints(["Zoë Lovelace", "O’Brien"], KEY)


def test_print_is_keyed_and_so_short_that_many_names_share_it() -> None:
    [printed] = name_prints(["Lovelace"], KEY)
    assert len(printed) == PRINT_LETTERS == 3
    assert name_prints(["Lovelace"], b"\x06" * 32) != {printed}
    assert not name_prints(["bereavement"], KEY) & name_prints(["Rose"], KEY)
    assert name_prints(["J. P. 7"], KEY) == frozenset()
