"""What people type about schedules: plain fields for what is common, cron and calendar rules for the rest."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.db import is_storable
from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.engine.schedules import due_times, queries
from app.engine.schedules.actions import LONGEST_GRACE, LONGEST_NAME, Plan
from app.engine.schedules.catalogue import Schedulable, Value
from app.engine.schedules.due_times import Rule
from app.engine.schedules.models import Schedule
from app.engine.schedules.queries import ScheduleFilter
from app.engine.schedules.words import DAYS, ordinal

TOLD = InputRequired("Please fill this in.")
HOW = (
    ("daily", "Every day"),
    ("weekly", "Every week, on some days"),
    ("monthly", "Every month, on one day"),
    ("interval", "Again and again after some time"),
    ("at", "Once"),
    ("cron", "By a cron expression"),
    ("rrule", "By a calendar rule (RRULE)"),
)
UNITS = tuple((f"{unit}s", f"{unit}s") for unit in due_times.UNITS)
WEEK = tuple((str(day), DAYS[day][:3]) for day in (1, 2, 3, 4, 5, 6, 0))
MONTH_DAYS = (*((str(day), ordinal(day)) for day in range(1, 32)), ("L", "last day"))
MISFIRES = (
    ("once", "Run once as soon as it can"),
    ("skip", "Skip what was missed"),
    ("all", "Make up for every missed time"),
)
OVERLAPS = (
    ("skip", "Skip the new one"),
    ("queue", "Let the new one wait"),
    ("allow", "Run both at the same time"),
)
TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(:[0-9]{2})?", re.ASCII)
FIELD_OF_RULE = {
    "daily": "time",
    "weekly": "days",
    "monthly": "month_day",
    "interval": "every",
    "at": "moment",
    "cron": "cron",
    "rrule": "rrule",
}
PLAIN_CRON = re.compile(r"([0-9]+) ([0-9]+) ([0-9]+|L|\*) \* ([0-6](?:,[0-6])*|\*)", re.ASCII)


class RuleForm(Form):
    """When something happens again: plain fields, one of which says how they are meant."""

    how = SelectField("It runs", choices=HOW, default="weekly")
    time = StringField("At", default="09:00", filters=[strip])
    days = SelectMultipleField(
        "On", choices=WEEK, default=["1"], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    month_day = SelectField(
        "On the", choices=MONTH_DAYS, default="1", description="Months without that day are left out."
    )
    every = StringField("Every", default="1", filters=[strip])
    unit = SelectField("Unit", choices=UNITS, default="hours")
    moment = StringField("Day and time", filters=[strip])
    cron = StringField(
        "Cron expression", filters=[strip], description="Minute, hour, day, month, week day: 0 9 * * 1-5"
    )
    rrule = StringField("Calendar rule", filters=[strip], description="FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17;BYMINUTE=0")
    time_zone = StringField("Time zone", [TOLD], filters=[strip], description="Its clock counts, summer time included.")

    def read_rule(self) -> Rule:
        """When it runs, as the fields say. Raises: Invalid, by field."""
        zone = self.time_zone.data or ""
        how = self.how.data if self.how.data in FIELD_OF_RULE else "daily"
        kind, text = RULE_OF[how](self)
        if not is_storable(text + zone):
            raise Invalid(errors={"rule": ["Use plain characters."]})
        return Rule(kind, text, zone)

    def show_rule(self, rule: Rule) -> None:
        """Fill the fields that say the same."""
        for name, plain in plain_values(rule).items():
            self[name].data = plain


class ScheduleForm(RuleForm):
    """Make or change a schedule. `for_work` gives the form with the fields of what runs."""

    name = StringField("Name", [TOLD, Length(max=LONGEST_NAME)], filters=[strip])
    starts_at = StringField("Not before", filters=[strip])
    ends_at = StringField("Not after", filters=[strip])
    misfire = SelectField("When Rapport was off at that time", choices=MISFIRES, default="once")
    grace = IntegerField(
        "Minutes it may be late",
        [NumberRange(0, LONGEST_GRACE // 60, "Choose from 0 to 10,080 minutes.")],
        default=5,
        description="Beyond that a time counts as missed.",
    )
    overlap = SelectField("When the run before still goes on", choices=OVERLAPS, default="skip")

    work: Schedulable

    @classmethod
    def for_work(cls, work: Schedulable, **values: Any) -> "ScheduleForm":
        """The form with a field for each value the work must be told."""
        told = {f"payload_{value.name}": _field_of(value) for value in work.takes}
        return type(cls.__name__, (cls,), {**told, "work": work})(**values)  # type: ignore[no-any-return]

    def fill(self, schedule: Schedule) -> None:
        """Show a schedule as it is."""
        self.name.data, self.time_zone.data = schedule.name, schedule.time_zone
        self.misfire.data, self.overlap.data = schedule.misfire, schedule.overlap
        self.grace.data = -(-schedule.grace_seconds // 60)
        for field, moment in ((self.starts_at, schedule.starts_at), (self.ends_at, schedule.ends_at)):
            if moment is not None:
                field.data = moment.astimezone(ZoneInfo(schedule.time_zone)).strftime("%Y-%m-%dT%H:%M")
        for value in self.work.takes:
            self[f"payload_{value.name}"].data = schedule.payload.get(value.name, "")
        self.show_rule(schedule.rule)

    def read_rule(self) -> Rule:
        """When it runs, with its first and last moment. Raises: Invalid, by field."""
        zone = self.time_zone.data or ""
        return replace(
            super().read_rule(), starts_at=_moment(self.starts_at, zone), ends_at=_moment(self.ends_at, zone)
        )

    def read(self) -> Plan | None:
        """The plan, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        try:
            rule = self.read_rule()
        except Invalid as refusal:
            self.blame(refusal)
            return None
        return Plan(
            self.work.name,
            rule,
            self.name.data or "",
            {value.name: self[f"payload_{value.name}"].data or "" for value in self.work.takes},
            self.misfire.data,
            (self.grace.data or 0) * 60,
            self.overlap.data,
        )

    def blame(self, refusal: Invalid) -> None:
        """Show a refusal at the fields it is about."""
        names = {"rule": FIELD_OF_RULE.get(self.how.data, "how"), "grace_seconds": "grace"}
        errors = {names.get(name, name.replace(".", "_")): said for name, said in refusal.errors.items()}
        super().blame(Invalid(str(refusal), errors=errors))


def _field_of(value: Value) -> Any:
    if value.choices:
        return SelectField(value.label, choices=list(value.choices))
    return StringField(value.label, [TOLD, Length(max=value.longest)], filters=[strip])


def _time(form: RuleForm) -> str:
    """Minute and hour as cron has them."""
    found = TIME.fullmatch(form.time.data or "")
    if found is None:
        raise Invalid(errors={"time": ["Write the time as 09:30."]})
    return f"{int(found[2])} {int(found[1])}"


def _week_days(form: RuleForm) -> str:
    days = [day for day in form.days.data or [] if day in dict(WEEK)]
    if not days:
        raise Invalid(errors={"days": ["Choose at least one day."]})
    return ",".join(sorted(days))


RULE_OF: dict[str, Callable[[RuleForm], tuple[due_times.Kind, str]]] = {
    "daily": lambda form: ("cron", f"{_time(form)} * * *"),
    "weekly": lambda form: ("cron", f"{_time(form)} * * {_week_days(form)}"),
    "monthly": lambda form: ("cron", f"{_time(form)} {form.month_day.data} * *"),
    "interval": lambda form: ("interval", f"{form.every.data} {form.unit.data}"),
    "at": lambda form: ("at", form.moment.data or ""),
    "cron": lambda form: ("cron", form.cron.data or ""),
    "rrule": lambda form: ("rrule", form.rrule.data or ""),
}


def _moment(field: StringField, zone: str) -> datetime | None:
    """A local time of the zone as a moment. Raises: Invalid, by the field's name."""
    if not field.data or zone not in due_times.zones():
        return None
    try:
        return due_times.to_utc(datetime.fromisoformat(field.data).replace(tzinfo=None), ZoneInfo(zone))
    except (ValueError, OverflowError):
        raise Invalid(errors={field.name: ["Write it as day and time: 2026-11-23T09:00."]}) from None


def plain_values(rule: Rule) -> dict[str, Any]:
    """The fields that say the same as a rule."""
    if rule.kind == "interval":
        number, unit = rule.text.split(" ")
        return {"how": "interval", "every": number, "unit": unit if unit.endswith("s") else f"{unit}s"}
    found = PLAIN_CRON.fullmatch(rule.text) if rule.kind == "cron" else None
    if found is None or (found[3] != "*" and found[4] != "*"):
        return {"how": rule.kind, {"at": "moment"}.get(rule.kind, rule.kind): rule.text}
    plain = {"time": f"{int(found[2]):02}:{int(found[1]):02}"}
    if found[4] != "*":
        return {**plain, "how": "weekly", "days": found[4].split(",")}
    return {**plain, "how": "daily"} if found[3] == "*" else {**plain, "how": "monthly", "month_day": found[3]}


def read_filter(values: Any) -> ScheduleFilter:
    """The list's filter as its address has it. Raises: Invalid for a view there is not."""
    state = values.get("state", "")
    if state not in ("", *queries.STATES):
        raise Invalid("This list has no such view.")
    q = " ".join(values.get("q", "")[:200].split())
    return ScheduleFilter(q=q if is_storable(q) else "", state=state)
