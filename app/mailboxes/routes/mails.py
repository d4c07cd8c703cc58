"""Mails to and from customers.

GET  /customers/<id>/email        form for a mail
POST /customers/<id>/email        send it
GET  /conversations/<id>/email    form for an answer within a conversation
POST /conversations/<id>/email    send it
GET  /mails/<id>                  one mail: who got it, its layout, the mail as it came
GET  /mails/<id>/layout           its cleaned layout, for a frame; ?pictures=1 with remote pictures
GET  /mails/<id>/source           the mail as it came, as a download
"""

from uuid import UUID, uuid4

from flask import Blueprint, Response, make_response, request

from app.conversations.models import Channel
from app.conversations.queries import lookup
from app.core import access, limits, web
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.mailboxes import queries, showing
from app.mailboxes.actions import sending
from app.mailboxes.forms import MailForm, sent_files
from app.mailboxes.threading import answer_to
from app.people import queries as people
from app.people.consent.leave import leave_for
from app.people.models import Customer

bp = Blueprint("mails", __name__)

MAILS_PER_PERSON = "60/minute"
LARGEST_FORM_BYTES = sending.LARGEST_FILES_BYTES + 1024 * 1024


@bp.route("/customers/<uuid:customer_id>/email", methods=["GET", "POST"])
@access.requires("conversations.answer")
def write(customer_id: UUID) -> Response:
    return _write(people.get_customer(actor(), customer_id), None, f"/customers/{customer_id}")


@bp.route("/conversations/<uuid:channel_id>/email", methods=["GET", "POST"])
@access.requires("conversations.answer")
def answer(channel_id: UUID) -> Response:
    channel = lookup.get_channel(actor(), channel_id)
    if channel.customer_id is None:
        raise NotFound
    return _write(people.get_customer(actor(), channel.customer_id), channel, f"/conversations/{channel_id}")


def _write(customer: Customer, channel: Channel | None, back: str) -> Response:
    request.max_content_length = LARGEST_FORM_BYTES
    proposed = answer_to(queries.last_subject(channel.channel_id)) or channel.topic if channel else ""
    form = MailForm(key=uuid4().hex, subject=proposed)
    if form.was_sent():
        limits.hit(MAILS_PER_PERSON, "mail", str(actor().id))
        said = {name: form[name].data or "" for name in ("subject", "content", "cc", "bcc")}
        said["purpose"] = form.purpose.data or "service"
        draft = sending.Draft(**said, files=sent_files(), client_key=form.key.data)
        try:
            sending.send_mail(customer, draft, actor=actor(), channel=channel)
            return web.go(web.safe_next(back), f"Email to {customer.name} is on its way.")
        except Invalid as refusal:
            form.blame(refusal)
    return web.render(
        "mailboxes/write.html",
        status=422 if form.errors else 200,
        form=form,
        customer=customer,
        back=back,
        reach=queries.reach_of(customer),
        leave=leave_for(customer, "email"),
        mailbox=queries.mailbox_for(channel),
    )


@bp.get("/mails/<uuid:comm_id>")
@access.requires("conversations.read")
def show(comm_id: UUID) -> Response:
    mail, email, channel = queries.get_mail(actor(), comm_id)
    return web.render(
        "mailboxes/mail.html",
        mail=mail,
        email=email,
        channel=channel,
        pictures=_wants_pictures(),
        has_remote=showing.has_remote_pictures(mail.html),
        source=actor().can("pii.read") and queries.has_source(comm_id),
    )


@bp.get("/mails/<uuid:comm_id>/layout")
@access.requires("conversations.read")
def layout(comm_id: UUID) -> Response:
    mail, _email, _channel = queries.get_mail(actor(), comm_id)
    inline = showing.inline_from(queries.inline_pictures(mail))
    response = make_response(showing.page_of(mail.html, pictures=_wants_pictures(), inline=inline))
    response.headers["Content-Security-Policy"] = showing.policy(pictures=_wants_pictures())
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/mails/<uuid:comm_id>/source")
@access.requires("conversations.read")
def source(comm_id: UUID) -> Response:
    queries.get_mail(actor(), comm_id)
    access.require(actor(), "pii.read")
    response = make_response(queries.source_of(comm_id))
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers["Content-Disposition"] = f'attachment; filename="{comm_id}.eml"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _wants_pictures() -> bool:
    return request.args.get("pictures") == "1"
