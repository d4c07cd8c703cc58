"""What is typed about a widget."""

from typing import Any

from wtforms import BooleanField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.widget.actions.widgets import (
    FEWEST_DAYS,
    LONGEST_NAME,
    LONGEST_TEXT,
    MINUTES_A_DAY,
    MOST_DAYS,
    WidgetDetails,
)
from app.widget.models import Widget

ASKS = [("no", "Do not ask"), ("optional", "Ask, may stay empty"), ("required", "Ask, must be filled")]
RULE_PARTS = 3


class VisitorForm(Form):
    """What is decided about visitors."""

    forget_after_days = IntegerField(
        "Days until visitors are forgotten",
        [NumberRange(FEWEST_DAYS, MOST_DAYS, f"Enter {FEWEST_DAYS} to {MOST_DAYS:,} days.")],
        description="After their last chat ended, for those who never proved who they are.",
    )


class WidgetForm(Form):
    """How a widget looks, what it says, and where it may stand."""

    name = StringField(
        "Name", [InputRequired(), Length(max=LONGEST_NAME)], filters=[strip], description="On the chat’s head."
    )
    colour = StringField("Colour", [InputRequired()], filters=[strip])
    side = SelectField("Corner", choices=[("right", "Bottom right"), ("left", "Bottom left")])
    greeting = TextAreaField("Greeting", [InputRequired(), Length(max=LONGEST_TEXT)], filters=[strip])
    away_text = TextAreaField(
        "When you are closed",
        [InputRequired(), Length(max=LONGEST_TEXT)],
        filters=[strip],
        description="When you are back is added from your opening hours.",
    )
    asks_name = SelectField("Name before the chat", choices=ASKS)
    asks_email = SelectField("Email before the chat", choices=ASKS)
    origins = TextAreaField(
        "Pages that may show it",
        filters=[strip],
        description="One origin on each line, such as https://www.example.com.",
    )
    tells_page = BooleanField("Tell employees which page the visitor is on")
    rules = TextAreaField(
        "Messages by themselves",
        filters=[strip],
        description="One on each line: page, seconds, words. Such as: /lamps/*, 20, Not sure which lamp fits? Ask us.",
    )
    offer_after_minutes = IntegerField(
        "Offer an answer by email after",
        [NumberRange(1, MINUTES_A_DAY)],
        description="Minutes nobody accepts, within opening hours.",
    )
    mail_after_minutes = IntegerField(
        "Mail an unread answer after", [NumberRange(1, MINUTES_A_DAY)], description="Minutes the visitor is away."
    )
    is_on = BooleanField("The chat is on")

    def fill(self, widget: Widget) -> None:
        """Show a widget as it is."""
        for field in self:
            if field.name not in ("origins", "rules"):
                field.data = getattr(widget, field.name)
        self.origins.data = "\n".join(widget.origins)
        self.rules.data = "\n".join(
            f"{rule['page'] or '*'}, {rule['seconds']}, {rule['words']}" for rule in widget.rules
        )

    def read(self) -> WidgetDetails | None:
        """The details typed, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        typed: dict[str, Any] = {field.name: field.data for field in self}
        try:
            rules = [_rule(line) for line in (self.rules.data or "").splitlines() if line.strip()]
        except Invalid as refusal:
            self.rules.errors = [str(refusal)]
            return None
        return WidgetDetails(**{**typed, "origins": (self.origins.data or "").splitlines(), "rules": rules})


def _rule(line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.split(",", RULE_PARTS - 1)]
    if len(parts) < RULE_PARTS or not parts[1].isdecimal() or not parts[1].isascii():
        raise Invalid(f"“{line.strip()[:60]}” is not page, seconds, words.")
    return {"page": parts[0], "seconds": int(parts[1][:6]), "words": parts[2]}
