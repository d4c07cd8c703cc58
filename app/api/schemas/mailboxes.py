"""Mailboxes, mails as they came, and mails of conversations."""

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, Schema, Text, Versioned, Whole
from app.api.schemas.conversations import ALONG, COPIES, PURPOSE, SUBJECT, WORDS
from app.core.access import actor
from app.mailboxes.actions.mailboxes import LONGEST
from app.mailboxes.models import SECURITY
from app.people import details
from app.people.privacy import shown_email

WRITE_ONLY = {"description": "Kept sealed and never shown again; without it the present one stays."}


class MailboxIn(Schema):
    address = Text(details.email, 320, required=True)
    name = Text(str.strip, LONGEST["name"], required=True, metadata={"description": "What customers read."})
    signature = Text(str.strip, LONGEST["signature"])
    auto_reply = Text(str.strip, LONGEST["auto_reply"], metadata={"description": "Empty: nothing is sent."})
    is_default = Flag(metadata={"description": "Used for whatever names no mailbox; the others are not, then."})
    is_enabled = Flag(metadata={"description": "False switches it off: nothing is taken in or sent in its name."})
    imap_host = Text(str.strip, LONGEST["imap_host"], metadata={"description": "Empty: signed requests bring mail."})
    imap_port = Whole(1, 65_535)
    imap_security = fields.String(validate=validate.OneOf(list(SECURITY)))
    imap_user = Text(str.strip, LONGEST["imap_user"])
    imap_password = fields.String(load_only=True, validate=validate.Length(max=1000), metadata=WRITE_ONLY)


class Mailbox(Versioned):
    id = fields.UUID(attribute="mailbox_id", required=True)
    address = fields.String(required=True)
    name = fields.String(required=True)
    signature = fields.String(required=True)
    auto_reply = fields.String(required=True)
    is_default = fields.Boolean(required=True)
    is_enabled = fields.Boolean(required=True)
    imap_host = fields.String(required=True)
    imap_port = fields.Integer(required=True)
    imap_security = fields.String(required=True)
    imap_user = fields.String(required=True)
    has_password = fields.Function(
        lambda mailbox: mailbox.imap_password_enc is not None, required=True, metadata={"type": "boolean"}
    )
    created_at = Moment(required=True)
    version = fields.Integer(required=True)


class MailboxRow(Mailbox):
    checked_at = Moment(required=True, allow_none=True, metadata={"description": "When its mail was fetched last."})
    failing_since = Moment(required=True, allow_none=True)
    last_error = fields.String(required=True, metadata={"description": "Why it cannot be read, in the server’s words."})


class MailboxCheck(Schema):
    id = fields.UUID(required=True, metadata={"description": "The mailbox."})
    works = fields.Boolean(required=True)
    words = fields.String(required=True, metadata={"description": "What the server says, for people."})


class MailboxSecret(Schema):
    id = fields.UUID(attribute="mailbox_id", required=True)
    secret = fields.String(attribute="hook_secret", required=True)


class Address(fields.String):
    """An address beside no person’s record; masked for whom lacks the right to see it in full."""

    def _serialize(self, value: str | None, attr: str | None, obj: object, **_more: object) -> str:
        return shown_email(value or "", actor())


class RawMail(Schema):
    id = fields.UUID(attribute="raw_id", required=True)
    sender = Address(required=True)
    subject = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    source = fields.String(required=True, metadata={"description": "How it came: `imap` or `hook`."})
    outcome = fields.String(required=True, metadata={"description": "What became of it, or why it was held back."})
    mail_id = fields.UUID(
        attribute="comm_id", required=True, allow_none=True, metadata={"description": "At `/mails`, where it is one."}
    )
    received_at = Moment(required=True)


class MailIn(Schema):
    subject = SUBJECT(required=True)
    content = WORDS(required=True)
    cc = COPIES()
    bcc = COPIES()
    purpose = PURPOSE(
        load_default="service", metadata={"description": "News and offers go only to who agreed to them."}
    )
    files = ALONG(metadata={"description": "Ids of files that this key may read, at `/files`; each is sent along."})


class MailFile(Schema):
    id = fields.UUID(attribute="file_id", required=True, metadata={"description": "At `/files`."})
    name = fields.String(required=True)
    size_bytes = fields.Integer(required=True)


class Mail(Schema):
    id = fields.UUID(attribute="comm_id", required=True)
    conversation_id = fields.UUID(required=True, allow_none=True)
    mailbox_id = fields.UUID(required=True, allow_none=True)
    sender_id = fields.UUID(required=True, allow_none=True)
    receiver_id = fields.UUID(required=True, allow_none=True)
    at = Moment(required=True)
    is_incoming = fields.Boolean(required=True)
    is_automatic = fields.Boolean(required=True, metadata={"description": "A program wrote it."})
    from_name = fields.String(required=True)
    from_address = fields.String(required=True)
    to = fields.List(fields.String(), required=True)
    cc = fields.List(fields.String(), required=True)
    bcc = fields.List(fields.String(), required=True)
    subject = fields.String(required=True)
    content = fields.String(required=True, metadata={"description": "What was written now."})
    quoted = fields.String(required=True, metadata={"description": "The history below it."})
    html = fields.String(
        required=True,
        metadata={
            "description": "Its layout with nothing left that runs or fetches: no scripts, forms or remote pictures."
        },
    )
    has_remote_pictures = fields.Boolean(required=True, metadata={"description": "Some were left out."})
    files = fields.List(fields.Nested(MailFile), required=True)
    left_out = fields.String(required=True, metadata={"description": "Files of kinds that are not taken."})
    doubt = fields.String(required=True, metadata={"description": "Why its sender may be somebody else."})
    sending = fields.String(
        required=True,
        metadata={"enum": ["", "queued", "sent", "failed", "bounced"], "description": "Empty for what came in."},
    )
    refusal = fields.String(
        required=True, metadata={"description": "Why it failed or came back, for keys with `pii.read`."}
    )
