"""The employees' conversations.

/conversations[?tab= ?q= ?where=]  /conversations/new  /conversations/stream  /conversations/<id>
/conversations/<id>/messages  .../draft  .../stream  .../reading  .../acceptance  .../closure  .../closure/delete
.../owner  .../participants  .../participants/delete  .../call  .../email
/customers/<id>/email
"""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, make_response, request

from app.conversations.actions import channels, drafts, messages, notes
from app.conversations.forms import CallForm, EmailForm, OpenForm
from app.conversations.models import Channel
from app.conversations.queries import facts, lists, lookup
from app.conversations.routes import thread
from app.conversations.targets import queries as targets
from app.core import access, web
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.engine.filters.forms import read_where
from app.engine.views import queries as saved_views
from app.people import queries as people
from app.people.models import Customer

bp = Blueprint("conversations", __name__)


def _channel(channel_id: UUID) -> Channel:
    if not access.actor().is_staff:
        raise NotFound
    return lookup.get_channel(access.actor(), channel_id)


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
    who = access.actor()
    tab = request.args.get("tab") or _tab_of(channel)
    if tab not in lists.TABS:
        raise NotFound
    words, where = request.args.get("q", "")[:100], read_where("conversation", request.args)
    state = {"tab": tab, "q": words, "where": where.json if where else "", "view": request.args.get("view", "")}
    data: dict[str, Any] = {
        "tab": tab,
        "words": words,
        "where": where,
        "query": {key: [value] for key, value in state.items() if value},
        "listed": lists.list_conversations(who, tab, words=words, where=where, cursor=request.args.get("after", "")),
        "now": now(),
        "channel": channel,
        "chosen_id": channel.channel_id if channel else None,
        "tabs": lists.TABS,
        "tab_counts": lists.count_tabs(who),
        "saved": saved,
        "is_news": request.args.get("part") == "list" and web.wants_fragment(),
        "nav_count": lists.count_for(who) if web.wants_fragment() else None,
    }
    if data["is_news"]:
        return web.render("conversations/inbox.html", "conversations/_list.html", **data)
    if channel is not None:
        data |= thread.data_of(channel) | {"may_answer": who.can("conversations.answer")}
        beside = facts.get_beside(who, channel)
        data |= {"facts": beside.facts, "drafts": beside.drafts}
        data["due"] = targets.find_due(channel)
    return web.render("conversations/inbox.html", "conversations/_thread.html" if channel else None, **data)


def _saved() -> saved_views.ShownViews:
    return saved_views.shown_views(access.actor(), "/conversations", request.args.get("view", ""))


def _tab_of(channel: Channel | None) -> str:
    if channel is None:
        return "waiting"
    if channel.is_internal:
        return "team"
    if channel.is_snoozed:
        return "snoozed"
    if channel.is_open and channel.owner_id != access.actor().id:
        return "all"
    return {"waiting": "waiting", "open": "mine", "closed": "closed"}[channel.state]


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
    channel, page = _channel(channel_id), f"/conversations/{channel_id}"
    mode = request.form.get("mode", "reply")
    drafts.drop_draft(channel, mode, actor=access.actor())
    if mode != "note":
        return thread.post(channel, page)
    words, key = request.form.get("note", ""), request.form.get("key") or None
    noted = notes.post_note(channel, words, actor=access.actor(), client_key=key)
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


@bp.post("/conversations/<uuid:channel_id>/acceptance")
@access.requires("conversations.answer")
def accept(channel_id: UUID) -> Response:
    # Loaded without the door's scope: whoever comes second is told who was first, even where they may not read.
    channel = _channel_that_waited(channel_id)
    channels.accept_channel(channel, actor=access.actor())
    return web.go(f"/conversations/{channel_id}")


def _channel_that_waited(channel_id: UUID) -> Channel:
    found = lookup.find_channel(access.actor(), channel_id) or lookup.find_taken_channel(channel_id)
    if found is None:
        raise NotFound
    return found


@bp.post("/conversations/<uuid:channel_id>/closure")
@access.requires("conversations.answer")
def close(channel_id: UUID) -> Response:
    channels.close_channel(_channel(channel_id), actor=access.actor())
    return web.go(f"/conversations/{channel_id}", "Conversation closed. The customer is asked for a rating.")


@bp.post("/conversations/<uuid:channel_id>/closure/delete")
@access.requires("conversations.answer")
def reopen(channel_id: UUID) -> Response:
    channels.reopen_channel(_channel(channel_id), actor=access.actor())
    return web.go(f"/conversations/{channel_id}", "Conversation reopened.")


@bp.route("/conversations/<uuid:channel_id>/owner", methods=["GET", "POST"])
@access.requires("conversations.answer")
def hand_over(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    if request.method == "GET":
        return _colleagues(channel)
    words = request.form.get("note", "").strip()
    to = people.get_employee(_person_id("employee_id"))
    channels.hand_over(channel, to, actor=access.actor())
    if words:
        notes.post_note(channel, words, actor=access.actor())
    return web.go("/conversations?tab=mine", f"{to.name} has the conversation now.")


def _colleagues(channel: Channel) -> Response:
    """Whom it can be given to, or who can be brought in."""
    return web.render(
        "conversations/colleagues.html",
        "conversations/_colleagues.html",
        channel=channel,
        colleagues=lookup.list_colleagues(access.actor()),
    )


@bp.post("/conversations/<uuid:channel_id>/participants")
@access.requires("conversations.answer")
def add_participant(channel_id: UUID) -> Response:
    person = people.get_employee(_person_id("employee_id"))
    channels.add_participant(_channel(channel_id), person, actor=access.actor())  # type: ignore[arg-type]
    return web.go(f"/conversations/{channel_id}", f"{person.name} takes part now.")


@bp.post("/conversations/<uuid:channel_id>/participants/delete")
@access.requires("conversations.answer")
def leave(channel_id: UUID) -> Response:
    channels.leave_channel(_channel(channel_id), actor=access.actor())
    return web.go("/conversations", "You left the conversation.")


def _person_id(name: str) -> UUID:
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        raise Invalid(errors={name: ["Choose somebody from the list."]}) from None


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


@bp.route("/conversations/<uuid:channel_id>/email", methods=["GET", "POST"])
@access.requires("conversations.answer")
def email_in_channel(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    return _email(_customer_of(channel), channel, f"/conversations/{channel_id}")


@bp.route("/customers/<uuid:customer_id>/email", methods=["GET", "POST"])
@access.requires("conversations.answer")
def email(customer_id: UUID) -> Response:
    return _email(people.get_customer(access.actor(), customer_id), None, f"/customers/{customer_id}")


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


def _email(customer: Customer, channel: Channel | None, back: str) -> Response:
    form = EmailForm(key=uuid4().hex)
    if form.was_sent():
        messages.send_email(
            customer,
            actor=access.actor(),
            subject=form.subject.data or "",
            content=form.content.data or "",
            channel=channel,
            client_key=form.key.data,
        )
        return web.go(web.safe_next(back), f"Email to {customer.name} is on its way.")
    status = 422 if form.errors else 200
    return web.render("conversations/email.html", status=status, form=form, customer=customer, back=back)
