"""What can be done to many customers at once."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import Invalid
from app.engine.bulk.columns import set_column, tell_changed
from app.engine.bulk.kinds import GONE, BulkAction, BulkField, Choices, Outcome, Work, edit_action
from app.engine.changes.models import ChangedRow, ChangeSet
from app.engine.events import actions as events
from app.people import actions, conversion, details, queries
from app.people.access import visible_to
from app.people.forms import STAGE_LABELS
from app.people.models import Customer, Employee

PATH = "/customers"
MANY = 1_000
LOCALES = (("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish"), ("it", "Italian"))


def present(work: Work) -> Collection[UUID]:
    """Those of some customers whom the actor may change."""
    query = select(Customer.person_id).where(
        one_of(Customer.person_id, work.ids), visible_to(work.actor), Customer.erased_at.is_(None)
    )
    return db.session.scalars(query).all()


def write(work: Work, column: InstrumentedAttribute[Any], value: Any) -> Collection[UUID]:
    """Set one column of customers who are not erased, and tell of each when they are few."""
    changed = set_column(work, column, value, Customer.erased_at.is_(None))
    tell_changed(work, "customer.updated", changed, column)
    return changed


def tell_undone(undo: ChangeSet, actor: Actor) -> None:
    """Say of each customer whom an undo changed that they were changed, when they are few."""
    if undo.rows_changed > MANY:
        return
    of_this = (ChangedRow.change_set_id == undo.change_set_id, ChangedRow.table_name == "customers")
    rows = db.session.execute(
        select(ChangedRow.record_id, ChangedRow.after).where(*of_this, ChangedRow.action == "update")
    )
    told = [(person_id, {"fields": sorted(after)}) for person_id, after in rows]
    events.emit_many("customer.updated", told, actor=actor)


def _write_stage(work: Work, value: Any) -> Collection[UUID]:
    query = select(Customer.person_id, Customer.stage).where(one_of(Customer.person_id, work.ids))
    before = {row[0]: row[1] for row in db.session.execute(query)}
    changed = write(work, Customer.stage, value)
    if value == "customer":
        conversion.tell_converted({one: before[one] for one in changed}, actor=work.actor, how="hand")
    return changed


def _write_owner(work: Work, value: Any) -> Collection[UUID]:
    return write(work, Customer.owner_id, UUID(value) if value else None)


def read_owner(text: str) -> str:
    """Who shall look after something, "" for nobody. Raises: Invalid."""
    if text:
        owner = db.session.get(Employee, _id(text))
        if owner is None or not owner.is_active:
            raise Invalid("Choose somebody who works here.")
    return text


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("Choose somebody who works here.") from None


def _one_of(choices: Mapping[str, str], sentence: str) -> Any:
    def read(text: str) -> str:
        if text not in choices:
            raise Invalid(sentence)
        return text

    return read


def owners(_actor: Actor) -> Choices:
    """Who can look after something."""
    return [("", "Nobody"), *((str(one.person_id), one.name) for one in queries.list_owners())]


def _plain(column: InstrumentedAttribute[Any]) -> Any:
    return lambda work, value: write(work, column, value)


FIELDS = (
    BulkField("owner_id", "Looked after by", read_owner, _write_owner, owners),
    BulkField(
        "stage",
        "Stage",
        _one_of(STAGE_LABELS, "Choose a stage."),
        _write_stage,
        lambda _actor: list(STAGE_LABELS.items()),
    ),
    BulkField("country", "Country", details.name, _plain(Customer.country)),
    BulkField("source", "Came by", details.name, _plain(Customer.source)),
    BulkField(
        "locale",
        "Language",
        _one_of(dict(LOCALES), "Choose a language."),
        _plain(Customer.locale),
        lambda _actor: LOCALES,
    ),
)

EDIT = edit_action(PATH, permission="customers.edit", present=present)


def _read_reason(_actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
    reason = details.plain_text(typed.get("reason", ""), 1000)
    if not reason:
        raise Invalid(errors={"reason": ["Say why, for the record."]})
    return {"reason": reason}


def _erase(work: Work) -> Mapping[UUID, Outcome]:
    there = set(present(work))
    customers = db.session.scalars(select(Customer).where(one_of(Customer.person_id, there)))
    for customer in customers.all():
        actions.erase_customer(customer, actor=work.actor, reason=work.args["reason"])
    return {one: GONE for one in work.ids if one not in there}


ERASE = BulkAction(
    key="erase",
    label="Erase",
    permission="customers.erase",
    icon="trash",
    position=90,
    template="people/_bulk_erase.html",
    asks=lambda _actor: ("reason",),
    read=_read_reason,
    says=lambda _args, rows: f"Erased {rows}",
    run=_erase,
    is_final=True,
    at_once=50,
)
