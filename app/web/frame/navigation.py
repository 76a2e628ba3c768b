"""Which pages a role starts from: its home and its menu."""

from __future__ import annotations

from app.domain.vocabulary import Role
from app.services.by_link.safe_visits import ByLink
from app.services.signing_in.sign_in import SignedIn

HOMES: dict[Role, str] = {
    Role.LINK_WORKER: "/referrals",
    Role.PROVIDER: "/offers",
    Role.PRACTICE: "/loops",
    Role.STEWARD: "/attention",
    Role.ANALYST: "/dataset",
}
_NAMES = {
    Role.LINK_WORKER: "Referrals",
    Role.PROVIDER: "Offers",
    Role.PRACTICE: "Your referrals",
    Role.STEWARD: "Needs attention",
    Role.ANALYST: "Dataset",
}
_MORE: dict[Role, tuple[tuple[str, str], ...]] = {
    Role.LINK_WORKER: (
        ("/search", "Find a person"),
        ("/follow-ups", "Follow-ups"),
        ("/check-ins", "Has help arrived?"),
        ("/phone-referral", "Somebody on the telephone"),
        ("/cohort", "Referrals from a file"),
        ("/blockages", "Blockages"),
        ("/what-came", "What came of them"),
        ("/evaluation", "Our evaluation"),
        ("/completeness", "What records lack"),
        ("/emergency-access", "In an emergency"),
    ),
    Role.PRACTICE: (
        ("/refer", "Refer somebody"),
        ("/cohort", "Refer from a file"),
        ("/what-came", "What came of them"),
        ("/evaluation", "Our evaluation"),
        ("/completeness", "What records lack"),
        ("/practice-settings", "How we hear back"),
    ),
    Role.PROVIDER: (
        ("/waiting", "Waiting lists"),
        ("/register", "Registers"),
        ("/services", "Your services"),
        ("/evaluation", "Our evaluation"),
        ("/completeness", "What records lack"),
        ("/agreements", "Agreements"),
        ("/people", "Our people"),
        ("/blockages", "Blockages"),
        ("/dataset/figures", "Figures"),
    ),
    Role.STEWARD: (
        ("/entries", "Entries to check"),
        ("/directory-entries", "Directory entries"),
        ("/safe-links", "Safe links"),
        ("/services", "Services"),
        ("/directory-import", "Import services"),
        ("/directory-categories", "Categories"),
        ("/memberships", "Agreements"),
        ("/people", "People"),
        ("/fairness", "Who is asked"),
        ("/unmet-needs", "Unmet need"),
        ("/completeness", "What records lack"),
        ("/blockages", "Blockages"),
        ("/own-data", "People's own data"),
        ("/retention", "Keeping and erasing"),
        ("/directory-duplicates", "Same entries"),
        ("/message-templates", "Message templates"),
        ("/messages", "Messages out"),
        ("/undelivered", "What did not arrive"),
        ("/neighbourhoods", "Neighbourhoods and numbers"),
        ("/consent-wordings", "Words of consent"),
        ("/measures", "Questionnaires"),
        ("/audit-check", "Who did what"),
        ("/privacy-officer", "Looks at records"),
        ("/projects", "Data projects"),
        ("/dataset", "Dataset"),
        ("/dataset/figures/overview", "Overview of the area"),
    ),
    Role.ANALYST: (
        ("/dataset/figures", "Figures"),
        ("/dataset/figures/overview", "Overview of the area"),
        ("/dataset/questions", "Questions"),
        ("/projects", "Projects"),
    ),
}


def home_of(signed_in: SignedIn | None) -> str:
    """Return where somebody starts."""
    if isinstance(signed_in, ByLink):
        return f"/offers/{signed_in.placement_id}"
    return HOMES.get(signed_in.account.role, "/welcome") if signed_in else "/sign-in"


def navigation(signed_in: SignedIn | None) -> list[dict[str, str]]:
    """Return the menu of somebody's role."""
    if signed_in is None or signed_in.account.role not in HOMES or isinstance(signed_in, ByLink):
        return []
    role = signed_in.account.role
    return [
        {"href": href, "text": text}
        for href, text in ((HOMES[role], _NAMES[role]), *_MORE.get(role, ()))
        if not (signed_in.entering and href in ("/agreements", "/people"))  # each organisation's own
    ]
