"""What runs by itself, when, and how it went."""

from datetime import datetime
from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Text, Versioned, Whole, sort_field
from app.engine.schedules.actions import LONGEST_GRACE, LONGEST_NAME, MISFIRES, OVERLAPS
from app.engine.schedules.due_times import EARLIEST, LATEST, LONGEST_RULE
from app.engine.schedules.queries import ORDERS, STATES
from app.people import details

KINDS = ("cron", "interval", "at", "rrule")
ZONE = "A name of the time zone database, such as Europe/London; without it, the shop’s."


class Instant(fields.AwareDateTime):
    """A point in time as programs send it, with its offset."""

    def __init__(self, description: str):
        super().__init__(
            allow_none=True,
            load_default=None,
            validate=validate.Range(EARLIEST, LATEST, error="Choose a day of this century."),
            metadata={"description": description},
        )

    def _deserialize(self, value: object, attr: str | None, data: object, **more: object) -> datetime:
        try:
            return super()._deserialize(value, attr, data, **more)  # type: ignore[no-any-return,arg-type]
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from None


class Rule(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = Text(
        partial(details.plain_text, longest=LONGEST_RULE),
        LONGEST_RULE,
        required=True,
        metadata={
            "description": "By kind: `0 9 * * 1-5`, `15 minutes`, `2027-03-14T02:30`,"
            " `FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17`."
        },
    )


class ScheduleIn(Schema):
    name = Text(lambda text: " ".join(details.plain_text(text, LONGEST_NAME).split()), LONGEST_NAME, required=True)
    job = fields.String(required=True, metadata={"description": "What runs. It cannot be changed later."})
    payload = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        load_default=dict,
        metadata={"description": "What the job must be told."},
    )
    rule = fields.Nested(Rule, required=True)
    time_zone = fields.String(load_default="", metadata={"description": ZONE})
    starts_at = Instant("Nothing is due before; intervals and rrules count from here.")
    ends_at = Instant("Nothing is due after.")
    misfire = fields.String(
        load_default="once",
        validate=validate.OneOf(MISFIRES),
        metadata={"description": "What becomes of times at which Rapport did not run."},
    )
    grace_seconds = Whole(
        0, LONGEST_GRACE, load_default=300, metadata={"description": "A time later than this counts as missed."}
    )
    overlap = fields.String(
        load_default="skip",
        validate=validate.OneOf(OVERLAPS),
        metadata={"description": "What becomes of a run while the one before goes on."},
    )


class Schedule(Versioned):
    """What was decided; how it stands is in the list, among the runs and the due times."""

    id = fields.UUID(attribute="schedule_id", required=True)
    name = fields.String(required=True)
    job = fields.String(required=True)
    payload = fields.Dict(required=True, metadata={"additionalProperties": True})
    rule = fields.Nested(Rule, required=True)
    in_words = fields.String(required=True)
    time_zone = fields.String(required=True)
    starts_at = Moment(required=True, allow_none=True)
    ends_at = Moment(required=True, allow_none=True)
    misfire = fields.String(required=True)
    grace_seconds = fields.Integer(required=True)
    overlap = fields.String(required=True)
    paused_at = Moment(required=True, allow_none=True)
    owner_kind = fields.String(required=True, metadata={"description": "`staff`, or the kind of thing it belongs to."})
    owner_id = fields.UUID(required=True, allow_none=True)
    created_at = Moment(required=True)
    version = fields.Integer(required=True)


class ListedSchedule(Schedule):
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    next_due_at = Moment(required=True, allow_none=True)
    last_run_state = fields.String(required=True, allow_none=True)


class ScheduleQuery(PageQuery):
    q = Text(partial(details.plain_text, longest=200), 200, load_default="")
    state = fields.String(load_default="", validate=validate.OneOf(("", *STATES)))
    job = fields.String(load_default="", validate=validate.Length(max=100))
    sort = sort_field(ORDERS, "next")


class Run(Schema):
    id = fields.UUID(attribute="run_id", required=True)
    schedule_id = fields.UUID(required=True)
    due_at = Moment(required=True)
    is_by_hand = fields.Boolean(required=True)
    state = fields.String(
        required=True,
        metadata={"description": "`due` waits for the run before it; `lost` had a worker that died."},
    )
    attempt = fields.Integer(required=True)
    result = fields.Dict(required=True, allow_none=True, metadata={"additionalProperties": True})
    error = fields.String(required=True, allow_none=True)
    started_at = Moment(required=True, allow_none=True)
    finished_at = Moment(required=True, allow_none=True)


class DueTime(Schema):
    due_at = Moment(required=True)
    local = fields.String(required=True, metadata={"description": "What the clock shows in the schedule’s zone."})
