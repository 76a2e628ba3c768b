"""Writes the readable pages of the hazard log and of the ASVS ledger from their data: `make assurance`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

from deploy.assurance.evidence import HERE, STATES, Requirement, hazards, requirements

_NOT_SIGNED: Final = "**Not signed.** No clinical safety officer has read it. It is the makers' own proposal."
_WORDS: Final = {
    "test": "shown by a test",
    "document": "shown by a document",
    "partly": "met in part, and what is missing is named",
    "not met": "not met, and what is missing is named",
    "not applicable": "not applicable, and why",
}
CHAPTERS: Final = {
    1: "Encoding and Sanitization",
    2: "Validation and Business Logic",
    3: "Web Frontend Security",
    4: "API and Web Service",
    5: "File Handling",
    6: "Authentication",
    7: "Session Management",
    8: "Authorization",
    9: "Self-contained Tokens",
    10: "OAuth and OIDC",
    11: "Cryptography",
    12: "Secure Communication",
    13: "Configuration",
    14: "Data Protection",
    15: "Secure Coding and Architecture",
    16: "Security Logging and Error Handling",
    17: "WebRTC",
}


def hazard_page(log: dict[str, Any]) -> str:
    """Return the hazard log as Markdown."""
    found = log["hazard"]
    controls = [control for hazard in found for control in hazard["control"]]
    kinds = Counter(_kind(control) for control in controls)
    lines = [
        "# Hazard log",
        "",
        "Written by `make assurance` from `hazards.toml`; change that, not this.",
        "",
        _signature(log["signed"]),
        "",
        f"{len(found)} hazards, {len(controls)} controls: {kinds['tested']} are proved by tests, "
        f"{kinds['written']} are things that people do, {kinds['not proven']} are not proven. Severity and likelihood "
        "are proposals for the officer; no number is made of them, because the cells of the matrix are the officer's. "
        "Nothing is accepted.",
        "",
        "| Hazard | | Before | After | Owner | Status |",
        "|---|---|---|---|---|---|",
        *(
            f"| [{h['id']}](#{h['id'].lower()}) | {h['name']} | {_risk(h['before'])} | {_risk(h['after'])} "
            f"| {h['owner']} | {h['status']} |"
            for h in found
        ),
    ]
    for hazard in found:
        lines += _hazard(hazard)
    return "\n".join(lines) + "\n"


def _signature(signed: dict[str, str]) -> str:
    if not all(signed.values()):
        return _NOT_SIGNED
    return f"Signed by {signed['clinical_safety_officer']} ({signed['registration']}), {signed['date']}."


def _risk(told: dict[str, str]) -> str:
    return f"{told['severity']}, {told['likelihood'].replace('-', ' ')}"


def _kind(control: dict[str, Any]) -> str:
    if "proof" in control:
        return "tested"
    return "written" if "page" in control else "not proven"


def _hazard(hazard: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"## {hazard['id']}",
        "",
        f"**{hazard['name']}.**",
        "",
        f"- Cause: {hazard['cause']}",
        f"- Effect: {hazard['effect']}",
        f"- Proposed: {_risk(hazard['before'])} before the controls; {_risk(hazard['after'])} with them.",
        "",
        "| Control | Proof |",
        "|---|---|",
    ]
    return [*lines, *(f"| {control['text']} | {_proof(control)} |" for control in hazard["control"])]


def _proof(control: dict[str, Any]) -> str:
    if "proof" in control:
        return "<br>".join(f"`{test}`" for test in control["proof"])
    if "page" in control:
        return f"[{control['page']}](../../{control['page']})"
    return f"**Not proven.** {control['not_proven']}"


def asvs_page(ledger: list[Requirement]) -> str:
    """Return the ledger of the Application Security Verification Standard as Markdown."""
    lines = [
        "# OWASP ASVS 5.0.0",
        "",
        "Written by `make assurance` from `asvs.tsv`; change that, not this. Ids, levels and chapter names are",
        "those of the [OWASP Application Security Verification Standard 5.0.0]"
        "(https://github.com/OWASP/ASVS/tree/v5.0.0)",
        "(CC BY-SA 4.0); what each asks is told in our own few words, and the standard's own are what counts.",
        "Nobody outside has verified this.",
        "",
        "| | Level 1 | Level 2 | Level 3 | all |",
        "|---|---|---|---|---|",
        *(_count_line(state, ledger) for state in STATES),
        f"| in the ledger | {' | '.join(str(_count(ledger, level)) for level in (1, 2, 3))} | {len(ledger)} |",
        "| in the standard | 70 | 183 | 92 | 345 |",
    ]
    for number, name in CHAPTERS.items():
        own = [each for each in ledger if each.id.split(".")[0] == f"V{number}"]
        lines += [
            "",
            f"## V{number} {name}",
            "",
            "| Id | Level | Asks | Stands | On what |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {each.id} | {each.level} | {each.asks} | {each.state} | {_on_what(each)} |" for each in own
        ]
    return "\n".join(lines) + "\n"


def _count(ledger: list[Requirement], level: int, state: str | None = None) -> int:
    return sum(each.level == level and state in (None, each.state) for each in ledger)


def _count_line(state: str, ledger: list[Requirement]) -> str:
    by_level = [_count(ledger, level, state) for level in (1, 2, 3)]
    return f"| {_WORDS[state]} | {' | '.join(map(str, by_level))} | {sum(by_level)} |"


def _on_what(each: Requirement) -> str:
    named = [f"`{one}`" if "::" in one else f"[{one}](../../{one})" for one in each.evidence]
    return "<br>".join([*named, *([each.note] if each.note else [])])


def written() -> dict[Path, str]:
    """Return each page with what it should hold."""
    return {
        HERE / "hazard-log.md": hazard_page(hazards()),
        HERE / "asvs.md": asvs_page(requirements()),
    }


if __name__ == "__main__":
    for path, text in written().items():
        path.write_text(text)
