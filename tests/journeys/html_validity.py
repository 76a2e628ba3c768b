"""Whether pages are HTML as the standard has it: judged by html-validate, a program of others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.contract.clients.node_programs import run

_HERE = Path(__file__).parent / "node"


def faults_of(pages: Mapping[str, str]) -> list[str]:
    """What is wrong with pages by their address: address, line, where and why, one a fault."""
    told = run("valid_html.mjs", ({"path": path, "html": html} for path, html in pages.items()), folder=_HERE)
    assert [each["path"] for each in told] == [*pages], "a page was not judged"
    return [
        f"{each['path']}:{fault['line']} {fault['selector'] or ''} {fault['message']}"
        for each in told
        for fault in each["wrong"]
    ]
