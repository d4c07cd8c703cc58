"""Reading pairs, merges, and where who lost has gone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, case, func, or_, select, text, true
from sqlalchemy.orm import aliased

from app.core import metrics
from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset
from app.people.access import visible_to
from app.people.duplicates.models import FIELDS, MOST_AT_ONCE, DuplicatePair, Merge, MergedPerson
from app.people.models import Customer, Employee

PAGE_SIZE = 25
REASONS = {
    "phone": "Same phone",
    "mailbox": "Same mailbox",
    "name": "Same name",
    "near_name": "Nearly the same name",
    "company": "Same company",
    "country": "Same country",
}
MOST_LIKELY = Order((DuplicatePair.score, DuplicatePair.first_id, DuplicatePair.second_id), "Likely", descending=True)
LATEST = Order((Merge.at, Merge.merge_id), "When", descending=True)
FURTHEST = ("lead", "prospect", "former", "customer")
FINAL_WINNER = text(
    """
    WITH RECURSIVE way AS (
        SELECT m.winner_id, 1 AS steps FROM merged_people p JOIN merges m USING (merge_id)
        WHERE p.loser_id = :id AND m.undone_at IS NULL
        UNION ALL
        SELECT m.winner_id, steps + 1 FROM way JOIN merged_people p ON p.loser_id = way.winner_id
        JOIN merges m USING (merge_id) WHERE m.undone_at IS NULL AND steps < 100)
    SELECT winner_id FROM way ORDER BY steps DESC LIMIT 1
    """
)


@dataclass(frozen=True)
class Choice:
    """A field of a merge: the value of each record by its id, and whose is proposed."""

    name: str
    values: dict[UUID, Any]
    proposed: UUID

    @property
    def is_one(self) -> bool:
        """There is nothing to choose."""
        return len({str(value or "") for value in self.values.values()}) == 1


def list_pairs(actor: Actor, *, cursor: str = "", size: int = PAGE_SIZE) -> Page[Any]:
    """Pairs by pages, the likeliest first, of customers whom this actor may see both."""
    first, second = aliased(Customer), aliased(Customer)
    query: Select[*tuple[Any, ...]] = (
        select(DuplicatePair, first, second)
        .join(first, first.person_id == DuplicatePair.first_id)
        .join(second, second.person_id == DuplicatePair.second_id)
        .where(_open_to(actor))
    )
    return keyset(query, orders={"score": MOST_LIKELY}, sort="score", cursor=cursor, size=size)


def count_pairs(actor: Actor) -> Count:
    """How many pairs there are, in bounded time."""
    return estimate(select(DuplicatePair).where(_open_to(actor)), known_as=f"{actor.id} pairs")


def _open_to(actor: Actor) -> Any:
    if actor.scope("customers.read") == "all":
        return DuplicatePair.state == "open"
    visible = select(Customer.person_id).where(visible_to(actor))
    both = DuplicatePair.first_id.in_(visible) & DuplicatePair.second_id.in_(visible)
    return (DuplicatePair.state == "open") & both


def get_people(actor: Actor, ids: Collection[UUID]) -> list[Customer]:
    """The customers to compare, the oldest first. Raises: NotFound when one of them is not there."""
    wanted = select(Customer).where(one_of(Customer.person_id, ids), visible_to(actor), Customer.erased_at.is_(None))
    found = db.session.scalars(wanted.order_by(Customer.created_at, Customer.person_id)).all()
    if len(found) != len(set(ids)):
        raise NotFound("Not all of them are there any more. Somebody may have merged or erased one meanwhile.")
    return list(found)


def list_also_alike(actor: Actor, ids: Collection[UUID]) -> Sequence[Customer]:
    """Further customers who are like one of these."""
    other = case((one_of(DuplicatePair.first_id, ids), DuplicatePair.second_id), else_=DuplicatePair.first_id)
    pairs = select(other).where(
        DuplicatePair.state == "open", or_(one_of(DuplicatePair.first_id, ids), one_of(DuplicatePair.second_id, ids))
    )
    query = select(Customer).where(Customer.person_id.in_(pairs), visible_to(actor), Customer.person_id.not_in(ids))
    return db.session.scalars(query.order_by(Customer.person_id).limit(MOST_AT_ONCE)).all()


def propose_winner(people: Sequence[Customer]) -> UUID:
    """Who is best kept: whoever signs in here, else the oldest."""
    return max(people, key=lambda one: (one.password_hash is not None, -one.created_at.timestamp())).person_id


def propose(people: Sequence[Customer], winner_id: UUID) -> list[Choice]:
    """Each field with the best guess: the winner's value, unless it is empty or another one clearly says more."""
    by_id = {one.person_id: one for one in people}
    ordered = [by_id[winner_id], *(one for one in people if one.person_id != winner_id)]
    return [
        Choice(name, {one.person_id: getattr(one, name) for one in people}, _best(name, ordered)) for name in FIELDS
    ]


def _best(name: str, people: Sequence[Customer]) -> UUID:
    if name == "stage":
        return max(people, key=lambda one: FURTHEST.index(one.stage)).person_id
    if name == "email":
        people = sorted(people, key=lambda one: (not one.email, one.email_verified_at is None))
    return next((one for one in people if getattr(one, name)), people[0]).person_id


def find_winner(person_id: UUID) -> UUID | None:
    """Where somebody who was merged has gone; None for who was not."""
    return db.session.scalar(FINAL_WINNER, {"id": person_id})


def get_merge(actor: Actor, merge_id: UUID) -> Merge:
    """The door to one merge. Raises: NotFound when not there, or its winner is not visible to this actor."""
    found = db.session.scalar(select(Merge).where(Merge.merge_id == merge_id, _merged_for(actor)))
    if found is None:
        raise NotFound
    return found


def _merged_for(actor: Actor) -> ColumnElement[bool]:
    if actor.scope("customers.read") == "all":
        return true()
    return Merge.winner_id.in_(select(Customer.person_id).where(visible_to(actor)))


def count_merges(actor: Actor) -> Count:
    """How many merges this actor may see, in bounded time."""
    return estimate(select(Merge).where(_merged_for(actor)), known_as=f"{actor.id} merges")


def list_merges(actor: Actor, *, cursor: str = "", size: int = PAGE_SIZE) -> Page[Any]:
    """Merges of customers whom this actor may see, the latest first: winner, names of the losers, who did it."""
    gone = select(
        func.string_agg(
            func.btrim(
                func.concat_ws(" ", MergedPerson.content["first_name"].astext, MergedPerson.content["last_name"].astext)
            ),
            ", ",
        )
    ).where(MergedPerson.merge_id == Merge.merge_id)
    query = (
        select(Merge, Customer, Employee, gone.scalar_subquery().label("gone"))
        .outerjoin(Customer, Customer.person_id == Merge.winner_id)
        .outerjoin(Employee, Employee.person_id == Merge.actor_id)
        .where(_merged_for(actor))
    )
    return keyset(query, orders={"at": LATEST}, sort="at", cursor=cursor, size=size)


def alike_rows(actor: Actor, _kind: str, customer_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """Who may be the same person as a customer, for their page."""
    other = case((DuplicatePair.first_id == customer_id, DuplicatePair.second_id), else_=DuplicatePair.first_id)
    rows: Select[*tuple[Any, ...]] = (
        select(Customer.person_id, customer_id.label("of_id"), Customer.name.label("name"), DuplicatePair.score)
        .join(Customer, Customer.person_id == other)
        .where(
            DuplicatePair.state == "open",
            or_(DuplicatePair.first_id == customer_id, DuplicatePair.second_id == customer_id),
            visible_to(actor),
        )
        .order_by(DuplicatePair.score.desc())
        .limit(MOST_AT_ONCE)
    )
    return rows


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many pairs wait for somebody, and how many merges there were, for the metrics page."""
    pairs = db.session.scalar(select(func.count()).where(DuplicatePair.state == "open"))
    merges = db.session.scalar(select(func.count()).select_from(Merge).where(Merge.undone_at.is_(None)))
    yield "rapport_duplicate_pairs_open", "Pairs of customers who may be the same person", {}, pairs or 0
    yield "rapport_merges", "Merges of customers that stand", {}, merges or 0
