"""Room: the dial turned by its provider and by one tap in an e-mail; full blocks, unless there is a reason."""

from __future__ import annotations

from app.demo import directory
from app.demo.stage import Stage, must
from app.demo.visitor import said

_WORRY = "Managing worry, six weeks"


def dial_by_provider(stage: Stage) -> None:
    """A provider turns its dial, and the link worker sees it at once."""
    service = directory.identity("Growing together")
    garden = stage.person("garden")
    garden.put(f"/services/{service}/dial", {"capacity": "limited", "weekly_limit": 2})
    must(_capacity(stage, "Growing together") == "limited", "The dial was not turned.")
    stage.show("a provider turned its dial: two people a week from now on", "/services", "garden")


def dial_by_link(stage: Stage) -> None:
    """The link to the dial comes by e-mail and needs no sign-in; looking at it changes nothing."""
    name = "Walk leaders wanted"
    stage.person("towpath").post(f"/services/{directory.identity(name)}/dial-link")
    mail = stage.mail("walk@towpath.brook-vale.example", "places just now")
    address, stranger = stage.link_in(mail, "dial"), stage.stranger()
    stranger.page(address)
    must(_capacity(stage, name) == "open", "Looking at a link turned the dial.")
    stranger.send(address, {"capacity": "full"})
    must(_capacity(stage, name) == "full", "The link did not turn the dial.")
    stage.show("the dial turned by one tap in an e-mail, without a sign-in", address)


def full_blocks(stage: Stage) -> None:
    """A full service is not asked without a reason, which is kept with the decision; little room is warned of."""
    patient = stage.patient("Una", "Prosser", "1968-03-30", postcode="BV4 1AC")
    referral_id = stage.refer(
        patient, ("housing", "volunteering"), "Notice to quit; would like to be useful."
    )
    stage.take_on(referral_id)
    name, warned = "Housing options drop-in", "Garden volunteers, with somebody beside you"
    ids = {"service_ids": [str(directory.identity(name))]}
    why = stage.link.refused(f"/referrals/{referral_id}/offers", ids)
    must("full" in why and name in why, f"The refusal does not say that it is full: {why}")
    (line,) = (
        one
        for one in stage.link.get(f"/referrals/{referral_id}/suggestions")["items"]
        if one["service_name"] == warned
    )
    told = " ".join([*line["reasons"], *line["warnings"]])
    must("a week" in told, f"Nothing is said of little room: {told}")
    stage.offer(referral_id, name, override="nobody-else")
    (placement,) = stage.link.get(f"/referrals/{referral_id}")["placements"]
    must(placement["service_name"] == name, "The reason did not let it be asked.")
    page = said(stage.visitor("link").page(f"/referrals/{referral_id}"))
    must("nobody else can help" in page.lower(), "The reason is not shown with the decision.")
    stage.show(
        "full was refused and little room told of; asked all the same, with the reason kept",
        f"/referrals/{referral_id}",
        "link",
    )


def rule_is_not_outvoted(stage: Stage) -> None:
    """What a hard rule stands against is asked only for a reason that a person gives; it is kept with the decision."""
    patient = stage.patient("Nuri", "Aydin", "1974-04-04", gender="male", postcode="BV2 1AC")
    referral_id = stage.refer(
        patient, ("social-connection",), "Sits alone in the evenings since his father died."
    )
    stage.take_on(referral_id)
    name = "A call a week"
    service = str(directory.identity(name))
    why = stage.link.refused(f"/referrals/{referral_id}/offers", {"service_ids": [service]})
    must("60" in why, f"The refusal does not say which rule stands against it: {why}")
    stage.offer(referral_id, name, although={service: "spoken-with-service"})
    (placement,) = stage.link.get(f"/referrals/{referral_id}")["placements"]
    told = placement["explanation"]
    must(told["against"] and told["although"], f"Rule and reason are not kept with the decision: {told}")
    stage.show(
        "a rule stood against it: refused, then asked for a reason that is kept with the decision",
        f"/referrals/{referral_id}",
        "link",
    )


def _capacity(stage: Stage, name: str) -> str:
    services = stage.link.get("/services")["items"]
    return next(str(one["capacity"]) for one in services if one["name"] == name)
