"""What people say of a segment."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import DataRequired, Length

from app.segments.actions import LONGEST_NAME, SegmentDetails
from app.segments.models import MODES


class SegmentForm(FlaskForm):
    """A name, and whether it follows its filter."""

    where = HiddenField()
    name = StringField("Name", [DataRequired("Enter a name."), Length(max=LONGEST_NAME)])
    mode = RadioField("Who is in it", choices=list(MODES.items()), default="dynamic")

    def read(self) -> SegmentDetails:
        """What was chosen."""
        return SegmentDetails(self.name.data or "", self.where.data or "", self.mode.data or "")
