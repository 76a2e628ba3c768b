"""What a link worker's list costs of 300 referrals, beside the same list of 30 in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

import pytest

from app import create_app
from app.domain.lifecycle import ReferralStatus
from app.runtime import Runtime
from tests.bench.bars import Bar, Bars
from tests.factories import Patient, make_place, make_referral
from tests.integration.web.conftest import Visitor

_FEW, _MANY = 30, 300
_TIMES = 9
_MOST = 3.0  # a page holds 50 lines whatever the list: 50 beside 30, and the counts of today


def _milliseconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return median(taken)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("sort", ["next", "waiting", "urgency", "name"])
def test_a_long_caseload_costs_about_a_page(runtime: Runtime, bars: Bars, sort: str) -> None:
    place = make_place(runtime.db)
    visitor = Visitor(create_app(runtime=runtime).test_client()).sign_in("link-worker")
    path = f"/referrals?sort={sort}"

    def grown_to(number: int, begun: int) -> float:
        for each in range(begun, number):
            make_referral(runtime.db, place, ReferralStatus.RECEIVED, patient=Patient(family=f"Person{each}"))
        assert f"({number})" in visitor.get(path).text
        return _milliseconds(lambda: visitor.client.get(path))

    few = grown_to(_FEW, 0)
    many = grown_to(_MANY, _FEW)
    weight = len(visitor.client.get(path).data)
    print(f"\n{sort}: {_MANY} referrals {many:.0f} ms, {_FEW} {few:.0f} ms; {weight:,} bytes")
    what = f"a caseload of {_MANY} beside {_FEW}, by {sort}, ms"
    bars.check(Bar(what=what, ours=f"{many:.0f}", theirs=f"{few:.0f}", ratio=many / few, most=_MOST))
    bars.check(
        Bar(what="its page in bytes", ours=f"{weight:,}", theirs="102,400", ratio=weight / 102_400, most=1)
    )
