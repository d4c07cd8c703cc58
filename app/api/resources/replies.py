"""Canned replies.

/replies  /replies/{id}
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import replies as shapes
from app.conversations.replies import actions, queries
from app.conversations.replies.actions import ReplyDetails
from app.conversations.replies.models import CannedReply
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.changes import actions as changes

bp = Blueprint("Canned replies", "What employees say often, under short names.")

EXAMPLE = {"name": "thanks", "body": "Thank you, {customer.first_name}!"}


@bp.route("/replies")
class Replies(MethodView):
    @bp.lists(shapes.Reply, shapes.ReplyQuery)
    @access.requires("conversations.answer")
    def get(self, wanted: dict[str, Any]) -> Page[CannedReply]:
        """List the canned replies one may use"""
        return queries.page_of_replies(
            actor(), words=wanted["q"], sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"]
        )

    @bp.creates(shapes.ReplyIn, shapes.Reply, example=EXAMPLE)
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any]) -> CannedReply:
        """Write a canned reply; for others it takes the right `replies.share`"""
        return actions.add_reply(ReplyDetails(**values), actor=actor())


@bp.route("/replies/<uuid:reply_id>")
class OneReply(MethodView):
    @bp.reads(shapes.Reply)
    @access.requires("conversations.answer")
    def get(self, reply_id: UUID) -> CannedReply:
        """Read a canned reply"""
        return queries.get_reply(actor(), reply_id)

    @bp.changes(shapes.ReplyChange, shapes.Reply, example=EXAMPLE)
    @access.requires("conversations.answer")
    def patch(self, values: dict[str, Any], reply_id: UUID) -> CannedReply:
        """Write a canned reply anew"""
        reply = versions.matching(queries.get_reply(actor(), reply_id, to_edit=True))
        before = ReplyDetails(reply.name, reply.body, reply.audience)
        actions.change_reply(reply, ReplyDetails(**{**asdict(before), **values}), actor=actor())
        return reply

    @bp.does(shapes.Reply)
    @access.requires("conversations.answer")
    def delete(self, reply_id: UUID) -> CannedReply:
        """Delete a canned reply; it stands among the changes, with its undo"""
        reply = queries.get_reply(actor(), reply_id, to_edit=True)
        changes.begin(f"Deleted the canned reply {reply.name}", kind="delete", actor=actor())
        actions.remove_reply(reply, actor=actor())
        return reply
