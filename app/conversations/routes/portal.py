"""The customer's own pages.

/portal  /portal/chats  /portal/chats/new  /portal/chats/<id>  .../messages  .../stream  .../reading
.../closure  .../closure/delete  .../rating  .../link
"""

from uuid import UUID, uuid4

from flask import Blueprint, Response, request

from app.accounts.actions import elsewhere
from app.conversations.actions import channels, ratings
from app.conversations.forms import RequestForm
from app.conversations.models import Channel
from app.conversations.queries import away, lists, lookup, waiting
from app.conversations.routes import attachments, thread
from app.core import access, layout, limits, qr_codes, web
from app.core.clock import now
from app.core.errors import Invalid

bp = Blueprint("portal", __name__)

REQUESTS_PER_PERSON = "20/hour"
LINKS_PER_PERSON = "20/hour"


def _channel(channel_id: UUID) -> Channel:
    return lookup.get_channel(access.actor(), channel_id)


@bp.get("/portal")
@access.requires("conversations.request")
def home() -> Response:
    who = access.actor()
    return web.render(
        "conversations/home.html",
        chats=lists.list_own(who, limit=5),
        expected_wait=waiting.expected_wait_seconds(),
        outlook=away.outlook(),
        panels=[(panel.template, panel.load(who)) for panel in layout.portal_panels(who)],
    )


@bp.get("/portal/chats")
@access.requires("conversations.request")
def index() -> Response:
    return web.render("conversations/chats.html", chats=lists.list_own(access.actor(), limit=100))


@bp.route("/portal/chats/new", methods=["GET", "POST"])
@access.requires("conversations.request")
def new() -> Response:
    who = access.actor()
    form = RequestForm(key=uuid4().hex)
    if form.was_sent():
        limits.hit(REQUESTS_PER_PERSON, "chat-request", str(who.id))
        try:
            channel = channels.request_channel(
                actor=who, topic=form.topic.data or "", message=form.message.data or "", client_key=form.key.data
            )
            return web.go(f"/portal/chats/{channel.channel_id}")
        except Invalid as refusal:
            form.blame(refusal)
    status = 422 if form.errors else 200
    expect = {"expected_wait": waiting.expected_wait_seconds(), "outlook": away.outlook()}
    return web.render("conversations/request.html", status=status, form=form, **expect)


@bp.get("/portal/chats/<uuid:channel_id>")
@access.requires("conversations.request")
def show(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    data = thread.data_of(channel) | {
        "expected_wait": waiting.expected_wait_seconds(),
        "outlook": away.outlook(channel),
    }
    rated = data["rating"]
    data["may_rate"] = channel.may_be_rated and (rated is None or ratings.may_change(rated, now()))
    return web.render("conversations/chat.html", "conversations/_chat.html", **data)


@bp.get("/portal/chats/<uuid:channel_id>/stream")
@access.requires("conversations.request")
def stream(channel_id: UUID) -> Response:
    return thread.stream(_channel(channel_id))


@bp.get("/portal/chats/<uuid:channel_id>/messages")
@access.requires("conversations.request")
def news(channel_id: UUID) -> Response:
    return thread.news(_channel(channel_id))


@bp.post("/portal/chats/<uuid:channel_id>/messages")
@access.requires("conversations.request")
def post(channel_id: UUID) -> Response:
    return thread.post(channel_id, f"/portal/chats/{channel_id}", attachments.read_uploads())


@bp.post("/portal/chats/<uuid:channel_id>/reading")
@access.requires("conversations.request")
def read(channel_id: UUID) -> Response:
    return thread.mark_read(_channel(channel_id))


@bp.post("/portal/chats/<uuid:channel_id>/closure")
@access.requires("conversations.request")
def close(channel_id: UUID) -> Response:
    channels.close_channel(_channel(channel_id), actor=access.actor())
    return web.go(f"/portal/chats/{channel_id}", "The chat is closed.")


@bp.post("/portal/chats/<uuid:channel_id>/closure/delete")
@access.requires("conversations.request")
def reopen(channel_id: UUID) -> Response:
    channels.reopen_channel(_channel(channel_id), actor=access.actor())
    return web.go(f"/portal/chats/{channel_id}")


@bp.post("/portal/chats/<uuid:channel_id>/link")
@access.requires("conversations.request")
def make_link(channel_id: UUID) -> Response:
    channel, who = _channel(channel_id), access.actor()
    limits.hit(LINKS_PER_PERSON, "device-link", str(who.id))
    link = web.public_url(elsewhere.make_link(f"/portal/chats/{channel_id}", actor=who))
    return web.render("conversations/elsewhere.html", channel=channel, link=link, picture=qr_codes.as_picture(link))


@bp.post("/portal/chats/<uuid:channel_id>/rating")
@access.requires("conversations.request")
def rate(channel_id: UUID) -> Response:
    given = request.form.get("rating", 0, type=int)
    ratings.rate_channel(_channel(channel_id), given, actor=access.actor(), feedback=request.form.get("feedback", ""))
    return web.go(f"/portal/chats/{channel_id}", "Thank you for your rating.")
