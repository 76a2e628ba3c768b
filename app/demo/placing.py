"""The life of placements: several at once, a group's register, a pause, passing on until it bounces, opening again."""

from __future__ import annotations

from typing import Any

from app.demo import directory
from app.demo.stage import Stage, must
from app.demo.visitor import said

_TABLE = "Conversation table"


def several_at_once(stage: Stage) -> None:
    """One referral with three needs is asked for at three places at once; each goes its own way."""
    patient = stage.patient("Jelena", "Novak", "1984-04-17", postcode="BV3 1AC", language="pl")
    needs = ("employment", "digital", "physical-activity")
    referral_id = stage.refer(patient, needs, "New here; wants work, people and to move more.")
    stage.take_on(referral_id)
    services = ("English for work", "Online coffee", "Gentle walks by the canal")
    first, second, third = stage.offer(referral_id, *services, at_once=True)
    stage.person("job-club").post(f"/placements/{first}/accept")
    stage.person("job-club").post(f"/placements/{first}/start")
    stage.help("digital-buddies", second)
    stage.person("towpath").post(f"/placements/{third}/open")
    found = {one["id"]: one["status"] for one in stage.link.get(f"/referrals/{referral_id}")["placements"]}
    must(
        found == {first: "started", second: "completed", third: "opened"}, f"They do not stand alone: {found}"
    )
    must(stage.status(referral_id) == "active", "The end of one place ended all.")
    stage.show(
        "three places at once for three needs: one helps, one has ended well, one has not answered",
        f"/referrals/{referral_id}",
        "link",
    )


def register(stage: Stage) -> None:
    """A volunteer keeps the register of a whole group at once, by hand and later put right."""
    service, provider = directory.identity(_TABLE), stage.person("welcome")
    names = (("Amina", "Farah"), ("Luis", "Prado"), ("Mei", "Tan"), ("Oksana", "Bondar"))
    placed = []
    for given, family in names:
        referral_id = stage.refer(
            stage.patient(given, family, "1987-03-03", postcode="BV2 1AC"),
            ("social-connection",),
            "Would like to speak English with others.",
        )
        stage.take_on(referral_id)
        (placement,) = stage.offer(referral_id, _TABLE)
        provider.post(f"/placements/{placement}/accept")
        placed.append(placement)
    day = stage.today.isoformat()
    answers = ("came", "came", "did-not-come", "told-us")
    lines = [{"placement_id": each, "answer": answer} for each, answer in zip(placed, answers, strict=True)]
    kept = provider.put(f"/services/{service}/register/{day}", {"lines": lines})
    must(kept["changed"] == len(placed), f"The register kept {kept['changed']} lines.")
    lines[2]["answer"] = "came"
    kept = provider.put(f"/services/{service}/register/{day}", {"lines": lines})
    must(kept["changed"] == 1, "Putting one line right changed another number of lines.")
    attended = provider.get(f"/placements/{placed[2]}/attendance")["attended"]
    must((attended["came"], attended["sessions"]) == (1, 1), f"The count is wrong: {attended}")
    status = provider.get(f"/placements/{placed[0]}")["status"]
    must(status == "started", "Who came has not begun.")
    stage.show("a register for a whole group, one line put right", f"/register/{service}/{day}", "welcome")


def pause(stage: Stage) -> None:
    """Help rests for a coded reason and goes on; another is left resting."""
    made = []
    for given, family in (("Hugh", "Merrow"), ("Petra", "Lund")):
        patient = stage.patient(given, family, "1952-05-20", postcode="BV4 1AC")
        referral_id = stage.refer(patient, ("long-term-condition",), "Short of breath; would like to sing.")
        stage.take_on(referral_id)
        (placement,) = stage.offer(referral_id, "Singing for lungs")
        for step in ("accept", "start"):
            stage.person("breathe").post(f"/placements/{placement}/{step}")
        stage.person("breathe").post(f"/placements/{placement}/pause", {"reason": "person-away-or-ill"})
        made.append((referral_id, placement))
    stage.person("breathe").post(f"/placements/{made[0][1]}/resume")
    found = [stage.person("breathe").get(f"/placements/{one}")["status"] for _, one in made]
    must(found == ["started", "paused"], f"A pause does not hold or does not end: {found}")
    stage.show("help paused for a reason and taken up again; another still rests", "/offers", "breathe")


def passed_on(stage: Stage) -> None:
    """Somebody is passed from one to the next, three times: the history is kept, and somebody looks."""
    patient = stage.patient("Arthur", "Penrose", "1961-09-09", gender="male", postcode="BV3 1AC")
    referral_id = stage.refer(patient, ("mental-wellbeing",), "Out of work and out of the habit of people.")
    stage.take_on(referral_id)
    (placement,) = stage.offer(referral_id, "Make and mend mornings")
    chain = (
        ("shed", "Would rather be outdoors.", "Growing together"),
        ("garden", "Speaks of worries that we cannot carry.", "Peer mentors"),
        ("mind-the-vale", "Wants company first of all.", "Brook Vale Voices, a choir for everybody"),
    )
    for username, reason, following in chain:
        provider = stage.person(username)
        provider.post(f"/placements/{placement}/accept")
        wish = {"reason": reason, "agreed": True, "service_id": str(directory.identity(following))}
        onward = provider.post(f"/placements/{placement}/onward", wish)["onward_id"]
        (placement,) = stage.offer(referral_id, following, onward_id=onward, tell_origin=True, at_once=True)
    journey = stage.link.get(f"/referrals/{referral_id}/journey")
    must(journey["hops"] == len(chain) and journey["is_bounced"], f"The bounce is not seen: {journey}")
    must(len(journey["chains"][-1]["names"]) == len(chain) + 1, "The history is not whole.")
    told = stage.person("arts-mill").get(f"/placements/{placement}/onward")["helped_before"]
    must(told and "Peer mentors" in told, "The last one is not told who helped before.")
    page = said(stage.visitor("link").page(f"/referrals/{referral_id}"))
    must("Passed on 3 times" in page, "The referral's page does not say that the person is sent round.")
    stage.show(
        "passed on three times with its history; the bounce is flagged", f"/referrals/{referral_id}", "link"
    )


def opened_again(stage: Stage) -> None:
    """A referral that had ended is opened again, and its practice hears the later end too."""
    patient = stage.patient("Ivy", "Castell", "1946-11-15", postcode="BV1 1AD")
    referral_id = stage.refer(patient, ("social-connection",), "Sees nobody for days.")
    stage.take_on(referral_id)
    (placement,) = stage.offer(referral_id, "Monday coffee downstairs")
    stage.help("weir-tenants", placement)
    stage.until(lambda: stage.status(referral_id) == "closed", "The practice did not acknowledge.")
    stage.link.post(f"/referrals/{referral_id}/reopen", {"reason": _reopen_reason(stage)})
    (again,) = stage.offer(referral_id, "A call a week")
    stage.help("phone-friends", again)
    stage.until(lambda: stage.status(referral_id) == "closed", "The second end was not told to the practice.")
    told = stage.link.get(f"/referrals/{referral_id}")["feedback"]
    must(len(told) == 2, f"{len(told)} outcomes went to the practice, and not two.")
    stage.show(
        "opened again after its end; the practice has both outcomes", f"/referrals/{referral_id}", "link"
    )


def _reopen_reason(stage: Stage) -> str:
    reasons: list[dict[str, Any]] = stage.link.get("/vocabulary")["reopen_reasons"]
    return str(reasons[0]["code"])
