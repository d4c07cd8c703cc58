"""What employees type about conversations."""

from uuid import UUID

from wtforms import HiddenField, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional

from app.core.forms import Form, strip

OUTCOMES = ("Reached", "No answer", "Left a message", "Will call back")


def _identity(value: object) -> UUID:
    return UUID(str(value))


class CallForm(Form):
    """A call that took place."""

    direction = SelectField("Who called", choices=[("out", "We called"), ("in", "The customer called")])
    minutes = IntegerField("Minutes", default=5, validators=[Optional(), NumberRange(0, 1440)])
    outcome = SelectField("Outcome", choices=[(outcome, outcome) for outcome in OUTCOMES])
    notes = TextAreaField("What was said", filters=[strip], validators=[DataRequired(), Length(max=10_000)])


class EmailForm(Form):
    """An email to a customer."""

    key = HiddenField()
    subject = StringField("Subject", filters=[strip], validators=[DataRequired(), Length(max=200)])
    content = TextAreaField("Text", filters=[strip], validators=[DataRequired(), Length(max=10_000)])


class OpenForm(Form):
    """A new conversation with a customer or with colleagues."""

    key = HiddenField()
    people = SelectMultipleField("Colleagues", coerce=_identity, description="Hold Ctrl or Cmd to choose several.")
    topic = StringField("Topic", filters=[strip], validators=[Length(max=200)])
    message = TextAreaField("Message", filters=[strip], validators=[DataRequired(), Length(max=10_000)])


class RequestForm(Form):
    """A customer's request for a chat."""

    key = HiddenField()
    topic = StringField(
        "What is it about?", filters=[strip], validators=[Length(max=200)], description="For example: my last order"
    )
    message = TextAreaField("Your message", filters=[strip], validators=[DataRequired(), Length(max=10_000)])
