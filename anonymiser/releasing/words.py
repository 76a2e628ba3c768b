"""The words that go out beside the data, for an analyst who knows nothing else about it."""

from collections.abc import Mapping

from anonymiser.policy import FURTHEST_OUTCOMES, MINIMUM_OUTCOMES, MINIMUM_PEOPLE, POLICY_VERSION
from anonymiser.releasing.columns import NOT_A_CAUSE
from anonymiser.releasing.frames import QUIET_MONTHS
from anonymiser.releasing.package import Described
from anonymiser.tables.rule_words import how_told, what_is_shown

_README = """\
Social prescribing outcomes: {release_id}

What this is
  What became of referrals to social prescribing: what the need was, what came of it, and how wellbeing, loneliness
  and the person's own goal changed. It was made under policy {policy} from records from which everyone who opted out
  had already been taken away. Its tables are not to be joined:

  data/outcomes    a row for each referral. {rows_released} rows in this release.
  data/journeys    a row for each person, told once, {quiet} months after the last referral. {journeys_released} rows.
  data/tables      counts of people, {how}: {shown}. {numbers}
{also}
  Each comes as Parquet and as CSV (UTF-8, comma separated, first line is the heading) with the same content.

What else is in the folder
  dictionary.html, dictionary.json   what each column means and every value it can hold
  hierarchies/                       which coarser value stands for which exact ones: on each line an exact value and
                                     what it can come out as, up to "*", with semicolons between and no heading
  risk-report.html, .json            how likely it is that somebody could be found here, and what was tried
  datapackage.json                   the same for Frictionless Data; data/*.csv-metadata.json for CSV on the Web
  CHANGES.txt                        what is new since the release before, and how releases fit together
  LICENCE.txt                        what you may and may not do
  manifest.json, manifest.sha256     counts, policy, and a SHA-256 for every file (sha256sum -c manifest.sha256). Counts
                                     of what is not in the files are to the nearest 5, and null where 1 to 9;
                                     in later releases they move once ten more or fewer have come.

How to read it
  - A row of outcomes is a referral, not a person. Nothing joins the rows of one person, in this release or another.
  - Each row stands in a crowd of at least {people} different people with at least {outcomes} different outcomes (none
    further than {furthest} from the whole), all alike in every column that might be known of a person. So one row may
    tell the month and another the year. "*" means hidden. It does not mean unknown, and hidden rows are no random
    sample: rarer people are hidden more often. When you filter by such a column, say how many rows were hidden.
  - Need, age, deprivation, ethnicity and gender are told first, then the month, then the place: one crowd cannot tell
    all. The dictionary gives each column's weight. For months and practices take the tables of counts.
  - "withheld" in first_outcome, end or end_reason: in this crowd too few different values stand to tell any of them.
    It does not mean unknown. For how referrals end take the tables of counts.
  - A change is the direction for one person between two answers: better, same, worse or not measured. The four
    wellbeing questions are never added up. Better anxiety or loneliness means less of it.
  - Totals of the tables do not add up exactly: every number is told {how} by itself, and a person may be in two cells.
  - In tables.csv a month is written 2026-01, as in outcomes.csv; a spreadsheet that is opened with a double click makes
    a date of it. In Excel take Data, From Text/CSV, and set the columns to Text; or read the Parquet file.
  - {not_a_cause}
"""

_NO_TABLES = """There are
                   none in this release: no number of them could be told without telling of a few people."""

_LICENCE = """\
You may analyse these data and publish tables and findings from them, naming the release ({release_id}).

You must not try to find out who a row is about, nor join it to other records about people, nor join its tables to
one another row by row. Knowingly or recklessly re-identifying de-identified personal data without leave is an offence
under section 171 of the Data Protection Act 2018. If you believe that you have recognised somebody, stop and tell the
steward who gave you this release.

Publish no number of fewer than {people} people{unless}.
Say beside every difference between groups that it does not show what a service caused.
"""

_CHANGES = """\
{release_id}

{what}

Earlier releases of this series: {earlier}.

Releases of one series add up: a referral and a person's journey are in one release only, under the same classes as in
the first, so take them together for all rows. Tables are whole in each release: use the latest alone. A number that
would have changed by fewer than 10 people is as it was before, and not marked. Releases are never rewritten; one that
should no longer be used is named as withdrawn by whoever gave it to you.
"""


def readme(about: Described, counts: Mapping[str, int]) -> bytes:
    """The README of a release."""
    counts = dict(counts)
    rows = counts.pop("table_rows")
    return _README.format(
        numbers=f"{rows} numbers." if rows else _NO_TABLES,
        release_id=about.id,
        how=how_told(about.rule),
        shown=what_is_shown(about.rule),
        also="".join(f"  data/{each.name}\n    {each.title}.\n" for each in about.also),
        policy=POLICY_VERSION,
        people=MINIMUM_PEOPLE,
        outcomes=MINIMUM_OUTCOMES,
        furthest=FURTHEST_OUTCOMES,
        quiet=QUIET_MONTHS,
        not_a_cause=NOT_A_CAUSE,
        **counts,
    ).encode()


def licence(about: Described) -> bytes:
    """What an analyst may and may not do."""
    prints_fewer = about.rule.smallest < MINIMUM_PEOPLE
    return _LICENCE.format(
        release_id=about.id,
        people=MINIMUM_PEOPLE,
        unless=" but those that the tables of this release print" if prints_fewer else "",
    ).encode()


def changes(release_id: str, earlier: list[str], waiting: int | None) -> bytes:
    """What is new, and how the releases of a series fit together."""
    first = "This is the first release of its series."
    later = "This release holds referrals and people that no earlier one has."
    wait = f" About {waiting} referrals wait for company." if waiting else ""
    return _CHANGES.format(
        release_id=release_id,
        what=(later if earlier else first) + wait,
        earlier=", ".join(earlier) or "none",
    ).encode()
