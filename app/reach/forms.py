"""What people type about touch tasks, a step at a time."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from wtforms import (
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.db import is_storable
from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.engine.events import catalogue
from app.engine.schedules.due_times import Rule
from app.engine.schedules.forms import HOW, RuleForm
from app.reach import words
from app.reach.actions import LONGEST_COMMENT, LONGEST_NAME, MOST_BY_HAND, TaskDetails
from app.reach.models import STATES
from app.reach.reports.figures import TaskFilter
from app.reach.triggers import OWN

LARGEST_LIST_BYTES = 4 * 1024 * 1024
HEADS = ("email", "e-mail", "mail", "reference", "customer", "id")
CONDITIONS = 3
OWN_EVENT = "own"
REACH_BY = (
    ("first", "By the first channel that is open to each person; where it cannot reach them, by the next"),
    ("every", "By every channel that is open to them"),
)
AUDIENCES = (
    ("filter", "Everybody whom a filter finds"),
    ("segment", "A segment"),
    ("list", "A list of emails or references"),
)
TIMINGS = (
    ("now", "As soon as you launch it"),
    ("at", "Once, at a time"),
    ("recurring", "Again and again"),
    ("event", "Whenever something happens to a customer"),
)
RECURRING = tuple(one for one in HOW if one[0] != "at")


class WhatForm(Form):
    """What is written, and how it reaches people. `offered_for`: the template whose channels stand in the form."""

    name = StringField(
        "Name",
        [InputRequired("Give it a name."), Length(max=LONGEST_NAME)],
        filters=[strip],
        description="For you and your colleagues; customers do not see it.",
    )
    template_id = SelectField("What is written", [InputRequired("Choose what is written.")], validate_choice=False)
    offered_for = HiddenField()
    channels = SelectMultipleField(
        "How it reaches people",
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    reach_by = RadioField("Each person gets it", choices=REACH_BY, default="first")
    comment = TextAreaField("Comment", [Length(max=LONGEST_COMMENT)], filters=[strip])

    def validate_channels(self, field: SelectMultipleField) -> None:
        """Nobody is reached by none. Raises: ValidationError."""
        if not field.data:
            raise ValidationError("Choose at least one channel.")

    @property
    def chosen_template(self) -> UUID | None:
        """The template that is chosen now; None for none, or what is no id."""
        return read_id(self.template_id.data)

    def apply(self, details: TaskDetails) -> TaskDetails:
        """What is decided, with what this step says."""
        return replace(
            details,
            name=self.name.data or "",
            template_id=self.chosen_template,
            channels=tuple(self.channels.data or ()),
            reach_by=self.reach_by.data or "first",
            comment=self.comment.data or "",
        )


class WhoForm(Form):
    """Who is meant; `where`: the filter, as the builder wrote it."""

    audience = RadioField("Who gets it", choices=AUDIENCES, default="filter")
    where = HiddenField()
    segment_id = SelectField("Segment", validate_choice=False)
    people = TextAreaField("Emails or references", filters=[strip], description="One in each line, or with commas.")
    file = FileField("Or a file of them", description="CSV or plain text; of each line the email counts, or the first.")

    def read_people(self) -> list[str]:
        """The emails and references of the field and the file. Raises: Invalid, by field."""
        typed = (self.people.data or "").replace(",", "\n").replace(";", "\n").split("\n")
        sent = request.files.get("file")
        rows = _rows_of(sent.stream.read(LARGEST_LIST_BYTES + 1)) if sent and sent.filename else []
        named = [word.strip() for word in (*typed, *rows)]
        named = [word for word in dict.fromkeys(named) if word and is_storable(word)]
        if len(named) > MOST_BY_HAND:
            raise Invalid(errors={"people": [f"Name at most {MOST_BY_HAND:,} customers; make a segment of more."]})
        return named

    def apply(self, details: TaskDetails, tree: Mapping[str, Any], people: Iterable[UUID]) -> TaskDetails:
        """What is decided, with what this step says."""
        audience = self.audience.data or "filter"
        return replace(
            details,
            audience=audience,
            tree=tree if audience == "filter" else details.tree,
            segment_id=read_id(self.segment_id.data) if audience == "segment" else None,
            people=tuple(people) if audience == "list" else (),
        )


class WhenForm(RuleForm):
    """When it goes; `where`: the filter that still has to hold as it is sent."""

    how = SelectField("It goes", choices=RECURRING, default="weekly")
    timing = RadioField("When it goes", choices=TIMINGS, default="now")
    event_type = SelectField("What happens", validate_choice=False)
    own_event = StringField(
        "Its name",
        [Length(max=80)],
        filters=[strip],
        description="What your program sends to /api/v1/touch/events, such as trial.ending.",
    )
    delay = IntegerField("How long after it", [Optional()], default=0)
    delay_unit = SelectField("Unit of time", choices=[(unit, unit) for unit in words.UNITS], default="minutes")
    where = HiddenField()

    @property
    def event_name(self) -> str | None:
        """The event that is chosen now."""
        if self.event_type.data == OWN_EVENT:
            return OWN + (self.own_event.data or "")
        return self.event_type.data or None

    def apply(self, details: TaskDetails, still_true: Mapping[str, Any]) -> TaskDetails:
        """What is decided, with what this step says. Raises: Invalid, by field."""
        timing = self.timing.data or "now"
        decided = replace(details, timing=timing, rule=None, event_type=None, event_conditions={}, delay_minutes=0)
        if timing in ("at", "recurring"):
            return replace(decided, rule=self._rule(timing), still_true=still_true)
        if timing == "event":
            return replace(
                decided,
                event_type=self.event_name,
                event_conditions=read_conditions(self.event_name),
                delay_minutes=(self.delay.data or 0) * words.UNITS.get(self.delay_unit.data, 1),
                still_true=still_true,
            )
        return replace(decided, still_true=still_true)

    def foresee(self) -> Rule:
        """The rule as the fields have it now. Raises: Invalid, by field."""
        return self._rule(self.timing.data or "now")

    def _rule(self, timing: str) -> Rule:
        if timing != "at":
            return self.read_rule()
        return Rule("at", self.moment.data or "", self.time_zone.data or "")

    def fill(self, details: TaskDetails, zone: str) -> None:
        """Show what is decided so far."""
        self.timing.data, self.time_zone.data = details.timing, details.rule.zone if details.rule else zone
        if details.rule is not None:
            self.show_rule(details.rule)
            self.how.data = self.how.data if details.timing == "recurring" else "weekly"
        self.delay.data, self.delay_unit.data = words.length_of(details.delay_minutes)
        is_own = (details.event_type or "").startswith(OWN)
        self.event_type.data = OWN_EVENT if is_own else details.event_type
        self.own_event.data = (details.event_type or "").removeprefix(OWN) if is_own else ""

    def blame(self, refusal: Invalid) -> None:
        """Show a refusal at the fields it is about."""
        place = "moment" if self.timing.data == "at" else "how"
        names = {"rule": place, "delay_minutes": "delay", "time_zone": "time_zone"}
        errors = {names.get(name, name): said for name, said in refusal.errors.items()}
        super().blame(Invalid(str(refusal), errors=errors))


def read_conditions(event_name: str | None) -> dict[str, Any]:
    """What the event has to tell: field -> value, each of the type that the catalogue knows. Raises: Invalid."""
    known = catalogue.TYPES[event_name].fields if event_name in catalogue.TYPES else {}
    conditions = {}
    for place in range(1, CONDITIONS + 1):
        field = request.form.get(f"field{place}", "").strip()
        value = request.form.get(f"value{place}", "").strip()
        if not field:
            continue
        if not is_storable(field + value) or len(field + value) > 300:
            raise Invalid(errors={"event_type": ["Use plain characters, and not too many."]})
        if known and field not in known:
            raise Invalid(errors={"event_type": [f"This event tells nothing of “{field[:40]}”."]})
        conditions[field] = _as(value, known.get(field))
    return conditions


def _as(value: str, wanted: type | tuple[type, ...] | None) -> Any:
    kinds = wanted if isinstance(wanted, tuple) else (wanted,)
    said = {"true": True, "yes": True, "false": False, "no": False}.get(value.lower())
    if said is not None and (bool in kinds or wanted is None):
        return said
    if wanted is None or int in kinds or float in kinds:
        try:
            return int(value)
        except ValueError:
            if str not in kinds and wanted is not None:
                raise Invalid(errors={"event_type": [f"“{value[:40]}” is no whole number."]}) from None
    return value


def _rows_of(content: bytes) -> list[str]:
    if len(content) > LARGEST_LIST_BYTES:
        raise Invalid(errors={"file": ["This file is larger than 4 MB. Make a segment of so many."]})
    text = content.decode("utf-8-sig", errors="replace")
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error:
        raise Invalid(errors={"file": ["This file cannot be read. Save it as CSV or plain text."]}) from None
    if rows and rows[0] and any(cell.lower() in HEADS for cell in rows[0]):
        del rows[0]
    return [next((cell for cell in row if "@" in cell), row[0]) for row in rows if row]


def read_filter(values: Mapping[str, str]) -> TaskFilter:
    """The list's filter as its address has it. Raises: Invalid for a view there is not."""
    state = values.get("state", "")
    if state not in ("", *STATES):
        raise Invalid("This list has no such view.")
    q = " ".join(values.get("q", "")[:200].split())
    return TaskFilter(q if is_storable(q) else "", state)


def read_id(value: Any) -> UUID | None:
    """An id as a form has it; None for what is none."""
    try:
        return UUID(str(value))
    except ValueError:
        return None
