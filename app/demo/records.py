"""What the demo company wrote down: notes, files, tags, calls and fields on records of every kind."""

import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.accounts import sign_ins
from app.companies.models import Company
from app.conversations.actions import messages
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db
from app.deals.models import Deal
from app.deals.queries import deals
from app.deals.quotes import actions as quotes
from app.deals.quotes.actions import QuoteDetails
from app.demo import words
from app.engine.custom_fields import actions as fields
from app.engine.custom_fields import values
from app.engine.custom_fields.actions import FieldDetails
from app.engine.custom_fields.kinds import KINDS as WITH_FIELDS
from app.engine.files import actions as files
from app.engine.notes import actions as notes
from app.engine.records.kinds import KINDS
from app.engine.tags import actions as tags
from app.people.models import Customer
from app.products.models import Product

SHOP = "Lotus"
KNOWN = {"customer": 24, "company": 12, "product": 12, "deal": 16}
FIELDS = {
    "company": (FieldDetails("Gift budget", "money"), FieldDetails("Contract until", "date")),
    "product": (FieldDetails("Shelf"), FieldDetails("Supplier")),
    "deal": (FieldDetails("Occasion", "choice", [("", one) for one in words.OCCASIONS]),),
}


def write_down(people: Sequence[UUID]) -> None:
    """Let employees in turn write something about records of every kind."""
    actors = [actor for actor in map(sign_ins.actor_for, people) if actor]
    for kind, wanted in FIELDS.items():
        for one in wanted:
            fields.add_field(WITH_FIELDS[kind], one, actor=SYSTEM)
    for kind, rows in _rows().items():
        for number, row in enumerate(rows):
            _write_about(kind, row, number, actors[number % len(actors)])
    db.session.flush()


def _rows() -> dict[str, Sequence[Any]]:
    models = {"customer": Customer, "company": Company, "product": Product, "deal": Deal}
    return {
        kind: db.session.scalars(select(model).order_by(_first(kind)).limit(KNOWN[kind])).all()
        for kind, model in models.items()
    }


def _first(kind: str) -> Any:
    """Those that stand on top of their list."""
    return WITH_FIELDS[kind].entity.id.desc() if kind == "deal" else WITH_FIELDS[kind].entity.id


def _write_about(kind: str, row: Any, number: int, actor: Actor) -> None:
    record_id = WITH_FIELDS[kind].id_of(row)
    record = KINDS[kind].record(record_id, row.title if kind == "deal" else row.name)
    if number % 2 == 0:
        notes.add_note(record, words.NOTES[kind][number // 2 % len(words.NOTES[kind])], actor=actor)
    if number % 4 == 1:
        tags.tag_record(record, words.RECORD_TAGS[kind][number % len(words.RECORD_TAGS[kind])], actor=actor)
    if number % 6 == 0:
        name, text = words.FILES[number // 6 % len(words.FILES)]
        content = _paper(name, text) if name.endswith(".pdf") else text.encode()
        files.add_file(record, name, io.BytesIO(content), actor=actor)
    if kind == "customer":
        _talk(row, number, actor)
    else:
        if kind == "deal" and number % 3 == 0 and row.is_open and deals.list_lines(record_id):
            details = QuoteDetails(now().date() + timedelta(days=30), words.TERMS)
            quotes.make_quote(row, details, actor=actor)
        row.custom = values.put(kind, record_id, row.custom, _values(kind, number))


def _paper(name: str, text: str) -> bytes:
    from app.sales.pdf import Sheet  # noqa: PLC0415 - 23 MB that no process needs which makes no demo

    sheet = Sheet(name)
    sheet.heading(SHOP, name.removesuffix(".pdf"))
    sheet.remark(text)
    return bytes(sheet.output())


def _talk(customer: Customer, number: int, actor: Actor) -> None:
    at = now() - timedelta(days=2 + number, hours=number % 7)
    if number % 3 == 0:
        said = words.CALLS[number // 3 % len(words.CALLS)]
        messages.log_call(
            customer, actor=actor, duration_seconds=60 * (3 + number), notes=said, outcome="Reached", at=at
        )
    elif number % 3 == 1:
        subject, text = words.MAILS[number // 3 % len(words.MAILS)]
        messages.log_email(customer, actor=actor, subject=subject, content=text, is_incoming=number % 2 == 1, at=at)


def _values(kind: str, number: int) -> dict[str, Any]:
    if kind == "company":
        until = now().date() + timedelta(days=30 * (number + 1))
        return {"gift_budget": 25_000 * (number % 5 + 1), "contract_until": until.isoformat()}
    if kind == "product":
        return {"shelf": f"{'ABCD'[number % 4]}{number % 7 + 1}", "supplier": words.SUPPLIERS[number % 4]}
    return {"occasion": words.OCCASIONS[number % len(words.OCCASIONS)].lower()}
