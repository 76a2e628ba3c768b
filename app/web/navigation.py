"""Which pages a role starts from: its home and its menu."""

from __future__ import annotations

from app.domain.vocabulary import Role
from app.services.sign_in import SignedIn

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
        ("/follow-ups", "Follow-ups"),
        ("/phone-referral", "Somebody on the telephone"),
        ("/cohort", "Referrals from a file"),
        ("/blockages", "Blockages"),
        ("/what-came", "What came of them"),
        ("/completeness", "What records lack"),
    ),
    Role.PRACTICE: (
        ("/refer", "Refer somebody"),
        ("/cohort", "Refer from a file"),
        ("/what-came", "What came of them"),
        ("/completeness", "What records lack"),
    ),
    Role.PROVIDER: (
        ("/waiting", "Waiting lists"),
        ("/register", "Registers"),
        ("/services", "Your services"),
        ("/evaluation", "Our evaluation"),
        ("/completeness", "What records lack"),
        ("/agreements", "Agreements"),
        ("/blockages", "Blockages"),
        ("/dataset/figures", "Figures"),
    ),
    Role.STEWARD: (
        ("/entries", "Entries to check"),
        ("/directory-entries", "Directory entries"),
        ("/services", "Services"),
        ("/directory-import", "Import services"),
        ("/directory-categories", "Categories"),
        ("/memberships", "Agreements"),
        ("/fairness", "Who is asked"),
        ("/unmet-needs", "Unmet need"),
        ("/completeness", "What records lack"),
        ("/blockages", "Blockages"),
        ("/directory-duplicates", "Same entries"),
        ("/projects", "Data projects"),
        ("/dataset", "Dataset"),
    ),
    Role.ANALYST: (
        ("/dataset/figures", "Figures"),
        ("/dataset/questions", "Questions"),
        ("/projects", "Projects"),
    ),
}


def home_of(signed_in: SignedIn | None) -> str:
    """Return where somebody starts."""
    return HOMES.get(signed_in.account.role, "/welcome") if signed_in else "/sign-in"


def navigation(signed_in: SignedIn | None) -> list[dict[str, str]]:
    """Return the menu of somebody's role."""
    if signed_in is None or signed_in.account.role not in HOMES:
        return []
    role = signed_in.account.role
    return [
        {"href": href, "text": text}
        for href, text in ((HOMES[role], _NAMES[role]), *_MORE.get(role, ()))
        if not (signed_in.entering and href == "/agreements")  # each organisation's own
    ]
