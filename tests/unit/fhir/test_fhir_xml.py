"""XML is read into what the same message sent as JSON gives, and nothing hostile gets through or takes long."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from bars import EXAMPLES, example, raw_example, told

from fhir.inbound import read_message
from fhir.problems import FhirRejected
from fhir.strict_json import load
from fhir.xml_reading import load_xml
from fhir.xml_writing import to_xml

XML = "application/fhir+xml"
TWINS = sorted(EXAMPLES.glob("*.xml"))
MESSAGES = [path for path in TWINS if path.name.startswith(("REFREQ", "SERVREQ"))]
CANARY = "Marmaduke"
R4 = 'xmlns="http://hl7.org/fhir"'


def short(path: Path) -> str:
    return path.name.split(" ")[0]


def refused(raw: bytes | str) -> FhirRejected:
    with pytest.raises(FhirRejected) as caught:
        load_xml(raw.encode() if isinstance(raw, str) else raw)
    assert CANARY not in " ".join(problem.sentence + problem.path for problem in caught.value.problems)
    return caught.value


def patient(inside: str) -> dict:
    return load_xml(f"<Patient {R4}>{inside}</Patient>".encode())


def refusal_of_patient(inside: str) -> dict[str, str]:
    return told(refused(f"<Patient {R4}>{inside}</Patient>"))


class TestTwins:
    @pytest.mark.parametrize("path", MESSAGES, ids=short)
    def test_an_official_message_reads_the_same_in_xml_and_in_json(self, path: Path):
        as_xml = read_message(path.read_bytes(), content_type=XML)
        assert as_xml == read_message(path.with_suffix(".json").read_bytes())

    @pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem[:28])
    def test_an_official_example_has_the_shape_of_its_json_twin(self, path: Path):
        as_xml, as_json = load_xml(path.read_bytes()), load(path.with_suffix(".json").read_bytes())
        assert cut(as_xml) == cut(as_json)

    @pytest.mark.parametrize(
        "content_type",
        [XML, "application/fhir+xml; charset=utf-8", "application/xml", "text/xml", "TEXT/XML"],
    )
    def test_every_name_of_xml_is_read_as_xml(self, content_type: str):
        raw = MESSAGES[0].read_bytes()
        assert read_message(raw, content_type=content_type).person.family == "Jones"

    def test_what_is_no_xml_by_its_name_is_read_as_json(self):
        raw = raw_example("REFREQ03")
        assert read_message(raw, content_type="application/json").person.family == "Jones"
        with pytest.raises(FhirRejected):
            read_message(raw, content_type=XML)


def cut(node):
    """The twins' times are written differently (fractions, zone): compared to the second."""
    if isinstance(node, dict):
        return {name: cut(value) for name, value in node.items()}
    if isinstance(node, list):
        return [cut(each) for each in node]
    return node[:19] if isinstance(node, str) and node[4:5] == "-" and node[10:11] == "T" else node


class TestShapes:
    def test_types_come_from_the_definition_and_not_from_the_text(self):
        read = patient(
            '<active value="true"/><name><family value="007"/><given value="1"/></name>'
            '<multipleBirthInteger value="2"/>'
        )
        assert read["active"] is True
        assert read["name"] == [{"family": "007", "given": ["1"]}]
        assert read["multipleBirthInteger"] == 2

    def test_a_decimal_is_a_number(self):
        url = 'url="https://example.org/x"'
        read = patient(f'<extension {url}><valueDecimal value="1.50"/></extension>')
        assert read["extension"] == [{"url": "https://example.org/x", "valueDecimal": 1.5}]

    def test_extensions_of_a_primitive_stand_beside_it_with_gaps(self):
        why = '<extension url="https://example.org/why"><valueString value="masked"/></extension>'
        read = patient(
            f'<name><given value="A"/><given>{why}</given></name><birthDate id="b">{why}</birthDate>'
        )
        extended = [{"url": "https://example.org/why", "valueString": "masked"}]
        assert read["name"] == [{"given": ["A", None], "_given": [None, {"extension": extended}]}]
        assert read["_birthDate"] == {"id": "b", "extension": extended}
        assert "birthDate" not in read

    def test_a_narrative_is_kept_as_xhtml_text(self):
        div = '<x:div xmlns:x="http://www.w3.org/1999/xhtml" x:id="n" class="c"><x:p>a &lt; b<x:br/></x:p></x:div>'
        read = patient(f'<text><status value="generated"/>{div}</text>')
        assert read["text"]["div"] == (
            '<div xmlns="http://www.w3.org/1999/xhtml" class="c"><p>a &lt; b<br/></p></div>'
        )

    def test_comments_instructions_and_schema_hints_are_passed_over(self):
        read = load_xml(
            f'<?xml version="1.0"?><?style x?><!-- a --><Patient {R4} '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x y">'
            '<!-- b --><?c d?><active value="false"/></Patient><!-- e -->'.encode()
        )
        assert read == {"resourceType": "Patient", "active": False}

    def test_an_entry_of_an_unknown_type_is_left_for_the_checks_to_refuse(self):
        raw = MESSAGES[0].read_bytes().replace(b"Consent>", b"Spell>")
        with pytest.raises(FhirRejected) as caught:
            read_message(raw, content_type=XML)
        assert "not-supported" in told(caught.value).values()

    def test_problems_of_a_message_have_the_same_places_in_both_forms(self):
        body = example("REFREQ03")
        for each in body["entry"]:
            each["resource"].pop("requester", None)
            if each["resource"]["resourceType"] == "Patient":
                each["resource"]["gender"] = "F"
        with pytest.raises(FhirRejected) as as_json:
            read_message(orjson.dumps(body))
        with pytest.raises(FhirRejected) as as_xml:
            read_message(to_xml(body), content_type=XML)
        assert as_xml.value.problems == as_json.value.problems


FAULTS = {
    "no such element": ('<colour value="red"/>', "Bundle.colour", "invalid"),
    "the JSON name of an extension": ('<_gender id="x"/>', "Bundle._gender", "invalid"),
    "a value that is none": ('<active value="yes"/>', "Bundle.active", "invalid"),
    "a word for a number": ('<multipleBirthInteger value="two"/>', "Bundle.multipleBirthInteger", "invalid"),
    "an element twice": ('<gender value="male"/><gender value="male"/>', "Bundle.gender", "invalid"),
    "an empty primitive": ("<gender/>", "Bundle.gender", "invalid"),
    "a value where elements stand": ('<name value="Marmaduke"/>', "Bundle.name[0]", "invalid"),
    "an attribute that is none": ('<gender value="male" colour="x"/>', "Bundle.gender", "invalid"),
    "text between elements": ("<name>Marmaduke</name>", "Bundle.name[0]", "structure"),
    "another namespace": ('<x:y xmlns:x="urn:Marmaduke"/>', "Bundle", "invalid"),
    "a narrative of another namespace": (
        '<text><status value="empty"/><div>x</div></text>',
        "Bundle.text",
        "invalid",
    ),
    "a resource that is missing": ("<contained/>", "Bundle.contained[0]", "required"),
    "two resources in one place": (
        "<contained><Basic/><Basic/></contained>",
        "Bundle.contained[0]",
        "invalid",
    ),
}


class TestFaults:
    @pytest.mark.parametrize("case", FAULTS)
    def test_a_resource_is_refused_for(self, case: str):
        inside, path, code = FAULTS[case]
        assert refusal_of_patient(inside) == {path: code}

    def test_all_faults_are_told_at_once(self):
        found = refusal_of_patient('<gender/><colour value="x"/><name><shape value="x"/></name>')
        assert set(found) == {"Bundle.gender", "Bundle.colour", "Bundle.name[0].shape"}

    @pytest.mark.parametrize("root", ["<Patient/>", '<Patient xmlns="urn:hl7-org:v3"/>'])
    def test_a_document_outside_fhirs_namespace_is_refused(self, root: str):
        assert told(refused(root)) == {"Bundle": "invalid"}

    @pytest.mark.parametrize(
        "raw",
        [b"", b" ", b"{}", b"<Bundle", b"<a></b>", b"\xff\xfe<", f"<Bundle {R4}>&x;</Bundle>".encode()],
    )
    def test_what_is_no_xml_is_refused(self, raw: bytes):
        assert told(refused(raw)) == {"Bundle": "invalid"}

    def test_a_real_example_cut_anywhere_is_refused_and_nothing_else(self):
        whole = MESSAGES[-1].read_bytes().rstrip()
        for end in range(0, len(whole), 499):
            assert refused(whole[:end]).status == 400

    def test_a_broken_document_is_refused_with_its_line_and_column(self):
        (problem,) = refused(f"<Patient {R4}>\n <active value=></Patient>").problems
        assert "line 2, column" in problem.sentence


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "a billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{BOMB}]><Patient {R4}><gender value="&l11;"/></Patient>',
    "an external entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient {R4}>&e;</Patient>',
    "an external DTD": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><Patient {R4}/>',
    "a parameter entity": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><Patient {R4}/>',
    "a harmless DOCTYPE": f"<!DOCTYPE Patient><Patient {R4}/>",
}


class TestHostileDocuments:
    @pytest.mark.parametrize("case", HOSTILE)
    def test_a_document_type_is_refused_with_all_it_brings(self, case: str):
        (problem,) = refused(HOSTILE[case]).problems
        assert "DOCTYPE" in problem.sentence

    @pytest.mark.parametrize("depth", [80, 100_000])
    def test_deep_nesting_is_refused(self, depth: int):
        raw = f"<Patient {R4}>" + '<extension url="u">' * depth
        assert "nested deeper" in refused(raw).problems[0].sentence

    def test_a_narrative_nested_deeply_is_refused(self):
        raw = f'<Patient {R4}><text><div xmlns="http://www.w3.org/1999/xhtml">' + "<b>" * 100_000
        assert "nested deeper" in refused(raw).problems[0].sentence

    def test_ten_thousand_entries_are_refused_as_too_costly(self):
        entry = "<entry><resource><Patient/></resource></entry>"
        refusal = refused(f"<Bundle {R4}>{entry * 10_000}</Bundle>")
        assert (refusal.status, told(refusal)) == (413, {"Bundle.entry": "too-costly"})

    def test_endless_small_elements_are_refused_as_too_costly(self):
        refusal = refused(f"<Patient {R4}>" + '<name id="x"/>' * 60_000 + "</Patient>")
        assert (refusal.status, told(refusal)) == (413, {"Bundle": "too-costly"})

    def test_an_endless_narrative_is_refused_as_too_costly(self):
        raw = f'<Patient {R4}><text><div xmlns="http://www.w3.org/1999/xhtml">' + "<b/>" * 60_000
        assert (refused(raw).status, told(refused(raw))) == (413, {"Bundle": "too-costly"})

    def test_a_document_full_of_faults_gives_a_bounded_list(self):
        assert len(refused(f"<Patient {R4}>" + "<x/>" * 5_000 + "</Patient>").problems) == 200


class TestWriting:
    @pytest.mark.parametrize("path", TWINS, ids=lambda path: path.stem[:28])
    def test_what_is_written_reads_back_the_same(self, path: Path):
        body = load(path.with_suffix(".json").read_bytes())
        assert load_xml(to_xml(body)) == body

    def test_elements_stand_in_the_order_of_the_specification(self):
        written = to_xml({"resourceType": "Patient", "birthDate": "1951-03-02", "active": True, "id": "p"})
        assert written.index(b"<id") < written.index(b"<active") < written.index(b"<birthDate")

    def test_marks_of_xml_in_a_text_do_not_break_the_document(self):
        name = [{"text": "a<b>&\"c'\nd\ufffe\x0b"}]
        written = to_xml({"resourceType": "Patient", "name": name})
        assert load_xml(written)["name"][0]["text"] == "a<b>&\"c'\nd"

    def test_a_narrative_that_is_no_xhtml_is_written_as_its_words(self):
        text = {"status": "generated", "div": "<div>never closed</p><active/>"}
        read = load_xml(to_xml({"resourceType": "Patient", "text": text}))
        assert set(read) == {"resourceType", "text"}

    @pytest.mark.parametrize(
        "body", [{"resourceType": "Spell"}, {"resourceType": "Patient", "colour": "red"}]
    )
    def test_what_r4_does_not_have_is_not_written(self, body: dict):
        with pytest.raises(ValueError, match="R4"):
            to_xml(body)
