"""The steward's part: entries that grow old, entries that are one, fairness, unmet need, blockages, agreements."""

from __future__ import annotations

from app.demo.directory import identity
from app.demo.stage import Stage, must
from app.demo.visitor import said

_STALE, _LEFT_STALE = "Saturday dads", "First Saturday breakfast"
_NUDGE = {"nudge_points": "5", "nudge_under": "3", "nudge_days": "90"}
_MOST = 10  # people: fewer are not told outside


def stale_entry(stage: Stage) -> None:
    """An entry nobody confirmed for over six months: asked by e-mail, answered by one tap; another still waits."""
    mail = stage.mail("dads@brook-vale.example", "still right")
    address, stranger = stage.link_in(mail, "still-right"), stage.stranger()
    stranger.page(address)
    stranger.send(f"{address}/yes", at=address)
    found = {one["name"]: one["verified_on"] for one in stage.link.get("/services")["items"]}
    must(found[_STALE] == stage.today.isoformat(), "One tap did not confirm the entry.")
    must(found[_LEFT_STALE] != stage.today.isoformat(), "Another entry was confirmed with it.")
    stage.show(
        "a stale entry confirmed by one tap in its e-mail; others wait to be rung", "/entries", "steward"
    )
    left = stage.mail("breakfast@veterans.brook-vale.example", "still right")
    stage.show("a stale entry left for you: is it still right?", stage.link_in(left, "still-right"))


def doubled_entry(stage: Stage) -> None:
    """One club stands in the directory twice: proposed, and confirmed by a person; a second pair is left."""
    pairs = stage.steward.get("/directory-duplicates")["proposals"]
    kept, other = identity("Gentle walks by the canal"), identity("Gentle canal walks")
    ours = {str(kept), str(other)}
    must(
        any({one["one"]["id"], one["other"]["id"]} == ours for one in pairs),
        "The doubled entry is not proposed.",
    )
    told = {"kept_id": str(kept), "other_id": str(other), "decision": "same"}
    stage.steward.post("/directory-duplicates", told)
    listed = said(stage.stranger().page("/directory?words=canal+walks"))
    must("Gentle canal walks" not in listed, "The doubled entry is still found.")
    stage.show(
        "a doubled entry, proposed with its signs and confirmed by a person",
        "/directory-duplicates",
        "steward",
    )


def fairness(stage: Stage) -> None:
    """Who is asked and who is not, and a nudge that the place turns on."""
    found = stage.steward.get("/fairness")["found"]
    must(
        found["offers"] >= _MOST and found["by_size"] and found["unasked"], f"Fairness shows nothing: {found}"
    )
    stage.visitor("steward").send("/fairness/nudge", _NUDGE, at="/fairness")
    nudge = stage.steward.get("/fairness")["nudge"]
    must(nudge["points"] == int(_NUDGE["nudge_points"]) and nudge["moved"], f"The nudge is not set: {nudge}")
    patient = stage.patient("Olwen", "Rudd", "1957-02-02", postcode="BV2 1AC")
    referral_id = stage.refer(patient, ("social-connection",), "Would like to belong somewhere.")
    stage.take_on(referral_id)
    items = stage.link.get(f"/referrals/{referral_id}/suggestions")["items"]
    reasons = [reason for one in items for reason in one["reasons"]]
    must(
        any("moves such services up" in each for each in reasons),
        f"No suggestion says that it is seldom asked: {reasons}",
    )
    stage.show("how offers spread over sizes and kinds, with the nudge turned on", "/fairness", "steward")
    stage.show(
        "suggestions with every reason, the nudge among them", f"/referrals/{referral_id}/offer", "link"
    )


def unmet_need(stage: Stage) -> None:
    """What nobody could help with, by need and area: whole for the steward, guarded for commissioners."""
    found = stage.steward.get("/unmet-needs")
    must(sum(found["by_need"].values()) > _MOST and found["gaps"], f"Unmet need is not counted: {found}")
    page = said(stage.visitor("steward").page("/unmet-needs/for-commissioners"))
    must(
        "fewer than 10" in page.lower() or "hidden" in page.lower(),
        "Small numbers are told to commissioners.",
    )
    stage.show("unmet need with its reasons, by need and area", "/unmet-needs", "steward")
    stage.show(
        "the same for commissioners, small numbers hidden", "/unmet-needs/for-commissioners", "steward"
    )


def blockages(stage: Stage) -> None:
    """What no single service can mend: written by providers and link workers, and the pattern of it."""
    told = (
        ("towpath", "No bus reaches the Lock House on Saturdays."),
        ("garden", "The bus to Marsh Road was cut to one an hour."),
        ("link", "Three people this month had no way to get to the leisure centre."),
    )
    made = [
        stage.person(who).post("/blockages", {"theme": "transport", "words": words, "area": "BV4"})["id"]
        for who, words in told
    ]
    found = stage.steward.get("/blockages/patterns")
    must(found["by_theme"].get("transport", 0) >= len(told), f"The pattern is not seen: {found['by_theme']}")
    done = {"done": "Raised with the council's bus team; answer expected in January."}
    stage.steward.post(f"/blockages/{made[0]}/looked-at", done)
    (own,) = [one for one in stage.person("towpath").get("/blockages")["items"] if one["id"] == made[0]]
    must(own["done"] == done["done"], "Whoever wrote it does not read what was done.")
    stage.show(
        "three blockages, their pattern, and what was done about one; two left for you",
        "/blockages",
        "steward",
    )


def anchor_enters(stage: Stage) -> None:
    """A tea table without a computer lets its anchor answer for it; each step says so, and the group ends it."""
    anchor, member = "St Anne's Hall Neighbours", "Tea on Thursdays"
    today = stage.today
    form = {
        "anchor": str(identity(anchor)), "member": str(identity(member)), "kinds": ["record"],
        "agreed_by": "the tea lady", "agreed_how": "meeting", "agreed_on_day": str(today.day),
        "agreed_on_month": str(today.month), "agreed_on_year": str(today.year),
    }  # fmt: skip
    stage.visitor("steward").send("/memberships", form)
    patient = stage.patient("Edna", "Whitlock", "1939-08-08", postcode="BV1 1AC")
    referral_id = stage.refer(patient, ("social-connection",), "Would like a reason to go out.")
    stage.take_on(referral_id)
    (placement,) = stage.offer(referral_id, "Thursday tea table")
    host = stage.visitor("neighbours")
    banner = host.send(f"/entering/{identity(member)}", at="/agreements")
    must(f"You enter for {member}" in banner, "Nothing says for whom is entered.")
    host.send(f"/offers/{placement}/accept", at=f"/offers/{placement}")
    host.send("/entering/stop", at="/offers")
    timeline = stage.link.get(f"/referrals/{referral_id}")["timeline"]
    by = next(step["by"] for step in timeline if step["action"] == "accept")
    must(anchor in by, f"The step does not say who entered it: {by}")
    stage.show(
        "an anchor answered for its member, and every step says so", f"/referrals/{referral_id}", "link"
    )


def payments_are_off(stage: Stage) -> None:
    """Nothing is paid for anybody unless a place agrees on it: no line was written for all that was done."""
    stage.visitor("steward").page("/payments", status=404)
    stage.show("payment lines are off until a place agrees on them: python -m app rules set payments_on=yes")
