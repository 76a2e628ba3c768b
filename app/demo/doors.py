"""Who asks beside GPs: hospital, council, chapel, a helpdesk, a Jobcentre, people themselves, also by telephone."""

from __future__ import annotations

import re

from app.demo.stage import Stage, must
from app.demo.visitor import Form, hidden, said

_REFERENCE = re.compile(r"BK-[2-9A-Z]{7}")


def typed(given: str, family: str, born: str, need: str, story: str, **more: str) -> Form:
    """Return what somebody types of a person; `born` is day, month and year."""
    day, month, year = born.split()
    whose = {"given": given, "family": family, "born_day": day, "born_month": month, "born_year": year}
    return {**whose, "phone": "07700 900461", "needs": [need], "story": story, "agrees": "share", **more}


def refer(stage: Stage, source: str, form: Form) -> str:
    """Let somebody of a source type a referral; return its id."""
    sent = stage.visitor(source).check_and_send("/refer", form)
    found = re.search(r'href="/loops/([0-9a-f-]{36})"', sent)
    must(found, f"{source} is not told where to see its referral: {said(sent)[:300]}")
    return found[1] if found else ""


def others_refer(stage: Stage) -> None:
    """Every kind of source types a referral of its own."""
    people = (
        ("hospital", typed("Maud", "Pringle", "3 2 1938", "social-connection", "Goes home alone on Friday.")),
        ("council", typed("Ewan", "Teale", "14 9 1971", "housing", "Damp flat; asks what he is owed.")),
        ("chapel", typed("Opal", "Quinn", "30 11 1949", "bereavement", "Her sister died in the autumn.")),
        ("citizens", typed("Rafi", "Noor", "8 5 1990", "employment", "Would like to learn a trade.")),
    )
    made = {source: refer(stage, source, form) for source, form in people}
    for source, referral_id in made.items():
        seen = stage.visitor(source).page("/loops")
        must(referral_id in seen, f"{source} does not see its own referral.")
    stage.show(
        "hospital, council, chapel and helpdesk each referred somebody by the page", "/loops", "hospital"
    )


def jobcentre_hears_nothing(stage: Stage) -> None:
    """A Jobcentre refers; the referral is there for the team and absent for whoever sent it."""
    form = typed("Dana", "Sykes", "2 7 1986", "mental-wellbeing", "Low since her job ended.")
    told = said(stage.visitor("jobcentre").check_and_send("/refer", form))
    line = stage.find("Dana Sykes")
    must(not _REFERENCE.search(told), "The Jobcentre was given a reference.")
    stage.take_on(line["id"])
    (placement,) = stage.offer(line["id"], "Make and mend mornings")
    stage.help("shed", placement)
    stage.until(
        lambda: stage.status(line["id"]) == "closed", "A Jobcentre's referral did not close by itself."
    )
    detail = stage.link.get(f"/referrals/{line['id']}")
    must(detail["feedback"] == [], "Something was written to the Jobcentre.")
    must(
        line["reference"] not in stage.visitor("jobcentre").page("/loops"), "The Jobcentre heard of the end."
    )
    stage.show(
        "a Jobcentre referred somebody, who was helped: nothing at all went back", "/loops", "jobcentre"
    )


def people_ask_themselves(stage: Stage) -> None:
    """Somebody asks on the public page with nobody signed in; somebody else rings the link worker."""
    stranger = stage.stranger()
    form = typed("Wilf", "Marlow", "19 4 1953", "social-connection", "I would like to meet people.")
    team = hidden(stranger.page("/self-referral"))["team"]
    mine = {**form, "agrees": "yes", "who": "me", "team": team, "gp": "Ropewalk Surgery"}
    must(_REFERENCE.search(said(stranger.check_and_send("/self-referral", mine))), "No reference was told.")
    looked = stage.find("Wilf Marlow")
    stage.show(
        "somebody asked for themselves, with nobody signed in; it waits to be looked at",
        f"/referrals/{looked['id']}",
        "link",
    )
    rung = typed("Bess", "Yardley", "6 1 1940", "digital", "Would like to see her grandson on a screen.")
    by_phone = {**rung, "agreed_how": "spoken-telephone", "shares": "yes"}
    stage.visitor("link").check_and_send("/phone-referral", by_phone)
    referral_id = stage.find("Bess Yardley")["id"]
    stage.take_on(referral_id)
    (placement,) = stage.offer(referral_id, "Get online, at your pace")
    stage.help("council-libraries", placement)
    letter = stage.link.file(f"/referrals/{referral_id}/person-letter.pdf")
    must(letter.startswith(b"%PDF"), "There is no letter to the person.")
    stage.link.post(f"/referrals/{referral_id}/person-told", {"how": "rang"})
    must(stage.status(referral_id) == "closed", "Telling the person did not close the loop.")
    stage.show(
        "somebody rang, was helped, and was told how it ended: that closed the loop",
        f"/referrals/{referral_id}",
        "link",
    )


def two_ask_for_one(stage: Stage) -> None:
    """Hospital and council ask for one person; worked as one, and each hears of its own request."""
    who = ("Nell", "Ashby", "21 8 1944")
    first = refer(stage, "hospital", typed(*who, "social-connection", "Lives alone, is unsteady."))
    second = refer(stage, "council", typed(*who, "social-connection", "Asked for a lunch club."))
    alike = stage.link.get(f"/referrals/{first}/others")["alike"]
    must([one["referral_id"] for one in alike] == [second], "The second request was not seen.")
    leader = stage.link.post(f"/referrals/{first}/others/{second}/join")["leader_id"]
    (placement,) = stage.offer(leader, "Thursday tea table")
    stage.help("tea", placement)
    for source, own, foreign in (("hospital", first, second), ("council", second, first)):
        loop = stage.person(source).get(f"/loops/{own}")
        must(loop["outcome"] and loop["outcome"]["state"] == "better", f"{source} was not told the outcome.")
        seen = [one["id"] for one in stage.person(source).get("/loops")["items"]]
        must(foreign not in seen, f"{source} sees the other's request.")
    stage.show(
        "two asked for one person: worked as one, both were told of their own", f"/referrals/{leader}", "link"
    )
    again = ("Saul", "Brightwell", "11 12 1957")
    left = refer(stage, "hospital", typed(*again, "food", "Does not cook any more since the operation."))
    refer(stage, "citizens", typed(*again, "food", "Asked where he can eat in company."))
    must(stage.link.get(f"/referrals/{left}/others")["alike"], "The second request was not seen.")
    stage.show("two requests that may be of one person: left for you to decide", f"/referrals/{left}", "link")
