"""People's own stories: written down, agreed to, taken back; what a pack may tell of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.access import Actor, check_acts_as
from app.domain.errors import FieldProblem, Invalid
from app.domain.pack import Story
from app.domain.stories import Agreed, NewStory, agreed_problems, story_problems
from app.domain.vocabulary import Role
from app.store import people, people_counted, stories
from app.store.session import Database, Tx
from app.store.stories import PAGE, KeptStory, Teller

_NOBODY = "You have nobody with this reference. It stands on the offer, for example BK-7KQ2M4X."
_ASK_FIRST = "This person’s story cannot be kept here. Ask their link worker."


@dataclass(frozen=True, slots=True)
class StoryPage:
    """A page of an organisation's stories."""

    stories: Sequence[KeptStory]
    total: int
    number: int

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE))

    @property
    def has_next(self) -> bool:
        """Whether there are more."""
        return self.number < self.last


def keep(
    db: Database, actor: Actor, reference: str, told: NewStory, *, placement_id: UUID | None = None
) -> UUID:
    """Write down a story of somebody placed with the actor's organisation; raises Invalid with every problem.

    It belongs to the placement that it was written down from, where one of this reference is named.
    """
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        teller = stories.find_teller(
            tx, reference.strip().upper(), placement_id=placement_id, audit="keep a story"
        )
        problems = [] if teller else [FieldProblem("reference", _NOBODY, "not-found")]
        if teller and _is_restricted(tx, teller):
            problems = [FieldProblem("reference", _ASK_FIRST)]
        problems += story_problems(told, today=tx.today)
        if problems or teller is None:
            raise Invalid(problems)
        return stories.add(tx, teller, told, audit="keep story")


def agree(db: Database, actor: Actor, story_id: UUID, agreed: Agreed) -> None:
    """Write down what the person agreed to; raises Invalid with every problem, NotFound."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        problems = agreed_problems(agreed, today=tx.today)
        if problems:
            raise Invalid(problems)
        stories.record_agreed(tx, story_id, agreed, audit="agree to story")


def withdraw(db: Database, actor: Actor, story_id: UUID) -> None:
    """Take a story back: its words are wiped, and it is gone from every pack and every funder's link. NotFound."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        story = stories.get(tx, story_id, audit="withdraw story")
        stories.record_withdrawn(tx, story, by="provider", audit="withdraw story")


def withdraw_stories(tx: Tx, person_id: UUID) -> int:
    """Take back every story of a person, because they said so themselves; return how many there were."""
    with tx.as_system("stories") as system_tx:
        return stories.record_all_withdrawn(system_tx, person_id, by="person", audit="withdraw own story")


def list_stories(db: Database, actor: Actor, *, page: int = 1) -> StoryPage:
    """Return a page of the stories that the actor's organisation keeps, newest first."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        found, total = stories.list_page(tx, page=page, audit="list stories")
    return StoryPage(found, total, page)


def get_story(db: Database, actor: Actor, story_id: UUID) -> KeptStory:
    """Return one story; raises NotFound when it is another organisation's."""
    check_acts_as(actor, Role.PROVIDER)
    with db.transaction(actor) as tx:
        return stories.get(tx, story_id, audit="read story")


def for_pack(tx: Tx, organisation_id: UUID, placement_ids: Collection[UUID]) -> tuple[Story, ...]:
    """Return what people with these placements let the organisation's pack tell, oldest yes first."""
    found = list_tellable(tx, organisation_id, placement_ids=placement_ids, audit="tell story in a pack")
    return tuple(told(each) for each in found)


def list_tellable(
    tx: Tx,
    organisation_id: UUID,
    *,
    placement_ids: Collection[UUID] | None = None,
    ids: Collection[UUID] | None = None,
    audit: str,
) -> Sequence[KeptStory]:
    """Return the stories that may stand in a pack, oldest yes first: of these placements or these ids, where given.

    One rule for the live pack and for what a funder was given: agreed to and not taken back, by nobody who is
    restricted and by nobody who said no to being counted.
    """
    found = stories.list_agreed(tx, organisation_id, placement_ids=placement_ids, ids=ids, audit=audit)
    willing = people_counted.list_willing(tx, {each.teller.person_id for each in found}, audit=audit)
    return [each for each in found if each.teller.person_id in willing]


def told(story: KeptStory) -> Story:
    """Return a story that was agreed to as it stands in a pack."""
    if story.agreed is None or story.words is None:
        raise ValueError("A story without a yes is told nowhere.")
    return Story(story.words, story.told_as or "", story.agreed.on)


def _is_restricted(tx: Tx, teller: Teller) -> bool:
    return people.get(tx, teller.person_id, audit="keep story").restricted
