"""What the list of quotes shows."""

from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.deals.quotes import forms, queries
from app.deals.quotes.models import Quote
from app.engine.views.columns import Column, Face, Listing, read_layout

PATH = "/quotes"


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout(PATH, values, actor)
    return queries.select_quotes(actor, forms.read_filter(values), sort=layout.sort, group=layout.group_key)


QUOTES = Listing(
    PATH,
    "deals.read",
    lambda row: row.quote.quote_id,
    sort="-at",
    nouns=("quote", "quotes"),
    kind="quote",
    rows=_rows,
    rows_of=queries.rows_in_list,
    id_column=Quote.quote_id,
)
COLUMNS = (
    Column("number", "Quote", "label", lambda row: Face(row.quote.label, f"{PATH}/{row.quote.quote_id}")),
    Column("deal", "Deal", "link", lambda row: (row.deal_title, f"/deals/{row.quote.deal_id}"), is_usual=True),
    Column("customer", "For", "text", lambda row: row.quote.customer_name, is_usual=True),
    Column(
        "state",
        "State",
        "state",
        lambda row: (forms.STATE_LABELS[row.quote.state], forms.TONES[row.quote.state]),
        is_usual=True,
        group=lambda row: row.quote.state,
    ),
    Column("at", "Made", "when", lambda row: row.quote.created_at, is_usual=True, sort="at", falls=True),
    Column("valid", "Valid until", "day", lambda row: row.quote.valid_until, is_usual=True, sort="valid", falls=True),
    Column(
        "total",
        "Total",
        "money",
        lambda row: (row.quote.total_minor, row.quote.currency),
        is_usual=True,
        sort="total",
        falls=True,
    ),
    Column("sent", "Mailed", "when", lambda row: row.quote.sent_at),
    Column("seen", "First seen", "when", lambda row: row.quote.seen_at),
    Column("answered", "Answered", "when", lambda row: row.quote.answered_at),
    Column("reason", "Declined because", "words", lambda row: row.quote.decline_reason),
)
