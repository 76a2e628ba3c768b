"""Waiting and asking: a list with its order and its letter, a place that came free, a question and its answer."""

from __future__ import annotations

from datetime import timedelta

from app.demo.before import LISTENING, WAITS_SINCE_LONG
from app.demo.stage import Stage, must
from app.demo.visitor import said


def waiting_list(stage: Stage) -> None:
    """Three wait for one service: one since long, one urgent, one new; the first gets the place that came free."""
    old = stage.find(WAITS_SINCE_LONG)["id"]
    since_long = str(stage.link.get(f"/referrals/{old}")["placements"][0]["id"])
    new = stage.patient("Perdita", "Cross", "1959-10-02", postcode="BV2 1AC")
    urgent = stage.patient("Alwyn", "Hobbs", "1947-01-25", gender="male", postcode="BV2 1AD")
    provider, made = stage.person("bereavement"), []
    for patient, is_urgent in ((new, False), (urgent, True)):
        told = ("bereavement",), "Cannot speak of it at home."
        referral_id = stage.refer(patient, *told, urgent=is_urgent)
        stage.take_on(referral_id)
        (placement,) = stage.offer(referral_id, LISTENING)
        provider.post(f"/placements/{placement}/waitlist", {"wait_weeks": 5})
        made.append((referral_id, placement))
    on_list = {one["placement_id"]: one for one in provider.get("/waiting")["items"]}
    order = sorted(on_list, key=lambda each: on_list[each]["position"])
    must(
        order == [made[1][1], since_long, made[0][1]], "Urgent first, then by joining: the order is another."
    )
    must(on_list[since_long]["is_overdue"], "Nobody is asked to be in touch with who waits since long.")
    waits = stage.link.get(f"/referrals/{made[0][0]}/waiting")["items"]
    must(waits[0]["position"] == 3 and "5 weeks" in waits[0]["expected"], f"The wait is not told: {waits[0]}")
    loop = stage.person("practice1").get(f"/loops/{made[0][0]}/waiting")["items"]
    must(loop and loop[0]["position"] == 3, "The practice does not see the place on the list.")
    letter = stage.link.file(f"/placements/{made[0][1]}/waiting-letter.pdf")
    must(letter.startswith(b"%PDF"), "There is no letter on the wait.")
    stage.show(
        "a waiting list: urgent first, position and wait told to practice and team, the letter",
        f"/referrals/{made[0][0]}",
        "link",
    )
    why = provider.refused(f"/placements/{since_long}/accept")
    must("ask them again" in why, f"An old yes to sharing was taken for a new one: {why}")
    provider.post(f"/placements/{since_long}/accept", {"asked_again": True})
    stage.show("a place came free: refused until the person was asked again; two others wait on", "/waiting",
               "bereavement")  # fmt: skip


def question_back(stage: Stage) -> None:
    """A provider asks before it says yes; one question is answered, one is left open."""
    answered, left = (
        stage.patient("Ines", "Fell", "1976-07-07", postcode="BV3 1AC"),
        stage.patient("Tomas", "Wray", "1963-02-11", gender="male", postcode="BV3 1AD"),
    )
    made = []
    for patient, question in (
        (answered, "Can she manage the stairs to the first floor?"),
        (left, "Does he come alone, or is somebody with him?"),
    ):
        referral_id = stage.refer(patient, ("arts-and-nature",), "Used to make pots; would like to again.")
        stage.take_on(referral_id)
        (placement,) = stage.offer(referral_id, "Clay for calm")
        stage.person("arts-mill").post(f"/placements/{placement}/questions", {"question": question})
        made.append((referral_id, placement))
    stage.link.post(f"/placements/{made[0][1]}/answer", {"answer": "Yes, slowly and with a rail."})
    (asked,) = stage.person("arts-mill").get(f"/placements/{made[0][1]}/questions")["items"]
    must(asked["answer"] and not asked["is_open"], "The answer did not come back.")
    stage.person("arts-mill").post(f"/placements/{made[0][1]}/accept")
    stage.show(
        "a question back, answered, then a yes; another question left open for you",
        f"/referrals/{made[1][0]}",
        "link",
    )


def urgent_first(stage: Stage) -> None:
    """What presses stands first, has a short day to answer, and cannot be put off."""
    patient = stage.patient("Cora", "Venn", "1989-12-01", postcode="BV3 2CE")
    referral_id = stage.refer(patient, ("food",), "Nothing in the house for the children.", urgent=True)
    lines = stage.link.get("/referrals?open=true")["items"]
    calm = [at for at, one in enumerate(lines) if one["priority"] == "routine" and not one["overdue"]]
    at = next(at for at, one in enumerate(lines) if one["id"] == referral_id)
    must(not calm or at < min(calm), "Something routine stands before what is urgent.")
    stage.take_on(referral_id)
    (placement,) = stage.offer(referral_id, "Food parcels by voucher")
    line = stage.person("food-bank").get("/placements")["items"][0]
    must(line["id"] == placement and line["urgent"], "The provider does not see the urgent one first.")
    page = said(stage.visitor("link").page(f"/referrals/{referral_id}"))
    must("urgent" in page.lower(), "The page does not say that it is urgent.")
    later = {"until": (stage.today + timedelta(days=5)).isoformat(), "reason": "agreed-with-person"}
    why = stage.link.refused(f"/referrals/{referral_id}/next-look", later, method="PUT")
    must("cannot be put off" in why, "An urgent referral could be muted.")
    stage.show("urgent first, with a short day to answer; it cannot be muted", "/offers", "food-bank")
