"""What people type about targets."""

import re
from typing import Any
from uuid import UUID

from wtforms import SelectField, StringField
from wtforms.validators import Length

from app.conversations.targets.models import TargetPolicy
from app.conversations.targets.queries import KINDS, PRIORITIES, list_labels
from app.core import display
from app.core.errors import Invalid
from app.core.forms import Form, strip

UNITS = {"min": 60, "h": 3600}
AMOUNT = re.compile(r"(\d{1,5})\s*(min|m|h)[a-z]*\.?")


def read_length(text: str) -> int | None:
    """Seconds of "30 min", "4 h", "1 h 30 min", or minutes as a bare number; None for nothing. Raises: Invalid."""
    words = text.strip().lower()
    if not words:
        return None
    if words.isascii() and words.isdigit():
        words += " min"
    found = AMOUNT.findall(words)
    if not found or AMOUNT.sub("", words).strip():
        raise Invalid("Enter a length of time such as 30 min or 4 h.")
    return sum(int(amount) * UNITS["h" if unit == "h" else "min"] for amount, unit in found)


def written(seconds: int | None) -> str:
    """As `read_length` reads it: hours and minutes, never days, which opening time does not have."""
    if seconds is None:
        return ""
    hours, minutes = divmod(seconds // 60, 60)
    return display.duration(seconds) if not hours else f"{hours} h" + (f" {minutes} min" if minutes else "")


class PolicyForm(Form):
    """Add or change a policy."""

    least_priority = SelectField("For", coerce=int)
    tag_id = SelectField("With the label", default="")
    first_seconds = StringField(KINDS["first"], [Length(max=40)], filters=[strip])
    next_seconds = StringField(KINDS["next"], [Length(max=40)], filters=[strip])
    resolution_seconds = StringField(
        KINDS["resolution"], [Length(max=40)], filters=[strip], description="Pauses while you wait for the customer."
    )

    def __init__(self, **values: Any):
        super().__init__(**values)
        self.least_priority.choices = [
            (0, "All conversations"),
            *((value, f"{name} and above") for value, name in PRIORITIES.items() if value),
        ]

        self.tag_id.choices = [("", "Any, or none"), *list_labels()]

    def fill(self, policy: TargetPolicy) -> None:
        """Show a policy as it is."""
        self.least_priority.data = policy.least_priority
        self.tag_id.data = str(policy.tag_id or "")
        for kind in KINDS:
            self[f"{kind}_seconds"].data = written(getattr(policy, f"{kind}_seconds"))

    def read(self) -> dict[str, Any] | None:
        """The policy's values, or None with the refusals in `errors`."""
        is_sound, targets = self.was_sent(), {}
        for kind in KINDS:
            field = self[f"{kind}_seconds"]
            try:
                targets[kind] = read_length(field.data or "")
            except Invalid as refusal:
                field.errors, is_sound = [*field.errors, str(refusal)], False
        if not is_sound:
            return None
        label = UUID(self.tag_id.data) if self.tag_id.data else None
        return {"least_priority": self.least_priority.data, "tag_id": label, "targets": targets}
