"""Writing canned replies, and counting how often they are used."""

from dataclasses import asdict, dataclass

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.conversations.actions import writing
from app.conversations.replies.access import may_change
from app.conversations.replies.models import CannedReply
from app.conversations.replies.placeholders import MEANINGS
from app.core.access import Actor
from app.core.db import db, is_storable
from app.core.errors import Invalid, NotAllowed
from app.engine.events import actions as events
from app.engine.placeholders.language import problems_in

LONGEST_NAME = 40
AUDIENCES = {"own": "Only me", "team": "My team", "everyone": "Everyone"}


@dataclass(frozen=True)
class ReplyDetails:
    """What somebody writes of a canned reply."""

    name: str
    body: str
    audience: str = "own"


def add_reply(details: ReplyDetails, *, actor: Actor) -> CannedReply:
    """Write one. Raises: Invalid, by field; NotAllowed to share without the right."""
    reply = CannedReply(owner_id=actor.id)
    _write(reply, details, actor)
    events.emit("reply.added", actor=actor, subject_id=reply.reply_id)
    return reply


def change_reply(reply: CannedReply, details: ReplyDetails, *, actor: Actor) -> None:
    """Write it anew. Raises: Invalid, by field; NotAllowed to share without the right."""
    _write(reply, details, actor)
    events.emit("reply.changed", actor=actor, subject_id=reply.reply_id)


def remove_reply(reply: CannedReply, *, actor: Actor) -> None:
    """Forget it."""
    events.emit("reply.removed", actor=actor, subject_id=reply.reply_id)
    db.session.delete(reply)
    db.session.flush()


def count_use(reply: CannedReply) -> None:
    """Note that it was put into a message. It is no change of the reply: whoever edits it is not disturbed."""
    used = update(CannedReply).where(CannedReply.reply_id == reply.reply_id).values(uses=CannedReply.uses + 1)
    db.session.execute(used.execution_options(synchronize_session=False))


def _write(reply: CannedReply, details: ReplyDetails, actor: Actor) -> None:
    reply.name, reply.body, reply.audience = asdict(_cleaned(details)).values()
    if not may_change(actor, reply):
        raise NotAllowed("You may write canned replies for yourself only.")
    reply.department = actor.department if reply.audience == "team" else ""
    try:
        with db.session.begin_nested():
            db.session.add(reply)
            db.session.flush()
    except IntegrityError as refusal:
        if "uq_canned_replies_name" in str(refusal.orig):
            raise Invalid(errors={"name": ["There is one of this name already."]}) from None
        raise


def _cleaned(details: ReplyDetails) -> ReplyDetails:
    """Raises: Invalid, by field."""
    errors: dict[str, list[str]] = {}
    name = "-".join(details.name.split()).lstrip("/")
    if not name or len(name) > LONGEST_NAME or not is_storable(name) or not name.isprintable():
        errors["name"] = [f"Enter a short name of at most {LONGEST_NAME} characters, such as opening-hours."]
    if details.audience not in AUDIENCES:
        errors["audience"] = ["Choose who may use it."]
    body = ""
    try:
        body = writing.clean(details.body, "body")
        if problems := problems_in(body, MEANINGS):
            errors["body"] = problems[:3]
    except Invalid as refusal:
        errors |= refusal.errors
    if errors:
        raise Invalid(errors=errors)
    return ReplyDetails(name, body, details.audience)
