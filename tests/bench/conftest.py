"""Tells all bars in one table when the run has ended, and what was skipped with its reason."""

from __future__ import annotations

import pytest

from tests.bench.bars import Bars

BARS = Bars()


@pytest.fixture(scope="session")
def bars() -> Bars:
    return BARS


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if BARS.told:
        terminalreporter.section("bars: this machine, this run")
        for line in BARS.table():
            terminalreporter.write_line(line)
    for report in terminalreporter.getreports("skipped"):
        terminalreporter.write_line(f"not measured: {report.nodeid}: {report.longrepr[2]}")
