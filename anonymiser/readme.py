"""The words that go out beside the data, for an analyst who knows nothing else about it."""

from anonymiser.policy import MINIMUM_OUTCOMES, MINIMUM_PEOPLE, POLICY_VERSION

_TEXT = """\
Social prescribing outcomes: {release_id}

What this is
  One row for each referral by a GP to social prescribing that has come to its end: what the need was, what
  came of it, and how wellbeing, loneliness and the person's own goal changed. It was made under policy
  {policy} from records from which everyone who opted out had already been taken away.

What is in the folder
  data/outcomes.csv      the rows (UTF-8, comma separated, first line is the heading)
  data-dictionary.csv    what each column means and every value it can hold; also as .json
  manifest.json          counts, policy, thresholds and a SHA-256 for every file
  manifest.sha256        the SHA-256 of the manifest; check with: sha256sum -c manifest.sha256

How to read it
  - A row is a referral, not a person. A person with two referrals has two rows and nothing joins them. The
    row_id is new in every release and joins to nothing.
  - Each row stands in a crowd of at least {people} different people with at least {outcomes} different outcomes,
    all alike in referred, area, age_band, ethnicity, gender and need. Where a finer crowd was too small,
    these columns are told more coarsely or hidden as "*". detail_level says how finely: 1 is the finest.
  - "*" means hidden. It does not mean unknown, and the hidden rows are not a random sample: rarer people are
    hidden more often. For totals use all rows; when you filter by one of these columns, say how many rows
    were hidden. Rows that fit nowhere were left out and are counted in the manifest as rows_suppressed.
  - A change is the direction for one person between two answers: better, same, worse or not measured. The
    four wellbeing questions are never added up. Better anxiety or loneliness means less of it.
  - These are not trial results: people who got better might have done so anyway. Do not read a difference
    between groups as what a service caused.

Licence and duty
  You may analyse these data and publish tables and findings from them. You must not try to find out who a row
  is about, nor join it to other records about people. Knowingly or recklessly re-identifying de-identified
  personal data without leave is an offence under section 171 of the Data Protection Act 2018. If you believe
  that you have recognised somebody, stop and tell the steward who gave you this release. When a newer
  release replaces this one, use that one alone: do not compare the rows of two releases.
"""


def readme_text(release_id: str) -> str:
    """The README.txt of a release."""
    return _TEXT.format(
        release_id=release_id, policy=POLICY_VERSION, people=MINIMUM_PEOPLE, outcomes=MINIMUM_OUTCOMES
    )
