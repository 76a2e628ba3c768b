"""`make demo`: starts the real parts, runs the loop, shows it, and keeps serving until told to stop."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from threading import Event
from types import FrameType

from app.config import SettingsProblem
from app.demo import report
from app.demo.dataset import release_dataset
from app.demo.house import open_house
from app.demo.loop import Loop
from app.demo.processes import ROOT, DemoProblem, Parts
from app.demo.pulling import pull
from app.demo.report import Timings
from app.demo.scenarios import FOR_VISITORS, SCENARIOS
from app.demo.tour import as_json, take_tour, where_to_look
from app.embedded.places import EmbeddedServerError

VAR = ROOT / "var" / "demo"
_SETUP_SECONDS = ROOT / "var" / "setup-seconds"


def run_demo(*, once: bool, port: str | None) -> int:
    """Run the demonstration; return the exit code: 0 only when every referral reached its expected end."""
    parts = Parts()
    stop = Event()
    for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # the last when the terminal is closed
        signal.signal(wanted, _interrupt(stop))
    try:
        return _run(parts, once=once, port=port, stop=stop)
    except (DemoProblem, EmbeddedServerError, SettingsProblem) as problem:
        print(f"\nThe demonstration could not go on: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopping ...")
        return 0 if not once else 1
    finally:
        parts.stop()


def _interrupt(stop: Event) -> Callable[[int, FrameType | None], None]:
    def handler(*_: object) -> None:
        stop.set()
        raise KeyboardInterrupt

    return handler


def _run(parts: Parts, *, once: bool, port: str | None, stop: Event) -> int:
    timings = Timings(set_up=_set_up_seconds())
    with timings.measure("start"):
        house = open_house(parts, VAR, port)
    print(report.where_to_look(house))
    with timings.measure("loop"):
        loop = Loop(house)
        ended = [*loop.run(SCENARIOS)]
        dataset = release_dataset(house, VAR)
        report.add_extracted(ended, house)
    with timings.measure("tour"):
        stage = take_tour(house)
    shown = as_json(stage)
    report.write_summary(VAR / "summary.json", ended, dataset, timings, parked=loop.parked, shown=shown)
    print(where_to_look(stage))
    print(report.table(ended))
    print(report.on_the_way(ended))
    print(report.closing(dataset, timings, VAR))
    words, missed = pull(house, dataset)
    print(words)
    failures = report.failures(ended) + stage.failures + missed
    for failure in failures:
        print(failure, file=sys.stderr)
    if once:
        return 1 if failures else 0
    loop.send_for_visitors(FOR_VISITORS)
    print(f"Still serving at {house.base_url}. Press Ctrl-C to stop.")
    house.serve_until(stop)
    return 0


def _set_up_seconds() -> float:
    try:
        return float(_SETUP_SECONDS.read_text())
    except (OSError, ValueError):
        return 0.0
