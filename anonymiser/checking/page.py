"""Sets the risk report as a page that anybody can read: plain tables, no scripts, nothing fetched from elsewhere."""

from collections.abc import Sequence
from html import escape

from anonymiser.checking.report import Kind, Line, Section

STYLE = """
body { color: #0b0c0c; font: 1.125rem/1.5 Arial, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
table { border-collapse: collapse; margin-bottom: 2rem; width: 100%; }
caption { font-size: 1.5rem; font-weight: bold; padding: 0.5rem 0; text-align: left; }
th, td { border-bottom: 1px solid #505a5f; padding: 0.5rem 1rem 0.5rem 0; text-align: left; vertical-align: top; }
td.value { font-variant-numeric: tabular-nums; white-space: nowrap; }
.finding { border-left: 0.5rem solid #d5281b; padding-left: 1rem; }
@media (max-width: 40rem) {
  h1, .finding { overflow-wrap: anywhere; }
  table, caption, tbody, tr, th, td { display: block; }
  thead { clip-path: inset(50%); height: 1px; overflow: hidden; position: absolute; width: 1px; }
  th, td, td.value { white-space: normal; overflow-wrap: anywhere; padding-right: 0; }
  th[scope="row"] { border-bottom: 0; font-size: 1.25rem; padding-top: 1.5rem; }
  td { border-bottom: 0; padding: 0.25rem 0; }
  td::before { content: attr(data-label) ": "; font-weight: bold; }
  tr { border-bottom: 1px solid #505a5f; padding-bottom: 0.5rem; }
}
"""


def risk_page(title: str, found: Sequence[Section], findings: Sequence[str] = ()) -> bytes:
    """The report for a reader: HTML in British English, every number with its meaning beside it."""
    verdict = (
        "<p>Nothing was found against this release.</p>"
        if not findings
        else "<p>What stands against this release:</p>\n<ul>\n"
        + "".join(f'<li class="finding">{escape(sentence)}</li>\n' for sentence in findings)
        + "</ul>"
    )
    page = f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
<p>How likely it is that somebody could be found in this release, and how much detail was given up so that nobody is.
A class is a group of rows that are alike in everything an intruder might know.</p>
{verdict}
{"".join(_table(section) for section in found)}</main>
</body>
</html>
"""
    return page.encode()


def _table(section: Section) -> str:
    names = ("Measure", "Value", "Meaning")
    head = "".join(f'<th scope="col" role="columnheader">{name}</th>' for name in names)
    return (
        f'<table role="table">\n<caption>{escape(section.title)}</caption>\n<thead role="rowgroup">\n'
        f'<tr role="row">{head}</tr>\n</thead>\n<tbody role="rowgroup">\n'
        + "".join(_row(line) for line in section.lines)
        + "</tbody>\n</table>\n"
    )


def _row(line: Line) -> str:
    return (
        f'<tr role="row"><th scope="row" role="rowheader">{escape(line.label)}</th>'
        f'<td class="value" role="cell" data-label="Value">{_worded(line)}</td>'
        f'<td role="cell" data-label="Meaning">{escape(line.meaning)}</td></tr>\n'
    )


def _worded(line: Line) -> str:
    if line.value is None:
        return "not told"
    if line.kind is Kind.SHARE:
        return f"{line.value:.2%}"
    return f"{line.value:,.0f}" if line.kind is Kind.COUNT else f"{line.value:.4f}"
