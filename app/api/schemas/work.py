"""Runs through lists, and their steps."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Day, Flag, Moment, PageQuery, Schema, Text
from app.api.schemas.stars import Record
from app.api.schemas.views import LIST, QUERY
from app.engine.views.actions import LONGEST_QUERY
from app.people import details
from app.work.actions import LONGEST_NAME
from app.work.models import OUTCOMES


class WorkRunQuery(PageQuery):
    state = fields.String(load_default="unfinished", validate=validate.OneOf(("unfinished", "finished")))


class WorkRunIn(Schema):
    list = fields.String(required=True, validate=validate.Length(max=200), metadata={"description": LIST})
    query = fields.String(load_default="", validate=validate.Length(max=LONGEST_QUERY), metadata={"description": QUERY})
    name = Text(partial(details.plain_text, longest=LONGEST_NAME), LONGEST_NAME, load_default="")
    is_shared = Flag(load_default=True, metadata={"description": "Colleagues may go on with it, too."})


class WorkRun(Schema):
    id = fields.UUID(attribute="run.run_id", required=True)
    name = fields.String(attribute="run.name", required=True)
    list = fields.String(attribute="run.list", required=True, metadata={"description": LIST})
    query = fields.String(attribute="run.query", required=True, metadata={"description": QUERY})
    record_kind = fields.String(attribute="run.record_kind", required=True)
    address = fields.String(attribute="run.path", required=True, metadata={"description": "Where people go on."})
    owner_id = fields.UUID(attribute="run.owner_id", required=True)
    is_shared = fields.Boolean(attribute="run.is_shared", required=True)
    total = fields.Integer(attribute="progress.total", required=True)
    done = fields.Integer(attribute="progress.done", required=True)
    skipped = fields.Integer(attribute="progress.skipped", required=True)
    snoozed = fields.Integer(attribute="progress.snoozed", required=True)
    gone = fields.Integer(attribute="progress.gone", required=True)
    created_at = Moment(attribute="run.created_at", required=True)
    finished_at = Moment(attribute="run.finished_at", required=True, allow_none=True)


class WorkStep(Schema):
    position = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("waiting", "held", *OUTCOMES, "gone")))
    person_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Who holds it, or decided about it."}
    )
    held_until = Moment(required=True, allow_none=True)
    at = Moment(required=True, allow_none=True)
    record = fields.Nested(Record, required=True)


class WorkTurn(WorkRun):
    step = fields.Nested(
        WorkStep,
        required=True,
        allow_none=True,
        metadata={"description": "Null when none is left for the key’s owner."},
    )


class DecisionIn(Schema):
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))
    until = Day(
        load_default=None, allow_none=True, metadata={"description": "The day it is snoozed to; a task is made for it."}
    )
