"""The closed lists of words of the directory: what organisations are, what services are, where and when they meet."""

from __future__ import annotations

from enum import StrEnum

from app.domain.wording import worded_all


class LegalForm(StrEnum):
    """What an organisation is in law; an unconstituted group has no number and is as good as any."""

    CHARITY = "charity"
    CIO = "cio"
    CIC = "cic"
    COMPANY = "company"
    COOPERATIVE = "cooperative"
    SOCIAL_ENTERPRISE = "social-enterprise"
    FAITH_GROUP = "faith-group"
    TENANTS_ASSOCIATION = "tenants-association"
    UNCONSTITUTED = "unconstituted"
    STATUTORY = "statutory"
    OTHER = "other"


LEGAL_FORM_WORDS: dict[LegalForm, str] = {
    LegalForm.CHARITY: "Registered charity",
    LegalForm.CIO: "Charitable incorporated organisation",
    LegalForm.CIC: "Community interest company",
    LegalForm.COMPANY: "Company or club",
    LegalForm.COOPERATIVE: "Co-operative",
    LegalForm.SOCIAL_ENTERPRISE: "Social enterprise",
    LegalForm.FAITH_GROUP: "Faith group",
    LegalForm.TENANTS_ASSOCIATION: "Tenants' and residents' association",
    LegalForm.UNCONSTITUTED: "Group of neighbours or friends",
    LegalForm.STATUTORY: "Public body",
    LegalForm.OTHER: "Another form",
}


class Size(StrEnum):
    """How big an organisation is: the fairness view counts referrals by it."""

    VOLUNTEERS_ONLY = "volunteers-only"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


SIZE_WORDS: dict[Size, str] = {
    Size.VOLUNTEERS_ONLY: "Volunteers only",
    Size.SMALL: "A few paid people",
    Size.MEDIUM: "Medium",
    Size.LARGE: "Large",
}


class LedBy(StrEnum):
    """Who an organisation is run by and for; a service may be especially for some of them."""

    WOMEN = "women"
    DISABLED_PEOPLE = "disabled-people"
    DEAF_PEOPLE = "deaf-people"
    GLOBAL_MAJORITY = "global-majority"
    LGBTQI = "lgbtqi"
    OLDER_PEOPLE = "older-people"
    YOUNG_PEOPLE = "young-people"
    REFUGEES_AND_MIGRANTS = "refugees-and-migrants"
    FAITH = "faith"
    CARERS = "carers"
    VETERANS = "veterans"
    LOCAL_RESIDENTS = "local-residents"


LED_BY_WORDS: dict[LedBy, str] = worded_all(
    {
        LedBy.WOMEN: "women",
        LedBy.DISABLED_PEOPLE: "disabled people",
        LedBy.DEAF_PEOPLE: "Deaf people",
        LedBy.GLOBAL_MAJORITY: "people of the global majority",
        LedBy.LGBTQI: "LGBTQI+ people",
        LedBy.OLDER_PEOPLE: "older people",
        LedBy.YOUNG_PEOPLE: "young people",
        LedBy.REFUGEES_AND_MIGRANTS: "refugees and migrants",
        LedBy.FAITH: "people of a faith",
        LedBy.CARERS: "carers",
        LedBy.VETERANS: "veterans",
        LedBy.LOCAL_RESIDENTS: "local residents",
    }
)


class ServiceKind(StrEnum):
    """What somebody is referred to: to get something, or to give something."""

    ACTIVITY = "activity"
    ADVICE = "advice"
    PEER_SUPPORT = "peer-support"
    VOLUNTEERING = "volunteering"
    SUPPORTED_VOLUNTEERING = "supported-volunteering"
    TIME_BANK = "time-bank"
    MUTUAL_AID = "mutual-aid"


SERVICE_KIND_WORDS: dict[ServiceKind, str] = {
    ServiceKind.ACTIVITY: "Activity",
    ServiceKind.ADVICE: "Advice",
    ServiceKind.PEER_SUPPORT: "Peer support",
    ServiceKind.VOLUNTEERING: "Volunteering",
    ServiceKind.SUPPORTED_VOLUNTEERING: "Volunteering with support",
    ServiceKind.TIME_BANK: "Time bank",
    ServiceKind.MUTUAL_AID: "Mutual aid",
}


class ServiceStatus(StrEnum):
    """Whether a service runs at all; how full it is today is its capacity."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    TEMPORARILY_CLOSED = "temporarily-closed"


class CareLevel(StrEnum):
    """Who is there for somebody with a safeguarding concern, the least first."""

    VOLUNTEERS_ONLY = "volunteers-only"
    TRAINED = "trained"
    PROFESSIONAL = "professional"

    @property
    def height(self) -> int:
        """0 to 2: whoever takes a level takes those below it."""
        return _CARE_HEIGHTS[self]

    def reaches(self, other: CareLevel) -> bool:
        """True when a service of this level can take somebody who needs the other."""
        return _CARE_HEIGHTS[self] >= _CARE_HEIGHTS[other]


_CARE_HEIGHTS = {level: height for height, level in enumerate(CareLevel)}
CARE_LEVEL_WORDS: dict[CareLevel, str] = {
    CareLevel.VOLUNTEERS_ONLY: "volunteers",
    CareLevel.TRAINED: "people trained in safeguarding",
    CareLevel.PROFESSIONAL: "professional staff",
}


class VenueKind(StrEnum):
    """Where help happens, in Open Referral's words."""

    PHYSICAL = "physical"
    VIRTUAL = "virtual"
    POSTAL = "postal"


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Repeats(StrEnum):
    """How often a session takes place; Open Referral knows the two."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"


class AssuranceKind(StrEnum):
    """What an organisation shows once and need not show to every commissioner again."""

    SAFEGUARDING = "safeguarding"
    INSURANCE = "insurance"
    DBS = "dbs"
    DATA_PROTECTION = "data-protection"
    HEALTH_AND_SAFETY = "health-and-safety"


ASSURANCE_KIND_WORDS: dict[AssuranceKind, str] = {
    AssuranceKind.SAFEGUARDING: "safeguarding",
    AssuranceKind.INSURANCE: "insurance",
    AssuranceKind.DBS: "DBS checks",
    AssuranceKind.DATA_PROTECTION: "data protection",
    AssuranceKind.HEALTH_AND_SAFETY: "health and safety",
}


class AssuranceTier(StrEnum):
    """How much of it is in order today, the least first; in proportion to risk, never a mark for quality."""

    NONE = "none"
    BASIC = "basic"
    STANDARD = "standard"
    ENHANCED = "enhanced"

    def reaches(self, other: AssuranceTier) -> bool:
        """True when this tier is the other or above it."""
        return _TIER_HEIGHTS[self] >= _TIER_HEIGHTS[other]


_TIER_HEIGHTS = {tier: height for height, tier in enumerate(AssuranceTier)}
