"""What was begun in a conversation and not sent, and what was said as a whole.

/conversations/{id}/drafts  .../drafts/{mode}  .../transcript
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Attachment, Blueprint
from app.api.resources.conversations import may_speak
from app.api.schemas import drafts as shapes
from app.conversations.actions import drafts, transcripts
from app.conversations.models import Channel, Draft
from app.conversations.queries import drafts as kept
from app.conversations.queries import lookup, transcript
from app.conversations.routes.transcripts import MAILS_PER_PERSON
from app.core import access, limits
from app.core.access import actor
from app.core.paging import Page
from app.people.privacy import shown_email

bp = Blueprint("Drafts and transcripts", "What one began to write, and a conversation as a text or by mail.")

TEXT = "text/plain; charset=utf-8"


@bp.route("/conversations/<uuid:conversation_id>/drafts")
class Drafts(MethodView):
    @bp.lists(shapes.Draft)
    @access.requires("conversations.answer")
    def get(self, _wanted: dict[str, Any], conversation_id: UUID) -> Page[Draft]:
        """List one’s own drafts in a conversation, all on one page"""
        found = kept.list_drafts(actor(), _channel(conversation_id))
        return Page(found, None, None, len(found))

    @bp.does(shapes.Draft, shapes.DraftIn, example={"mode": "reply", "content": "I looked into it, and"})
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any], conversation_id: UUID) -> Draft:
        """Keep what one has written so far, in place of what was kept"""
        channel = _channel(conversation_id)
        drafts.save_draft(channel, **values, actor=actor())
        return kept.get_draft(actor(), channel, values["mode"])


@bp.route("/conversations/<uuid:conversation_id>/drafts/<mode>")
class OneDraft(MethodView):
    @bp.reads(shapes.Draft)
    @access.requires("conversations.answer")
    def get(self, conversation_id: UUID, mode: str) -> Draft:
        """Read one’s own draft of a mode: `reply` or `note`"""
        return kept.get_draft(actor(), _channel(conversation_id), mode)

    @bp.does(shapes.Draft)
    @access.requires("conversations.answer")
    def delete(self, conversation_id: UUID, mode: str) -> Draft:
        """Drop one’s own draft"""
        channel = _channel(conversation_id)
        draft = kept.get_draft(actor(), channel, mode)
        drafts.drop_draft(channel, mode, actor=actor())
        return draft


@bp.route("/conversations/<uuid:conversation_id>/transcript")
class Transcript(MethodView):
    @bp.sends(TEXT)
    @access.requires("conversations.read")
    def get(self, conversation_id: UUID) -> Attachment:
        """Read a conversation as a text: a line for each thing that its customer may read, too"""
        channel = _channel(conversation_id)
        return Attachment(f"conversation-{conversation_id}.txt", TEXT, transcript.text_of(channel).encode())

    @bp.does(shapes.TranscriptMail)
    @access.requires("conversations.read")
    def post(self, conversation_id: UUID) -> dict[str, Any]:
        """Have a conversation sent to its customer by mail, once for what was said until now

        A customer’s key asks for its own (right `conversations.request`), an employee’s for any it may see
        (right `conversations.answer`). At most 20 an hour.
        """
        channel = _channel(conversation_id)
        may_speak()
        limits.hit(MAILS_PER_PERSON, "transcript", str(actor().id))
        address = transcripts.send_transcript(channel, actor=actor())
        return {"id": conversation_id, "sent_to": shown_email(address, actor()) if actor().is_staff else address}


def _channel(conversation_id: UUID) -> Channel:
    return lookup.get_channel(actor(), conversation_id)
