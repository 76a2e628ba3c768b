"""No column reaches the dataset by accident: each is classed, and what leaves is exactly what the extract writes."""

from anonymiser.policy import POLICY, Treatment
from app.services.dataset.extract_row import EXTRACT_FIELDS
from app.store.every_table import METADATA
from tests.contract.field_classes import LEAVES, STAYS, Class

COLUMNS = {f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.columns}
STAYING = [f"{table}.{name}" for table, names in STAYS.items() for name in names.split()]


def test_every_column_is_classed_and_no_vanished_one_is() -> None:
    assert {*LEAVES, *STAYING} == COLUMNS


def test_no_column_is_classed_twice() -> None:
    assert len(STAYING) + len(LEAVES) == len({*STAYING, *LEAVES})


def test_what_leaves_is_exactly_what_the_extract_writes() -> None:
    becomes = [field for _, fields in LEAVES.values() for field in fields]
    # "record" says what kind of line it is and tells nothing about anybody.
    assert {*becomes, "record"} == set(EXTRACT_FIELDS)


def test_whatever_names_a_person_or_a_referral_is_pseudonymised_on_both_sides() -> None:
    ours = {field for kind, fields in LEAVES.values() if kind is Class.PSEUDONYMISE for field in fields}
    theirs = {name for name, field in POLICY.items() if field.treatment is Treatment.PSEUDONYMISE}
    assert ours == theirs


def test_no_free_text_and_no_key_leaves() -> None:
    free = {
        "names",
        "contact",
        "reason",
        "words",
        "said",
        "brief",
        "requested_by",
        "note",
        "summary",
        "actions",
        "risks",
        "goal",
        "body",
    }
    coded = {"placement.reason"}  # of the published list of reasons for a no
    assert {column for column in LEAVES if column.split(".")[1] in free} == coded
