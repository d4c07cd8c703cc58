"""What employees type about conversations."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app, request
from wtforms import (
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core.clock import now
from app.core.forms import Form, strip
from app.engine.schedules.due_times import to_utc

MINUTES = "%Y-%m-%dT%H:%M"
OUTCOMES = ("Reached", "No answer", "Left a message", "Will call back")


def _identity(value: object) -> UUID:
    return UUID(str(value))


class LoggedForm(Form):
    """What took place elsewhere. Its inputs have ids of their own, for it stands beside other forms."""

    at: DateTimeLocalField

    def __init__(self, prefix: str):
        super().__init__()
        for field in self:
            field.id = field.label.field_id = f"{prefix}-{field.short_name}"
        self.at.render_kw = {"max": wall_clock().strftime(MINUTES)}
        if request.method != "POST":
            self.at.data = wall_clock()

    def empty(self) -> None:
        """Be ready for the next one."""
        self.process()
        self.at.data = wall_clock()

    @property
    def moment(self) -> datetime | None:
        """When it was; None for just now."""
        if self.at.data is None or self.at.data == wall_clock():
            return None
        return to_utc(self.at.data, _zone())


class CallForm(LoggedForm):
    """A call that took place."""

    direction = SelectField("Who called", choices=[("out", "We called"), ("in", "The customer called")])
    minutes = IntegerField("Minutes", default=5, validators=[Optional(), NumberRange(0, 1440)])
    outcome = SelectField("Outcome", choices=[(outcome, outcome) for outcome in OUTCOMES])
    notes = TextAreaField("What was said", filters=[strip], validators=[DataRequired(), Length(max=10_000)])
    at = DateTimeLocalField("When", format=MINUTES, validators=[Optional()])

    def __init__(self) -> None:
        super().__init__("call")


class LoggedEmailForm(LoggedForm):
    """An email that went another way."""

    direction = SelectField("Who wrote", choices=[("out", "We wrote"), ("in", "The customer wrote")])
    subject = StringField("Subject", filters=[strip], validators=[DataRequired(), Length(max=200)])
    content = TextAreaField("What it says", filters=[strip], validators=[DataRequired(), Length(max=10_000)])
    at = DateTimeLocalField("When", format=MINUTES, validators=[Optional()])

    def __init__(self) -> None:
        super().__init__("mail")


def wall_clock() -> datetime:
    """What the clock on the shop's wall shows, to the minute."""
    return now().astimezone(_zone()).replace(second=0, microsecond=0, tzinfo=None)


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.extensions["rapport"].time_zone)


class OpenForm(Form):
    """A new conversation with a customer or with colleagues."""

    key = HiddenField()
    people = SelectMultipleField("Colleagues", coerce=_identity, description="Hold Ctrl or Cmd to choose several.")
    room_name = StringField(
        "Name of the room",
        filters=[strip],
        validators=[Length(max=80)],
        description="For a talk that goes on, such as Shop floor. Without a name it is a talk of these people.",
    )
    topic = StringField("Topic", filters=[strip], validators=[Length(max=200)])
    message = TextAreaField("Message", filters=[strip], validators=[DataRequired(), Length(max=10_000)])


class RequestForm(Form):
    """A customer's request for a chat."""

    key = HiddenField()
    topic = StringField(
        "What is it about?", filters=[strip], validators=[Length(max=200)], description="For example: my last order"
    )
    message = TextAreaField("Your message", filters=[strip], validators=[DataRequired(), Length(max=10_000)])
