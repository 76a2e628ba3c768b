"""The place's numbers in words: what each decides, and what it is counted in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from app.domain.place import PlaceRules

_DAYS, _ALL_DAYS, _MONTHS = "working days", "days, weekends too", "months"
_YES_NO: Final = {"yes": "Yes", "no": "No"}
_TIERS: Final = {
    "none": "Nothing",
    "basic": "The basic papers",
    "standard": "The usual papers",
    "enhanced": "All papers",
}


class Rule(NamedTuple):
    """What a rule decides, in what it is counted, or between what one chooses."""

    name: str
    unit: str = ""
    choices: Mapping[str, str] | None = None
    hint: str = ""


GROUPS: Final[Mapping[str, Mapping[str, Rule]]] = MappingProxyType(
    {
        "How long things may take": {
            "bank_holidays_of": Rule(
                "Whose bank holidays are no working days",
                choices={"ENG": "England", "WLS": "Wales", "SCT": "Scotland", "NIR": "Northern Ireland"},
            ),
            "triage_days": Rule("From a referral's coming until a link worker takes it up", _DAYS),
            "urgent_triage_days": Rule(
                "From an urgent referral's coming until it is taken up", _DAYS, hint="0 is the same day."
            ),
            "answer_days": Rule("How long a group has to answer an offer", _DAYS),
            "urgent_answer_days": Rule("How long a group has to answer an urgent offer", _DAYS),
            "first_contact_days": Rule("From a group's yes until it has reached the person", _DAYS),
            "review_days": Rule("Silence until a group that helps is asked how it is going", _ALL_DAYS),
            "waiting_contact_days": Rule(
                "How long somebody on a waiting list may hear from nobody", _ALL_DAYS
            ),
            "longest_snooze_days": Rule("How far a routine reminder can be put off", _ALL_DAYS),
            "consent_months": Rule("How long a yes to sharing counts when a place comes free", _MONTHS),
        },
        "Links and registers": {
            "emergency_minutes": Rule(
                "How long a record stays open that was opened in an emergency", "minutes", hint="0 is never."
            ),
            "link_days": Rule("How long a link in an e-mail is good for", _ALL_DAYS),
            "offer_link_days": Rule("How long a safe link to one offer is good for, unused", _ALL_DAYS),
            "register_days": Rule("How long a line of a register can be put right", _ALL_DAYS),
        },
        "The directory": {
            "ask_again_days": Rule("How long nobody is asked again whether an entry is right", _ALL_DAYS),
            "first_letters_a_day": Rule("First e-mails a day to groups that an import brought", "e-mails"),
            "ring_after_days": Rule("Silence after that e-mail until you are asked to ring", _ALL_DAYS),
            "dial_days": Rule("Silence until a group is asked how full it is", _ALL_DAYS, hint="0 is never."),
            "trained_assurance": Rule(
                "What a group must have shown before it is suggested for people who need trained staff",
                choices=_TIERS,
            ),
            "professional_assurance": Rule(
                "What it must have shown for people who need a professional", choices=_TIERS
            ),
        },
        "The nudge": {
            "nudge_points": Rule(
                "Points that a service gains that was seldom asked lately", "points", hint="0 is off."
            ),
            "nudge_under": Rule("Seldom: fewer offers than this", "offers"),
            "nudge_days": Rule("Lately: within this many days", _ALL_DAYS),
        },
        "Asking people": {
            "check_in_days": Rule(
                "Asking whether help has arrived, after a group's yes",
                _ALL_DAYS,
                hint="Numbers with commas between, such as 7,28; or none.",
            ),
            "follow_up_months": Rule(
                "Asking how things are, after help has ended",
                _MONTHS,
                hint="Numbers with commas between, such as 3,6; or none.",
            ),
            "follow_up_remind_days": Rule("Silence until they are asked once more", _ALL_DAYS),
            "follow_up_give_up_days": Rule(
                "On the team's list until it is written down as not reached", _ALL_DAYS
            ),
        },
        "What this place uses": {
            "practice_summaries_on": Rule("A monthly summary to practices that want one", choices=_YES_NO),
            "payments_on": Rule("Payment lines", choices=_YES_NO),
            "money_lines_on": Rule("The value calculator", choices=_YES_NO),
            "open_view": Rule("The dataset's tables for everybody, without signing in", choices=_YES_NO),
        },
    }
)
ALL: Final[Mapping[str, Rule]] = {name: rule for group in GROUPS.values() for name, rule in group.items()}
# Only whoever runs the installation weakens how people sign in.
NOT_HERE: Final = frozenset({"second_step_for"})


def typed(value: object) -> str:
    """Return a value as it is typed into a form."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value)) or "none"
    return str(value)


def said(name: str, value: object) -> str:
    """Return a rule's value in words."""
    rule, text = ALL.get(name), typed(value)
    if rule is None:
        return text
    if rule.choices is not None:
        return rule.choices.get(text, text)
    unit = re.sub(r"s(?=,|$)", "", rule.unit, count=1) if text == "1" else rule.unit  # 1 day, 1 working day
    return "None" if text == "none" else f"{text.replace(',', ', ')} {unit}"


def value_of(rules: PlaceRules, name: str) -> object:
    """Return what a rule is set to."""
    return getattr(rules, name)
