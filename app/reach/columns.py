"""What an export of deliveries holds."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.errors import NotFound
from app.engine.views.columns import Column, Face, Listing
from app.reach import queries, words
from app.reach.audience import REASONS
from app.reach.models import Delivery, Run
from app.reach.references import write
from app.reach.reports.deliveries import FILTERS, DeliveryRow, select_deliveries


def read_run(values: MultiDict[str, str]) -> tuple[Run, str, str]:
    """The run that an address names, what became of the deliveries it asks for, and for which cause.

    Raises: NotFound.
    """
    run_id, became = values.get("run", ""), values.get("became", "")
    if not (run_id.isascii() and run_id.isdigit() and len(run_id) < 19) or became not in FILTERS:
        raise NotFound
    return queries.get_run(int(run_id)), became, values.get("code", "")[:100]


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    run, became, code = read_run(values)
    chosen = select_deliveries(actor, run, became, code=code)
    return chosen.order_by(Delivery.person_id, Delivery.channel)


def _rows_of(_actor: Actor, found: Sequence[Any]) -> list[DeliveryRow]:
    return [DeliveryRow(*row) for row in found]


def became_of(row: DeliveryRow) -> str:
    """What became of it, in words."""
    if row.reason is not None:
        return f"Nothing: {REASONS.get(row.reason, row.reason).lower()}"
    return words.STEPS.get(row.kind or "", row.kind or "") or "Waiting"


DELIVERIES = Listing(
    "/reach/deliveries",
    "reach.read",
    lambda row: row.person_id,
    nouns=("delivery", "deliveries"),
    rows=_rows,
    rows_of=_rows_of,
    id_column=Delivery.person_id,
)
COLUMNS = (
    Column("name", "Customer", "title", lambda row: Face(row.name, f"/customers/{row.person_id}"), is_usual=True),
    Column("channel", "Channel", "text", lambda row: words.channel_label(row.channel), is_usual=True),
    Column("became", "What became of it", "text", became_of, is_usual=True),
    Column("at", "When", "when", lambda row: row.at, is_usual=True),
    Column("code", "Code", "text", lambda row: row.code or None, is_usual=True),
    Column("words", "Words", "words", lambda row: row.words or None, is_usual=True),
    Column("reference", "Reference", "text", lambda row: write(row.run_id, row.person_id, row.channel), is_usual=True),
)
