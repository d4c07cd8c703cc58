"""The employees' conversations.

/conversations[?tab= ?q= ?where=]  /conversations/new  /conversations/stream  /conversations/<id>
/conversations/<id>/messages  .../draft  .../stream  .../reading  .../call
"""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, make_response, request

from app.conversations import columns, presence
from app.conversations.actions import attaching, channels, drafts, messages, notes
from app.conversations.forms import CallForm, OpenForm
from app.conversations.models import Channel
from app.conversations.queries import facts, lists, lookup, presets
from app.conversations.routes import attachments, listed, thread
from app.conversations.targets import queries as targets
from app.core import access, web
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.engine.hours.queries import shop_hours
from app.engine.views import queries as saved_views
from app.people import queries as people
from app.people.models import Customer

bp = Blueprint("conversations", __name__)


def _channel(channel_id: UUID) -> Channel:
    return listed.get_channel(channel_id)


@bp.get("/conversations")
@access.requires("conversations.answer")
def index() -> Response:
    saved = _saved()
    if saved.default and not request.args:
        return web.go(saved.default.address)
    return _page(None, saved)


@bp.get("/conversations/<uuid:channel_id>")
@access.requires("conversations.read")
def show(channel_id: UUID) -> Response:
    return _page(_channel(channel_id), _saved())


def _page(channel: Channel | None, saved: saved_views.ShownViews) -> Response:
    who, chosen = access.actor(), listed.read(channel)
    after = request.args.get("after", "")
    data: dict[str, Any] = {
        "tab": chosen.tab,
        "words": chosen.words,
        "where": chosen.where,
        "query": chosen.query,
        "listed": lists.list_conversations(who, chosen.tab, words=chosen.words, where=chosen.where, cursor=after),
        "now": now(),
        "channel": channel,
        "chosen_id": channel.channel_id if channel else None,
        "tabs": lists.TABS,
        "count": None if channel else lists.count_items(who, chosen.tab, words=chosen.words, where=chosen.where),
        "actions": columns.INBOX.actions_for(who),
        "tab_counts": lists.count_tabs(who),
        "saved": saved,
        "is_news": request.args.get("part") == "list" and web.wants_fragment(),
        "nav_count": lists.count_for(who) if web.wants_fragment() else None,
    }
    if data["is_news"]:
        return web.render("conversations/inbox.html", "conversations/_list.html", **data)
    if channel is not None:
        data |= _beside(channel)  # first: what it loads of the customer is asked for again
        data |= thread.data_of(channel)
    return web.render("conversations/inbox.html", "conversations/_thread.html" if channel else None, **data)


def _beside(channel: Channel) -> dict[str, Any]:
    """What only employees have beside a thread."""
    who = access.actor()
    beside, may_answer = facts.get_beside(who, channel), who.can("conversations.answer")
    chips = {"kind": "conversation", "path": "/conversations", "record_id": channel.channel_id, "can_edit": may_answer}
    return {
        "facts": beside.facts,
        "visitor": beside.visitor,
        "drafts": beside.drafts,
        "due": beside.due,
        "lookers": presence.list_lookers(channel.channel_id, who),
        "data": [{**chips, "tags": beside.labels}],
        "may_answer": may_answer,
        "priorities": targets.PRIORITIES,
        "may_exclude": who.can("ratings.exclude"),
        "presets": presets.list_presets(shop_hours(), now()) if channel.is_open else [],
    }


def _saved() -> saved_views.ShownViews:
    return saved_views.shown_views(access.actor(), "/conversations", request.args.get("view", ""))


@bp.get("/conversations/stream")
@access.requires("conversations.answer")
def stream() -> Response:
    return thread.stream(None)


@bp.get("/conversations/<uuid:channel_id>/stream")
@access.requires("conversations.read")
def channel_stream(channel_id: UUID) -> Response:
    return thread.stream(_channel(channel_id))


@bp.get("/conversations/<uuid:channel_id>/messages")
@access.requires("conversations.read")
def news(channel_id: UUID) -> Response:
    return thread.news(_channel(channel_id))


@bp.post("/conversations/<uuid:channel_id>/messages")
@access.requires("conversations.answer")
def post(channel_id: UUID) -> Response:
    listed.require_staff()
    uploads, who, page = attachments.read_uploads(), access.actor(), f"/conversations/{channel_id}"
    mode = request.form.get("mode", "reply")
    if mode != "note":
        return thread.post(channel_id, page, uploads)
    words = attaching.words_or_names(request.form.get("note", ""), uploads)
    noted = notes.post_note(_channel(channel_id), words, actor=who, client_key=request.form.get("key") or None)
    attaching.attach(channel_id, noted.comm_id, uploads, actor=who)
    return thread.posted_at(noted, page, noted.told.sentence, mode)


@bp.post("/conversations/<uuid:channel_id>/draft")
@access.requires("conversations.answer")
def save_draft(channel_id: UUID) -> Response:
    typed = request.form
    drafts.save_draft(
        _channel(channel_id),
        typed.get("mode", ""),
        typed.get("content", ""),
        actor=access.actor(),
        client_key=typed.get("key") or None,
    )
    return make_response("", 204)


@bp.post("/conversations/<uuid:channel_id>/reading")
@access.requires("conversations.read")
def read(channel_id: UUID) -> Response:
    return thread.mark_read(_channel(channel_id))


@bp.route("/conversations/new", methods=["GET", "POST"])
@access.requires("conversations.answer")
def new() -> Response:
    who = access.actor()
    customer = _customer_asked_for()
    form = OpenForm(key=uuid4().hex)
    form.people.choices = lookup.list_colleagues(who)
    if form.was_sent():
        chosen = lookup.list_people([*(form.people.data or []), *([customer.person_id] if customer else [])])
        try:
            channel = channels.open_channel(
                chosen,
                actor=who,
                topic=form.topic.data or "",
                message=form.message.data or "",
                client_key=form.key.data,
                room_name=form.room_name.data or "",
            )
            return web.go(f"/conversations/{channel.channel_id}")
        except Invalid as refusal:
            form.blame(refusal)
    status = 422 if form.errors else 200
    return web.render("conversations/new.html", status=status, form=form, customer=customer)


def _customer_asked_for() -> Customer | None:
    asked = request.args.get("customer", type=UUID)
    return people.get_customer(access.actor(), asked) if asked else None


@bp.route("/conversations/<uuid:channel_id>/call", methods=["GET", "POST"])
@access.requires("conversations.answer")
def call_in_channel(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    return _call(_customer_of(channel), channel, f"/conversations/{channel_id}")


def _customer_of(channel: Channel) -> Customer:
    if channel.customer_id is None:
        raise NotFound
    return people.get_customer(access.actor(), channel.customer_id)


def _call(customer: Customer, channel: Channel | None, back: str) -> Response:
    form = CallForm()
    if form.was_sent():
        messages.log_call(
            customer,
            actor=access.actor(),
            duration_seconds=60 * (form.minutes.data or 0),
            notes=form.notes.data or "",
            outcome=form.outcome.data,
            is_incoming=form.direction.data == "in",
            channel=channel,
        )
        return web.go(back, "Call written down.")
    status = 422 if form.errors else 200
    return web.render("conversations/call.html", status=status, form=form, customer=customer, back=back)
