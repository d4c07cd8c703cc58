"""Mailboxes, and mails.

/mailboxes  /mailboxes/{id}  .../checks  .../secret  .../raw-mails
/customers/{id}/emails
/mails/{id}  .../source
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import IO, Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Attachment, Blueprint
from app.api.resources.doors import named
from app.api.schemas import mailboxes as shapes
from app.core import access, limits
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.core.paging import Page
from app.engine.files import queries as files
from app.engine.files import store
from app.mailboxes import queries, showing
from app.mailboxes.actions import mailboxes, polling, sending
from app.mailboxes.actions.mailboxes import MailboxDetails
from app.mailboxes.models import Mailbox, RawMail
from app.mailboxes.routes.mails import MAILS_PER_PERSON
from app.mailboxes.routes.settings import CHECKS
from app.people import queries as people
from app.people.privacy import shown_email

bp = Blueprint("Mailboxes", "The shop’s addresses, what came to them, and mails with all that belongs to them.")

EXAMPLE = {
    "address": "hello@shop.example",
    "name": "The shop",
    "imap_host": "imap.shop.example",
    "imap_user": "hello",
    "imap_password": "kept sealed",
}
RFC822 = "message/rfc822"


@bp.route("/mailboxes")
class Mailboxes(MethodView):
    @bp.lists(shapes.MailboxRow)
    @access.requires("mailboxes.configure")
    def get(self, _wanted: dict[str, Any]) -> Page[Mailbox]:
        """List the mailboxes and how they are, the usual one first, all on one page"""
        found = queries.list_mailboxes()
        return Page(found, None, None, len(found))

    @bp.creates(shapes.MailboxIn, shapes.Mailbox, example=EXAMPLE)
    @access.requires("mailboxes.configure")
    def post(self, values: dict[str, Any]) -> Mailbox:
        """Set up a mailbox; mail that comes from now on is taken in"""
        return mailboxes.add_mailbox(MailboxDetails(**values), actor=actor())


@bp.route("/mailboxes/<uuid:mailbox_id>")
class OneMailbox(MethodView):
    @bp.reads(shapes.Mailbox)
    @access.requires("mailboxes.configure")
    def get(self, mailbox_id: UUID) -> Mailbox:
        """Read how a mailbox is set up, without its password"""
        return queries.get_mailbox(mailbox_id)

    @bp.changes(shapes.MailboxIn, shapes.Mailbox, example={"is_enabled": False})
    @access.requires("mailboxes.configure")
    def patch(self, values: dict[str, Any], mailbox_id: UUID) -> Mailbox:
        """Change a mailbox, or switch it off

        At another server, or as another user, mail counts from now on again.
        """
        mailbox = versions.matching(queries.get_mailbox(mailbox_id))
        mailboxes.edit_mailbox(mailbox, replace(mailboxes.details_of(mailbox), **values), actor=actor())
        return mailbox


@bp.route("/mailboxes/<uuid:mailbox_id>/checks")
class Checks(MethodView):
    @bp.does(shapes.MailboxCheck)
    @access.requires("mailboxes.configure")
    def post(self, mailbox_id: UUID) -> dict[str, Any]:
        """Try to open a mailbox as it is set up, ten times a minute at most"""
        mailbox = queries.get_mailbox(mailbox_id)
        limits.hit(CHECKS, "mailbox-check", str(actor().id))
        try:
            return {"id": mailbox_id, "works": True, "words": polling.check(mailbox)}
        except Invalid as refusal:
            (words,) = refusal.errors["imap_host"]
            return {"id": mailbox_id, "works": False, "words": words}


@bp.route("/mailboxes/<uuid:mailbox_id>/secret")
class SecretOfMailbox(MethodView):
    @bp.does(shapes.MailboxSecret)
    @access.requires("mailboxes.configure")
    def post(self, mailbox_id: UUID) -> Mailbox:
        """Renew the secret that signs mail, and read it; the old one ends at once"""
        mailbox = queries.get_mailbox(mailbox_id)
        mailboxes.renew_secret(mailbox, actor=actor())
        return mailbox


@bp.route("/mailboxes/<uuid:mailbox_id>/raw-mails")
class RawMails(MethodView):
    @bp.lists(shapes.RawMail)
    @access.requires("mailboxes.configure")
    def get(self, wanted: dict[str, Any], mailbox_id: UUID) -> Page[RawMail]:
        """List what came to a mailbox and what became of it, also what was held back, the newest first"""
        return queries.page_of_raw(queries.get_mailbox(mailbox_id), wanted["after"], wanted["limit"])


@bp.route("/customers/<uuid:customer_id>/emails")
class Emails(MethodView):
    @bp.creates(
        shapes.MailIn,
        shapes.Mail,
        example={"subject": "Your lamp", "content": "It is on its way.", "cc": ["desk@shop.example"]},
        at="/mails",
    )
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any], customer_id: UUID) -> dict[str, Any]:
        """Send a customer an email of its own; within a conversation, send a message of the kind `email`"""
        customer = people.get_customer(actor(), customer_id)
        with draft_of(values) as draft:
            return _shown(sending.send_mail(customer, draft, actor=actor()).comm_id)


@contextmanager
def draft_of(values: dict[str, Any]) -> Iterator[sending.Draft]:
    """A mail as it is sent, its files open meanwhile.

    Raises: Invalid for a file that this key may not read; TooManyRequests beyond what one person sends in a minute.
    """
    limits.hit(MAILS_PER_PERSON, "mail", str(actor().id))
    said = {"subject": "", **{name: values[name] for name in ("subject", "content", "purpose") if name in values}}
    copies = {name: ", ".join(values.get(name, ())) for name in ("cc", "bcc")}
    with ExitStack() as opened:
        along = [named("files", partial(_file, file_id, opened)) for file_id in values.get("files", ())]
        yield sending.Draft(**said, **copies, files=along)


def _file(file_id: UUID, opened: ExitStack) -> tuple[str, IO[bytes]]:
    file, _record = files.get_file(actor(), file_id)
    path = store.path_of(file.stored_as)
    if not path.is_file():
        raise NotFound
    return file.name, opened.enter_context(path.open("rb"))


@bp.route("/mails/<uuid:mail_id>")
class OneMail(MethodView):
    @bp.reads(shapes.Mail)
    @access.requires("conversations.read")
    def get(self, mail_id: UUID) -> dict[str, Any]:
        """Read a mail: who got it, its words, its layout made safe, its files, how its sending went

        For employees; addresses are masked for keys without `pii.read`. `id` is that of its message.
        """
        return _shown(mail_id)


def _shown(mail_id: UUID) -> dict[str, Any]:
    mail, email, channel = queries.get_mail(actor(), mail_id)
    layout = showing.clean(mail.html, pictures=False, inline=showing.inline_from(queries.inline_pictures(mail)))
    sending_state, refusal = queries.sending_of(mail)
    to = mail.to_addresses if mail.is_incoming else _masked(mail.to_addresses)
    return {
        **{name: getattr(mail, name, getattr(email, name, None)) for name in shapes.Mail().fields},
        "comm_id": mail_id,
        "conversation_id": channel.channel_id if channel else None,
        "from_address": shown_email(mail.from_address, actor()) if mail.is_incoming else mail.from_address,
        "to": to,
        "cc": _masked(mail.cc_addresses),
        "bcc": _masked(mail.bcc_addresses),
        "html": layout,
        "has_remote_pictures": showing.has_remote_pictures(mail.html),
        "files": mail.attachments,
        "sending": sending_state,
        "refusal": refusal if actor().can("pii.read") else "",
    }


def _masked(addresses: list[str]) -> list[str]:
    return [shown_email(one, actor()) for one in addresses]


@bp.route("/mails/<uuid:mail_id>/source")
class Source(MethodView):
    @bp.sends(RFC822)
    @access.requires("conversations.read")
    def get(self, mail_id: UUID) -> Attachment:
        """Fetch a mail as it came, for 90 days

        Whatever it holds is as the sender wrote it: it takes `pii.read`, too.
        """
        queries.get_mail(actor(), mail_id)
        access.require(actor(), "pii.read")
        return Attachment(f"{mail_id}.eml", RFC822, queries.source_of(mail_id))
