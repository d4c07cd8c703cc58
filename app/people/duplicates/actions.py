"""Merging customers, undoing that, and saying that two are not the same."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id, one_of, sign_writes
from app.core.errors import Conflict, Invalid, NotFound
from app.core.jobs import Job
from app.engine.changes import actions as changes
from app.engine.custom_fields import definitions
from app.engine.custom_fields import values as custom_values
from app.engine.events import actions as events
from app.people import actions as people
from app.people.access import visible_to
from app.people.consent import actions as consent
from app.people.duplicates import following
from app.people.duplicates.models import (
    FIELDS,
    MOST_AT_ONCE,
    UNDO_WITHIN,
    DuplicatePair,
    Merge,
    MergedPerson,
    MergeMove,
)
from app.people.models import Customer

LABELS = {**people.LABELS, "reference": "Reference", "company_id": "Company", "custom": "Fields of your own"}
WITH_EMAIL = ("password_hash", "email_verified_at")
"""What belongs to an email and goes where it goes."""

FORGOTTEN_AT_ONCE = 100
FIND = "duplicates.find"
LOOKED_WITHIN = timedelta(hours=23)
EMPTY: tuple[Any, ...] = (None, "", {}, [])
NEVER = ("person_id", "kind", "version")
APART = ("phone_enc", "phone_index", "phone_endings", "address_enc", "custom", "deactivated_at", "erased_at")
LOCK = text("SELECT person_id FROM person_registry WHERE person_id = ANY (:ids) ORDER BY person_id FOR UPDATE")
CONTENT = text("SELECT to_jsonb(c) FROM ONLY customers c WHERE person_id = :id")
REMOVE = text("DELETE FROM ONLY customers WHERE person_id = ANY (:ids)")
RESTORE = "INSERT INTO customers SELECT * FROM jsonb_populate_record(NULL::customers, CAST(:content AS jsonb))"
WRITE = """
    UPDATE ONLY customers c SET {assignments}
    FROM jsonb_populate_record(NULL::customers, CAST(:values AS jsonb)) was WHERE c.person_id = :id
"""
TAKEN = text(
    "SELECT EXISTS (SELECT FROM person_registry WHERE email_key = lower(:email) AND person_id <> :id),"
    " EXISTS (SELECT FROM customers WHERE reference = :reference AND person_id <> :id)"
)


class CannotMerge(Conflict):
    """These customers cannot become one, or not any more."""

    title = "They cannot be merged"


class CannotUndo(Conflict):
    """The merge cannot be undone any more."""

    title = "This merge cannot be undone"


def merge(ids: Sequence[UUID], *, winner_id: UUID, chosen: Mapping[str, UUID], actor: Actor) -> Merge:
    """Make one customer of two to five. `chosen` says for a field whose value the winner takes; its own otherwise.

    Raises: Invalid for too few or too many; NotFound for whom one may not see, or who is gone by now;
    CannotMerge for an erased one.
    """
    ids = sorted(set(ids))
    if not 2 <= len(ids) <= MOST_AT_ONCE or winner_id not in ids or not set(chosen.values()) <= set(ids):
        raise Invalid(f"Choose two to {MOST_AT_ONCE} customers to merge, and one of them to keep.")
    some = lock(ids, actor)
    contents = {one: _content(one) for one in ids}
    winner, loser_ids = some[winner_id], [one for one in ids if one != winner_id]
    values = {name: getattr(some[chosen.get(name, winner_id)], name) for name in FIELDS}
    values |= {name: getattr(some[chosen.get("email", winner_id)], name) for name in WITH_EMAIL}
    made = Merge(merge_id=new_id(), winner_id=winner_id, actor_id=actor.id)
    db.session.add(made)
    db.session.add_all(MergedPerson(merge_id=made.merge_id, loser_id=one, content=contents[one]) for one in loser_ids)
    db.session.flush()
    following.move(made.merge_id, loser_ids, winner_id)
    _remove([some[one] for one in loser_ids])
    for name, value in values.items():
        if getattr(winner, name) != value:
            setattr(winner, name, value)
    winner.custom = _custom(winner, [some[one] for one in loser_ids])
    db.session.flush()
    _write(winner_id, _filled(contents[winner_id], [contents[one] for one in loser_ids]))
    db.session.refresh(winner)
    _note_changes(made, contents[winner_id])
    merged = [str(one) for one in loser_ids]
    changes.mention(f"Merged {len(ids)} customers into {winner.name}", kind="merge", actor=actor, elsewhere=made.path)
    events.emit("customer.merged", actor=actor, subject_id=winner_id, merged=merged, merge_id=str(made.merge_id))
    return made


def _remove(losers: Sequence[Customer]) -> None:
    for loser in losers:
        db.session.expunge(loser)
    db.session.execute(REMOVE, {"ids": [loser.person_id for loser in losers]})


def _note_changes(made: Merge, before: dict[str, Any]) -> None:
    """Keep what of the winner became otherwise, for the way back."""
    after = _content(made.winner_id)
    changed = [name for name in after if name not in NEVER and after[name] != before[name]]
    made.before = {name: before[name] for name in changed}
    made.after = {name: after[name] for name in changed}
    db.session.flush()


def lock(ids: Sequence[UUID], actor: Actor) -> dict[UUID, Customer]:
    """Hold some customers until the transaction ends: nobody merges them or gives them anything meanwhile.

    Always in the same order, so that of two merges that want the same people one waits for the other.
    Raises: NotFound; CannotMerge for an erased one.
    """
    sign_writes(db.session())
    db.session.execute(LOCK, {"ids": list(ids)})
    rows = db.session.scalars(
        select(Customer)
        .where(one_of(Customer.person_id, ids), visible_to(actor))
        .order_by(Customer.person_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(ids):
        raise NotFound("Not all of them are there any more. Somebody may have merged or erased one meanwhile.")
    if any(one.is_erased for one in rows):
        raise CannotMerge("An erased customer stays as they are.")
    return {one.person_id: one for one in rows}


def _content(person_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = db.session.scalar(CONTENT, {"id": person_id})
    return found


def _filled(winner: dict[str, Any], losers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is nobody's choice: gaps are filled from the losers, and they came when the first of them did."""
    filled: dict[str, Any] = {"created_at": min(one["created_at"] for one in (winner, *losers))}
    for name in winner.keys() - {*FIELDS, *WITH_EMAIL, *NEVER, *APART, *filled}:
        found = [one[name] for one in (winner, *losers)]
        value = next((one for one in found if one not in EMPTY), found[0])
        if value != winner[name]:
            filled[name] = value
    return filled


def _custom(winner: Customer, losers: Sequence[Customer]) -> dict[str, Any]:
    """The winner's values of the shop's own fields, each gap filled from a loser and sealed anew."""
    filled = dict(winner.custom)
    for loser in losers:
        for field in definitions.of(following.RECORD_KIND):
            if field.key not in filled and field.key in loser.custom:
                plain = custom_values.plain(field, loser.person_id, loser.custom)
                filled[field.key] = custom_values.seal(field, winner.person_id, plain)
    return filled


def _write(person_id: UUID, values: Mapping[str, Any]) -> None:
    """Write values as they stand in a row's JSON, sealed ones as they are."""
    if values:
        assignments = ", ".join(f'"{name}" = was."{name}"' for name in values)
        db.session.execute(text(WRITE.format(assignments=assignments)), {"id": person_id, "values": json.dumps(values)})


def undo(merge: Merge, *, actor: Actor) -> list[str]:
    """Part again who was made one; returns in words what could not be put back.

    Raises: CannotUndo after 30 days, when it was undone, or when the winner is gone.
    """
    sign_writes(db.session())
    db.session.execute(LOCK, {"ids": [merge.winner_id]})
    db.session.refresh(merge, with_for_update=True)
    if not merge.can_be_undone:
        raise CannotUndo("It was undone already, or is more than 30 days old.")
    winner = db.session.get(Customer, merge.winner_id, with_for_update=True, populate_existing=True)
    if winner is None or winner.is_erased:
        raise CannotUndo("Whoever was kept is gone. If they were merged into somebody else, undo that first.")
    kept = _put_back(merge)
    losers = db.session.scalars(
        select(MergedPerson).where(MergedPerson.merge_id == merge.merge_id).order_by(MergedPerson.loser_id)
    ).all()
    for loser in losers:
        kept += _restore(loser)
    stayed = following.move_back(merge.merge_id, merge.winner_id)
    if stayed:
        kept.append(f"{stayed} of what followed was given to somebody else since, and stays there")
    parted = [loser.loser_id for loser in losers]
    consent.share_withdrawals(merge.winner_id, parted, since=merge.at, actor=actor)
    merge.undone_at, merge.undone_by, merge.kept = now(), actor.id, kept
    changes.mention_undone(merge.path, actor=actor)
    db.session.flush()
    db.session.expire_all()
    ids = [str(one) for one in parted]
    events.emit("customer.parted", actor=actor, subject_id=merge.winner_id, parted=ids, merge_id=str(merge.merge_id))
    return kept


def _put_back(merge: Merge) -> list[str]:
    """Give the winner the earlier values of what nobody changed since; returns what somebody did."""
    before, after, present = merge.before or {}, merge.after or {}, _content(merge.winner_id)
    back = {name: before[name] for name in before if present.get(name) == after[name] and name in present}
    taken = _taken(back, merge.winner_id)
    _write(merge.winner_id, {name: value for name, value in back.items() if name not in taken})
    left = {LABELS.get(name, "") for name in before.keys() - back.keys() | taken}
    return [f"{label} of who was kept stays as it is now: somebody changed it since" for label in sorted(left - {""})]


def _restore(loser: MergedPerson) -> list[str]:
    """Bring somebody back as they were; an email or reference that somebody else has by now stays with them."""
    content = loser.content or {}
    taken = _taken(content, loser.loser_id)
    values = {**content, **dict.fromkeys(taken)}
    db.session.execute(text(RESTORE), {"content": json.dumps(values)})
    db.session.execute(text("DELETE FROM stage_changes WHERE person_id = :id"), {"id": loser.loser_id})
    name = f"{content.get('first_name', '')} {content.get('last_name', '')}".strip() or "Somebody"
    return [f"{LABELS[one]} of {name} belongs to somebody else by now" for one in sorted(taken)]


def _taken(values: Mapping[str, Any], person_id: UUID) -> set[str]:
    """Which of an email and a reference belong to somebody else."""
    found = db.session.execute(
        TAKEN, {"email": values.get("email"), "reference": values.get("reference"), "id": person_id}
    ).one()
    return {name for name, is_taken in zip(("email", "reference"), found, strict=True) if is_taken}


def tell_apart(first_id: UUID, second_id: UUID, *, actor: Actor) -> DuplicatePair:
    """Remember that two customers are not the same person. Raises: NotFound for a pair that was never alike."""
    pair = _pair(first_id, second_id)
    pair.state, pair.decided_by, pair.decided_at = "different", actor.id, now()
    db.session.flush()
    return pair


def ask_again(first_id: UUID, second_id: UUID) -> DuplicatePair:
    """Undo `tell_apart`."""
    pair = _pair(first_id, second_id)
    pair.state, pair.decided_by, pair.decided_at = "open", None, None
    db.session.flush()
    return pair


def _pair(first_id: UUID, second_id: UUID) -> DuplicatePair:
    pair = db.session.get(DuplicatePair, tuple(sorted((first_id, second_id))), with_for_update=True)
    if pair is None:
        raise NotFound
    return pair


def look_for_all(*, actor: Actor | None = None) -> None:
    """Queue the search among everybody, unless it waits already."""
    jobs.enqueue(FIND, {}, lane="bulk", key=FIND, actor_id=actor.id if actor else None)


def look_daily() -> None:
    """Queue it unless somebody looked today: a clock that starts again keeps no worker busy for that. A duty of it."""
    lately = select(Job.job_id).where(Job.name == FIND, Job.state == "done", Job.finished_at > now() - LOOKED_WITHIN)
    if not db.session.scalar(select(lately.exists())):
        look_for_all()


def forget_old() -> int:
    """Forget what moved in merges of more than 30 days ago; returns how many. A duty of the clock."""
    old = select(Merge).where(Merge.before.is_not(None), Merge.at < now() - UNDO_WITHIN).limit(FORGOTTEN_AT_ONCE)
    merges = db.session.scalars(old).all()
    for merge in merges:
        merge.before = merge.after = None
        db.session.execute(delete(MergeMove).where(MergeMove.merge_id == merge.merge_id))
        db.session.execute(update(MergedPerson).where(MergedPerson.merge_id == merge.merge_id).values(content=None))
    return len(merges)
