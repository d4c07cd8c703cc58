"""Files that go with what was said.

/conversations/{id}/attachments  /attachments/{id}  /attachments/{id}/content
"""

from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.resources.conversations import may_speak
from app.api.resources.files import sent_file, taken_away
from app.api.schemas import attachments as shapes
from app.conversations.actions import attaching, messages, notes
from app.conversations.models import Channel
from app.conversations.queries import attachments, lookup
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.engine.files.models import File
from config import LARGEST_FILE_MB

bp = Blueprint(
    "Attachments",
    "Files that go with messages and private notes: for whoever may read the message.",
    largest_body=(LARGEST_FILE_MB + 1) * 1024 * 1024,
)

EXAMPLE = {"file": "The offer, as we spoke of it.", "content": "Here it is."}


@bp.route("/conversations/<uuid:conversation_id>/attachments")
class Attachments(MethodView):
    @bp.lists(shapes.AttachedFile)
    @access.requires("conversations.read")
    def get(self, wanted: dict[str, Any], conversation_id: UUID) -> Page[File]:
        """List the files of a conversation, the latest first"""
        channel = lookup.get_channel(actor(), conversation_id)
        return attachments.page_of_attachments(actor(), channel, wanted["after"], wanted["limit"])

    @bp.receives(shapes.AttachedFile, shapes.UPLOAD, example=EXAMPLE, at="/attachments")
    @access.requires("conversations.read")
    def post(self, conversation_id: UUID) -> File:
        """Say something with a file, to the customer or among employees

        It takes the rights that messages take. Emails take `files` of a message or of `/customers/{id}/emails`.
        """
        channel = lookup.get_channel(actor(), conversation_id)
        may_speak()
        sent = sent_file("content", "kind")
        upload = attaching.Upload(sent.filename or "file", sent.stream)
        words = attaching.words_or_names(request.form.get("content", ""), [upload])
        said = _say(channel, request.form.get("kind", "chat"), words)
        attaching.attach(channel.channel_id, said.comm_id, [upload], actor=actor())
        return attachments.list_of(said.comm_id)[0]


def _say(channel: Channel, kind: str, words: str) -> messages.Posted:
    if kind == "chat":
        return messages.post_message(channel.channel_id, words, actor=actor())
    if kind != "note" or not actor().is_staff:
        raise Invalid(errors={"kind": ["Files go with chat messages, and with private notes of employees."]})
    return notes.post_note(channel, words, actor=actor())


@bp.route("/attachments/<uuid:attachment_id>")
class OneAttachment(MethodView):
    @bp.reads(shapes.AttachedFile)
    @access.requires("conversations.read")
    def get(self, attachment_id: UUID) -> File:
        """Read what is known of a file"""
        return attachments.get_attachment(actor(), attachment_id)


@bp.route("/attachments/<uuid:attachment_id>/content")
class Content(MethodView):
    @bp.reads(shapes.AttachedContent)
    @access.requires("conversations.read")
    def get(self, attachment_id: UUID) -> File:
        """Download a file

        That it was downloaded is kept.
        """
        return taken_away(attachments.get_attachment(actor(), attachment_id))
