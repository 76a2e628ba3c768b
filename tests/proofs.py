"""Watches, as the tests run, that what the assurance pack names as a proof did run: a skipped proof fails the run."""

from __future__ import annotations

from typing import Final

import pytest

from deploy.assurance.evidence import named_tests

WATCH: Final = "the tests named as proofs"


class Watch:
    """What became of each named test in this run."""

    def __init__(self, named: dict[str, set[str]], *, whole: bool):
        self.named = named
        self.whole = whole
        self.skipped: set[str] = set()
        self.ran: set[str] = set()

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that is over; with several processes, the one that leads hears of all."""
        name = report.nodeid.partition("[")[0]
        if name not in self.named:
            return
        if report.skipped:
            self.skipped.add(name)
        elif report.when == "call":
            self.ran.add(name)

    def problems(self) -> list[str]:
        """Return the named tests that prove nothing in this run, each with who names it."""
        lacking = dict.fromkeys(self.skipped, "was skipped")
        if self.whole:
            lacking |= dict.fromkeys(set(self.named) - self.ran - self.skipped, "did not run")
        return [
            f"{test} {what}, and is the proof of {', '.join(sorted(self.named[test]))}"
            for test, what in sorted(lacking.items())
        ]

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Fail a run that would else be green."""
        if exitstatus == pytest.ExitCode.OK and self.problems():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which."""
        if found := self.problems():
            terminalreporter.section("proofs that prove nothing")
            for line in found:
                terminalreporter.line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Watch in the process that leads; a run of all tests must have run every proof."""
    if hasattr(config, "workerinput"):
        return
    whole = config.args == config.getini("testpaths") and not any(
        config.getoption(name, default=None)
        for name in ("keyword", "markexpr", "lf", "collectonly", "deselect")
    )
    config.pluginmanager.register(Watch(named_tests(), whole=whole), WATCH)
