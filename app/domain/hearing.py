"""Who hears what became of a referral, in sentences made from where it came: nobody is promised what nobody gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from app.domain.lifecycle import ReferralStatus
from app.domain.sources import SOURCES, GoesBack, SourceKind
from app.domain.wording import Wording, first_up, in_a_row, worded


@dataclass(frozen=True, slots=True)
class Hearing:
    """Who hears of a referral; `kinds` are of everybody who asked for what it does, its own requester first.

    A provider reads the kind of organisation that reads its words, never its name; of a source that hears nothing it
    does not read the kind either. The sentences for the team name whoever asked for this one.
    """

    kinds: tuple[SourceKind, ...]

    @property
    def readers(self) -> str:
        """Who is told, as "the hospital that asked"; empty where no organisation is."""
        found = dict.fromkeys(
            SOURCES[kind].asker for kind in self.kinds if SOURCES[kind].goes_back is GoesBack.TO_REQUESTER
        )
        if not found:
            return ""
        names: Wording = reduce(
            lambda one, other: worded("%(one)s and %(other)s", one=one, other=other), found
        )
        return worded("%(asker)s that asked", asker=names)

    @property
    def asker(self) -> str:
        """Whoever asked for this one: "the hospital", "the person"."""
        return SOURCES[self.kinds[0]].asker

    @property
    def goes_back(self) -> GoesBack:
        """To whom it is told what became of this one."""
        return SOURCES[self.kinds[0]].goes_back

    @property
    def _asked_themselves(self) -> bool:
        return any(SOURCES[kind].goes_back is GoesBack.TO_PERSON for kind in self.kinds)

    # for the provider

    @property
    def outcome(self) -> str:
        """Who gets what the provider writes of an outcome."""
        to_person = (
            worded("The link worker tells the person what you write.") if self._asked_themselves else ""
        )
        if " and " in self.readers:
            several = worded("%(readers)s get what you write.", readers=self.readers)
            return in_a_row((first_up(several), to_person))
        if self.readers:
            return in_a_row(
                (first_up(worded("%(readers)s gets what you write.", readers=self.readers)), to_person)
            )
        return to_person or worded("Nobody outside is told: the link worker's team reads what you write.")

    @property
    def outcome_sent(self) -> str:
        """What happens with an outcome that was just written."""
        if self.readers:
            return worded("The outcome is on its way to %(readers)s.", readers=self.readers)
        if self._asked_themselves:
            return worded("The link worker has it and tells the person.")
        return worded("The link worker's team has it; nobody outside is told.")

    @property
    def passing_on(self) -> str:
        """What goes on while somebody may be passed on."""
        if not self.readers:
            return worded("They stay with you until they are somewhere else.")
        if " and " in self.readers:
            return worded(
                "They stay with you until they are somewhere else; %(readers)s hear of it as before.",
                readers=self.readers,
            )
        return worded(
            "They stay with you until they are somewhere else; %(readers)s hears of it as before.",
            readers=self.readers,
        )

    @property
    def wait(self) -> str:
        """Who is told how long somebody waits."""
        if not self.readers:
            return worded("the person is told")
        return worded("the person and %(readers)s are told", readers=self.readers)

    @property
    def on_the_list(self) -> str:
        """Who hears that somebody is on a waiting list now."""
        if not self.readers:
            return worded("The link worker tells them.")
        if " and " in self.readers:
            return worded("The link worker tells them, and %(readers)s hear of it.", readers=self.readers)
        return worded("The link worker tells them, and %(readers)s hears of it.", readers=self.readers)

    @property
    def with_link_worker(self) -> str:
        """The link worker and whoever else hears, with the verb: "The link worker hears"."""
        return (
            worded("The link worker and %(readers)s hear", readers=self.readers)
            if self.readers
            else worded("The link worker hears")
        )

    @property
    def note(self) -> str:
        """To whom a provider's note may be told; empty where to nobody."""
        return worded("It may be told to %(readers)s.", readers=self.readers) if self.readers else ""

    @property
    def ask_actions(self) -> str:
        """The question for what somebody should do next."""
        return worded("Anything %(who)s should do?", who=self._doer)

    @property
    def actions(self) -> str:
        """The label of what was written there."""
        return worded("For %(who)s", who=self._doer)

    # for the link worker's team

    @property
    def team_outcome(self) -> str:
        """Who gets what the link worker writes of an end."""
        if self.readers:
            return f"{_first_up(self.readers)} {self._get} what you write here."
        if self._asked_themselves:
            return "The person asked for themselves: what you write here is told to them, by you."
        return "Nobody outside is told: what you write here stays with your team."

    @property
    def ended(self) -> str:
        """What follows now that it has ended."""
        if self.readers:
            return f"{_first_up(self.readers)} {'are' if ' and ' in self.readers else 'is'} told the outcome."
        return "Next: tell the person how it ended." if self._asked_themselves else "Nobody outside is told."

    @property
    def ended_again(self) -> str:
        """What follows when it is opened and ends once more."""
        if self.readers:
            return (
                f"When it ends again, {self.readers} {'are' if ' and ' in self.readers else 'is'} told again."
            )
        return "When it ends again, you tell the person again." if self._asked_themselves else ""

    def stands(self, status: str) -> str:
        """Return what an ended referral still waits for, in a few words; empty for every other status."""
        if status not in (ReferralStatus.COMPLETED, ReferralStatus.ENDED_EARLY):
            return ""
        ended = "Ended early" if status == ReferralStatus.ENDED_EARLY else "Ended"
        match self.goes_back:
            case GoesBack.TO_REQUESTER:
                return f"{ended}, {self.asker.removeprefix('the ')} to file it"
            case GoesBack.TO_PERSON:
                return f"{ended}, tell the person"
            case GoesBack.NOWHERE:
                return ended

    def next_step(self, status: str) -> str:
        """Return what an ended referral asks of the link worker; empty for every other status."""
        over = status == ReferralStatus.CLOSED
        if not over and not self.stands(status):
            return ""
        match self.goes_back:
            case GoesBack.TO_REQUESTER if over:
                return f"Nothing more: {self.asker} that asked has the outcome in the record."
            case GoesBack.TO_REQUESTER:
                return f"Nothing for you now: {self.asker} that asked has to file the outcome."
            case GoesBack.TO_PERSON if over:
                return "Nothing more: it is written down how the person was told."
            case GoesBack.TO_PERSON:
                return "Tell the person how it ended: they asked for themselves."
            case GoesBack.NOWHERE:
                return "Nothing more. Whoever asked is told nothing, not even whether the person came."

    @property
    def told(self) -> str:
        """Whom the messages of this one went to, as a heading has it; empty where there are none."""
        match self.goes_back:
            case GoesBack.TO_REQUESTER:
                return f"What {self.asker} that asked was told"
            case GoesBack.TO_PERSON:
                return "What the person was told"
            case GoesBack.NOWHERE:
                return ""

    @property
    def _doer(self) -> str:
        """Who acts on what a provider writes: the first that reads it, else the team."""
        for kind in self.kinds:
            if SOURCES[kind].goes_back is GoesBack.TO_REQUESTER:
                return worded("the GP") if kind is SourceKind.PRACTICE else SOURCES[kind].asker
        return worded("the link worker")

    @property
    def _get(self) -> str:
        return "get" if " and " in self.readers else "gets"


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]
