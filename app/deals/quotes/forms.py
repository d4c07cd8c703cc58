"""What people type about quotes."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.deals.models import Stage
from app.deals.quotes.actions import LONGEST_TERMS, QuoteDetails
from app.deals.quotes.models import Quote
from app.deals.quotes.queries import QuoteFilter
from app.engine.filters.forms import read_where
from app.people import details

VALID_DAYS = 30
LONGEST_SEARCH = 200
STATE_LABELS = {
    "open": "Open",
    "accepted": "Accepted",
    "declined": "Declined",
    "withdrawn": "Withdrawn",
    "replaced": "Replaced",
}
TONES = {"open": "info", "accepted": "good", "declined": "bad", "withdrawn": "off", "replaced": "off"}


class QuoteForm(Form):
    """What a quote says beside its lines."""

    valid_until = DateField("Valid until", [InputRequired("Choose a day.")])
    terms = TextAreaField("Terms", [Length(max=LONGEST_TERMS)], filters=[strip])
    accept_stage_id = SelectField("When the customer accepts")

    def offer_stages(self, stages: Sequence[Stage]) -> None:
        """Let acceptance win the deal, or move it to a stage."""
        moves = [(str(stage.stage_id), f"Move the deal to {stage.name}") for stage in stages]
        self.accept_stage_id.choices = [("", "Win the deal and write the receipt"), *moves]

    def begin(self, today: date, earlier: Quote | None) -> None:
        """Show what is usual, or what the version before says."""
        self.valid_until.data = today + timedelta(days=VALID_DAYS)
        if earlier:
            self.terms.data = earlier.terms
            self.accept_stage_id.data = str(earlier.accept_stage_id or "")

    def read(self) -> QuoteDetails | None:
        """The values, or None with the refusals in `errors`."""
        if not self.was_sent() or self.valid_until.data is None:
            return None
        stage = self.accept_stage_id.data
        terms = details.plain_text((self.terms.data or "").replace("\r\n", "\n"), LONGEST_TERMS)
        return QuoteDetails(self.valid_until.data, terms, UUID(stage) if stage else None)


def read_filter(values: MultiDict[str, str]) -> QuoteFilter:
    """The list's filter as its address has it. Raises: Invalid for a state that is none."""
    state = values.get("state", "")
    if state not in ("", *STATE_LABELS):
        raise Invalid("This list has no such view.")
    words = details.plain_text(values.get("q", "")[:LONGEST_SEARCH], LONGEST_SEARCH)
    return QuoteFilter(q=words, state=state, where=read_where("quote", values))
