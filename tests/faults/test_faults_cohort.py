"""kill -9 in the middle of a cohort: it goes on where it was, everybody is referred once, every row has its result."""

import os
import signal
import subprocess
import sys

from sqlalchemy import Engine, text

from app.runtime import Runtime
from app.services.incoming import cohort
from app.services.incoming.cohort import Upload
from tests.factories import make_place
from tests.faults.conftest import ROOT, environment, eventually

ROWS = 60


def test_worker_killed_in_the_middle_of_a_cohort_refers_everybody_once(
    runtime: Runtime, admin: Engine
) -> None:
    actor = make_place(runtime.db).actor("practice-0")
    body = "family_name,first_name,date_of_birth,phone,needs,agrees\n" + "".join(
        f"Doe,Ada{chr(65 + number // 26)}{chr(65 + number % 26)},1/2/1980,07700 900461,food,ask\n"
        for number in range(ROWS)
    )
    cohort_id = cohort.check(runtime.db, actor, Upload("Review", body.encode(), "Invented"))
    cohort.send(runtime.db, actor, cohort_id, leave_out=False)

    def count(query: str) -> int:
        with admin.connect() as connection:
            return connection.scalar(text(query)) or 0

    def taken() -> int:
        return count("select count(*) from cohort_line where status = 'taken'")

    for wanted in (ROWS // 4, ROWS // 2):
        worker = start(runtime)
        try:
            eventually(lambda wanted=wanted: taken() >= wanted, "the cohort is in the middle")
        finally:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        assert taken() == count("select count(*) from referral")
    worker = start(runtime)
    try:
        eventually(
            lambda: count("select count(*) from cohort where status = 'ended'"), "the cohort has ended"
        )
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    assert taken() == ROWS
    assert count("select count(distinct original_bundle_id) from referral") == ROWS
    assert count("select count(*) from referral") == ROWS


def start(runtime: Runtime) -> subprocess.Popen[bytes]:
    """The worker as it runs in production, without a mailbox."""
    told = environment(runtime.settings, "")
    without = {name: value for name, value in told.items() if not name.startswith("MESH_")}
    return subprocess.Popen(
        [sys.executable, "-m", "app.worker"],
        cwd=ROOT,
        env=without,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
