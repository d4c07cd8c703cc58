"""What people say of a segment."""

from collections.abc import Sequence
from uuid import UUID

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import DataRequired, Length

from app.core.errors import NotFound
from app.segments.actions import LONGEST_NAME, SegmentDetails
from app.segments.models import MODES, ON_STALE

BY_HAND = "static"
NOBODY_SAID = {"all": list[object]()}


class SegmentForm(FlaskForm):
    """A name, and whether it follows its filter; `people`: ids with commas between, of a segment made by hand."""

    where = HiddenField()
    people = HiddenField()
    name = StringField("Name", [DataRequired("Enter a name."), Length(max=LONGEST_NAME)])
    mode = RadioField("Who is in it", choices=list(MODES.items()), default="dynamic")
    on_stale = RadioField(
        "While a segment that stands in its filter could not be counted",
        choices=list(ON_STALE.items()),
        default="proceed",
    )

    def read(self) -> SegmentDetails:
        """What was chosen. Raises: NotFound for what are no ids."""
        people = read_ids((self.people.data or "").split(","))
        mode = BY_HAND if people else self.mode.data or ""
        where = self.where.data or (NOBODY_SAID if people else "")
        return SegmentDetails(self.name.data or "", where, mode, self.on_stale.data or "", people)


def read_ids(values: Sequence[str]) -> list[UUID]:
    """Ids as an address or a form has them. Raises: NotFound for what is none."""
    try:
        return [UUID(value) for value in values if value]
    except ValueError:
        raise NotFound from None
