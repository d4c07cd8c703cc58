"""The shop's mailboxes.

GET  /settings/mailboxes               all of them, and how they are
GET  /settings/mailboxes/new           form
POST /settings/mailboxes/new           set one up
GET  /settings/mailboxes/<id>          form, and what came lately
POST /settings/mailboxes/<id>          change it
POST /settings/mailboxes/<id>/check    try the connection
POST /settings/mailboxes/<id>/secret   another secret for signed mail
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, limits, web
from app.core.access import actor
from app.core.errors import Invalid
from app.mailboxes import queries
from app.mailboxes.actions import mailboxes, polling
from app.mailboxes.forms import MailboxForm
from app.mailboxes.models import Mailbox
from app.people.privacy import shown_email

bp = Blueprint("mailboxes", __name__)

CHECKS = "10/minute"
HERE = "/settings/mailboxes"


@bp.get(HERE)
@access.requires("mailboxes.configure")
def index() -> Response:
    return web.render("mailboxes/list.html", mailboxes=queries.list_mailboxes())


@bp.route(f"{HERE}/new", methods=["GET", "POST"])
@access.requires("mailboxes.configure")
def new() -> Response:
    form = MailboxForm()
    if form.was_sent():
        try:
            mailbox = mailboxes.add_mailbox(form.details, actor=actor())
            return web.go(f"{HERE}/{mailbox.mailbox_id}", "The mailbox is set up. Test its connection.")
        except Invalid as refusal:
            form.blame(refusal)
    return _show(None, form)


@bp.route(f"{HERE}/<uuid:mailbox_id>", methods=["GET", "POST"])
@access.requires("mailboxes.configure")
def edit(mailbox_id: UUID) -> Response:
    mailbox = queries.get_mailbox(mailbox_id)
    form = MailboxForm.of(mailbox)
    if form.was_sent():
        try:
            mailboxes.edit_mailbox(mailbox, form.details, actor=actor())
            return web.go(f"{HERE}/{mailbox_id}", "Saved.")
        except Invalid as refusal:
            form.blame(refusal)
    return _show(mailbox, form)


@bp.post(f"{HERE}/<uuid:mailbox_id>/check")
@access.requires("mailboxes.configure")
def check(mailbox_id: UUID) -> Response:
    limits.hit(CHECKS, "mailbox-check", str(actor().id))
    mailbox = queries.get_mailbox(mailbox_id)
    try:
        return web.go(f"{HERE}/{mailbox_id}", polling.check(mailbox))
    except Invalid as refusal:
        form = MailboxForm.of(mailbox)
        form.blame(refusal)
        return _show(mailbox, form, status=422)


@bp.post(f"{HERE}/<uuid:mailbox_id>/secret")
@access.requires("mailboxes.configure")
def renew_secret(mailbox_id: UUID) -> Response:
    mailbox = queries.get_mailbox(mailbox_id)
    secret = mailboxes.renew_secret(mailbox, actor=actor())
    return _show(mailbox, MailboxForm.of(mailbox), secret=secret)


def _show(mailbox: Mailbox | None, form: MailboxForm, *, secret: str = "", status: int = 0) -> Response:
    arrived = queries.page_of_raw(mailbox, request.args.get("after", "")) if mailbox else None
    return web.render(
        "mailboxes/form.html",
        status=status or (422 if form.errors else 200),
        mailbox=mailbox,
        form=form,
        secret=secret,
        hook_url=web.public_url("/hooks/email"),
        arrived=arrived,
        senders={one.raw_id: shown_email(one.sender, actor()) for one in arrived.rows} if arrived else {},
    )
