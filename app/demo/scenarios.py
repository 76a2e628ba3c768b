"""The referrals of the demonstration: whom they are about, what becomes of them, and how each must end."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.demo.messages import Patient


@dataclass(frozen=True)
class Help:
    """What a provider records at the end: an outcome, the goal before and after, the scores before and after."""

    outcome: str
    summary: str
    actions: str = ""
    goal: str = "Feel less alone in the week"
    goal_scores: tuple[int, int] = (3, 6)
    life: tuple[int, int] = (4, 6)
    lonely: tuple[int, int] = (3, 2)


@dataclass(frozen=True)
class Scenario:
    """One referral: who sends what, which services are asked in turn, what each does, how it must end."""

    name: str
    practice: str  # ODS code
    ask: tuple[str, ...] = ()  # services in the order they are offered
    example: str | None = None  # one of NHS England's published messages, unchanged
    patient: Patient | None = None
    needs: tuple[str, ...] = ()
    words: str = ""
    told: str = ""  # what providers are told; the words themselves where nothing else is given
    access: tuple[str, ...] = ()
    declines: tuple[tuple[str, str], ...] = ()  # service, coded reason
    silent: tuple[str, ...] = ()  # services that never answer
    help: Help | None = None
    drops_out: bool = False
    unmet: bool = False
    cancelled: bool = False
    set_needs: tuple[str, ...] = ()  # the link worker codes what the message left in words
    extracted: tuple[bool, str] = field(default=(True, "sent"))

    @property
    def brief(self) -> str:
        """What the link worker tells the providers that are asked."""
        return self.told or self.words

    @property
    def expected(self) -> str:
        """The status in which the referral must end."""
        return "withdrawn" if self.cancelled else "closed"

    @property
    def outcome(self) -> str | None:
        """The outcome that must stand at the end."""
        if self.cancelled:
            return None
        if self.drops_out:
            return "did-not-engage"
        return self.help.outcome if self.help else "not-known"


_UNSURE = (False, "identity-not-confirmed")
_TEA, _WALK, _CARE = "Thursday tea table", "Gentle walks by the canal", "Carers' circle"
_ADVICE, _SHED, _HOME = "Money and benefits advice", "Make and mend mornings", "Befriending at home"

FOR_VISITORS: tuple[Scenario, ...] = (
    Scenario(
        "Left open for you: company for a widower",
        "A99001",
        patient=Patient("Lowell", "Green", "1944-08-01", "male", "9991000135", language="en"),
        needs=("social-connection", "bereavement"),
        words="Lost his wife last year. Rarely goes out; would like company nearby.",
        access=("step-free",),
    ),
    Scenario(
        "Left open for you: new carer",
        "A99002",
        patient=Patient("Nadia", "Hussain", "1981-05-12", "female", "9991000143", postcode="BV3 5LM"),
        needs=("caring",),
        words="Has begun to care for her father and is worn out.",
    ),
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "REFREQ01, 111 to ED, as published",
        "RND",
        (_TEA,),
        example="REFREQ01",
        told="Would like company and a reason to go out once a week.",
        set_needs=("social-connection",),
        help=Help("better", "Came to four Thursdays; knows two neighbours by name now."),
        extracted=_UNSURE,
    ),
    Scenario(
        "REFREQ02, 999 to CAS, as published",
        "RND",
        (_WALK,),
        example="REFREQ02",
        told="Would like to walk more, slowly and not alone.",
        set_needs=("physical-activity",),
        help=Help(
            "no-change", "Walked twice with the group.", goal_scores=(4, 4), life=(5, 5), lonely=(2, 2)
        ),
        extracted=_UNSURE,
    ),
    Scenario(
        "REFREQ03, to community pharmacy, as published",
        "RND",
        (_SHED,),
        example="REFREQ03",
        told="Likes to work with the hands; would like something to do in the mornings.",
        set_needs=("mental-wellbeing",),
        help=Help("not-known", "Came once; we did not manage to speak about how it went."),
        extracted=_UNSURE,
    ),
    Scenario(
        "Lonely since a move",
        "A99001",
        (_TEA, _CARE),
        patient=Patient("Ada", "Cole", "1948-03-14", "female", "9991000003"),
        needs=("social-connection",),
        words="Lives alone since her move; would like company and a reason to go out.",
        help=Help("better", "Came every Thursday for ten weeks and now pours the tea.", life=(3, 7)),
    ),
    Scenario(
        "Debt after illness",
        "A99001",
        (_ADVICE,),
        patient=Patient("Bilal", "Hussain", "1979-11-02", "male", "9991000011", postcode="BV3 4CD"),
        needs=("money-advice",),
        words="Rent arrears after three months off work; asks for help with forms.",
        help=Help("better", "Benefits checked, payment plan agreed.", "Please review the fit note in March."),
    ),
    Scenario(
        "No change after bereavement",
        "A99002",
        (_TEA,),
        patient=Patient("Grace", "Barker", "1951-06-30", "female", "9991000038", ethnicity="M"),
        needs=("bereavement",),
        words="Husband died in the spring. Would like to meet others.",
        help=Help("no-change", "Came to three Thursdays.", goal_scores=(2, 2), life=(3, 3), lonely=(3, 3)),
    ),
    Scenario(
        "Worse, and honestly said",
        "A99002",
        (_WALK,),
        patient=Patient("Jon", "Lowe", "1966-01-19", "male", "9991000046", postcode="BV2 1EF"),
        needs=("physical-activity",),
        words="Wants to be more active; knee pain comes and goes.",
        help=Help(
            "worse",
            "The pain grew and walking was stopped.",
            "Please see him about the knee pain.",
            goal_scores=(5, 3),
            life=(5, 4),
            lonely=(2, 2),
        ),
    ),
    Scenario(
        "Did not engage",
        "A99001",
        (_SHED,),
        patient=Patient("Kemal", "Demir", "1988-09-09", "male", "9991000054", language="tr", ethnicity="B"),
        needs=("mental-wellbeing",),
        words="Low since losing his job; agreed to try something practical.",
        drops_out=True,
    ),
    Scenario(
        "Declined, then taken up by the next",
        "A99003",
        (_CARE, _HOME),
        patient=Patient("Iris", "Evans", "1957-12-24", "female", "9991000062", postcode="BV4 7GH"),
        needs=("caring",),
        words="Cares for her brother day and night.",
        access=("home-visit",),
        declines=((_CARE, "22"),),
        help=Help("better", "A neighbour sits in on Tuesdays.", goal="A free afternoon each week"),
    ),
    Scenario(
        "Silence, then the next is asked",
        "A99003",
        (_WALK, _TEA),
        patient=Patient("Hamid", "Kaya", "1960-04-05", "male", "9991000070", language="tr", ethnicity="S"),
        needs=("social-connection",),
        words="New to the area; speaks Turkish at home.",
        silent=(_WALK,),
        help=Help("no-change", "Came twice.", goal_scores=(3, 3), life=(4, 4)),
    ),
    Scenario(
        "Nobody can help: unmet need",
        "A99002",
        patient=Patient("Lena", "Flynn", "2010-07-21", "female", "9991000089", postcode="BV4 2JK"),
        needs=("bereavement",),  # every group of the borough is for grown-ups
        words="Sixteen; her father died in the spring and she has stopped seeing friends.",
        unmet=True,
    ),
    Scenario(
        "Opted out of the dataset, helped all the same",
        "A99001",
        (_ADVICE,),
        patient=Patient("Esme", "Ito", "1984-02-28", "female", "9991000097", opted_out=True),
        needs=("employment",),
        words="Would like help to look for part-time work.",
        help=Help("better", "Found sixteen hours a week.", goal="Work a few hours a week"),
        extracted=(False, "opted-out"),
    ),
    Scenario(
        "Without an NHS number",
        "A99002",
        (_TEA,),
        patient=Patient("Dilek", "Adeyemi", "1972-10-10", "female", None),
        needs=("social-connection",),
        words="Recently arrived; not yet matched to a number.",
        help=Help("better", "Came each week; translates for a newcomer now."),
        extracted=_UNSURE,
    ),
    Scenario(
        "Cancelled by the practice",
        "A99003",
        (_CARE,),
        patient=Patient("Femi", "Jones", "1969-05-17", "male", "9991000100"),
        needs=("caring",),
        words="Looks after his mother.",
        cancelled=True,
        extracted=(True, "sent"),
    ),
)
