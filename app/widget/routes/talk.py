"""The doors behind the frame. Who comes is known by a header, so nothing here takes cookies or tokens of forms.

POST /widget/<key>/chats                    begin a topic; who is new gets a secret
GET  /widget/<key>/chats                    one's topics
GET  /widget/<key>/chats/<id>               one of them; .../stream  .../messages?after=
POST /widget/<key>/chats/<id>/messages      say something; .../reading  .../closure  .../closure/delete  .../rating
POST /widget/<key>/page                     where the visitor is now
POST /widget/<key>/address                  where to answer
POST /widget/<key>/identity                 an identity signed by the page's server
POST /widget/<key>/codes                    send a code to an address
POST /widget/<key>/codes/proof              give the code
POST /widget/<key>/links                    a link that goes on elsewhere, for the verified
POST /widget/<key>/links/proof              go on by such a link
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, make_response, render_template, request

from app.conversations.actions import channels, messages, ratings
from app.conversations.models import Channel
from app.conversations.queries import away, lists, lookup, waiting
from app.conversations.routes import thread
from app.core import access, limits, qr_codes, web
from app.core.access import actor
from app.core.clock import now
from app.core.errors import NotFound
from app.widget import queries
from app.widget.actions import links, proofs, visitors
from app.widget.models import Widget

bp = Blueprint("widget_talk", __name__)

LARGEST_BODY = 64 * 1024
VISITORS_PER_ADDRESS = "30/hour"
TOPICS_PER_PERSON = "10/hour"
MESSAGES_PER_PERSON = "30/minute"
MESSAGES_PER_ADDRESS = "240/minute"
PROOFS_PER_ADDRESS = "60/hour"
PAGES_PER_PERSON = "60/minute"


@bp.before_request
def _keep_small() -> None:
    request.max_content_length = LARGEST_BODY


def _widget() -> Widget:
    return queries.get_by_key(str((request.view_args or {})["key"]))


def _channel(channel_id: UUID) -> Channel:
    _widget()
    return lookup.get_channel(actor(), channel_id)


def _known(token: str, channel_id: UUID | None = None, **more: Any) -> Response:
    """Tell the frame what its browser keeps from now on."""
    return jsonify(secret=token, chat=str(channel_id) if channel_id else None, **more)


@bp.get("/widget/<key>/chats")
@access.requires("conversations.request")
def index(key: str) -> Response:
    _widget()
    who = actor()
    chats = lists.list_own(who, limit=50)
    page = render_template("widget/_topics.html", chats=chats, who=who, visitor=queries.find_visitor(who))
    return make_response(page)


@bp.post("/widget/<key>/chats")
@access.public
def begin(key: str) -> Response:
    widget, who, form = _widget(), actor(), request.form
    if who.is_authenticated:
        limits.hit(TOPICS_PER_PERSON, "widget-topic", str(who.id))
    else:
        limits.hit(VISITORS_PER_ADDRESS, "widget-visitor", web.client_address())
    told = {name: form.get(name, "") for name in ("name", "email", "page", "page_title", "time_zone")}
    claims = visitors.Claims(**told, language=request.accept_languages.best or "")
    channel, token = visitors.ask(
        widget,
        claims,
        form.get("message", ""),
        topic=visitors.words_of(widget, form.get("rule", "")),
        actor=who if who.is_authenticated else None,
        key=form.get("key") or None,
    )
    return _known(token, channel.channel_id)


@bp.get("/widget/<key>/chats/<uuid:channel_id>")
@access.requires("conversations.request")
def show(key: str, channel_id: UUID) -> Response:
    channel, widget, who = _channel(channel_id), _widget(), actor()
    data = thread.data_of(channel)
    rated = data["rating"]
    visitor = queries.find_visitor(who)
    data |= {
        "may_rate": channel.may_be_rated and (rated is None or ratings.may_change(rated, now())),
        "widget": widget,
        "who": who,
        "visitor": visitor,
        "code_to": proofs.find_asked(visitor) if visitor else None,
        "outlook": away.outlook(channel, widget.offer_after_minutes),
        "expected_wait": waiting.expected_wait_seconds(),
    }
    return make_response(render_template("widget/_chat.html", **data))


@bp.get("/widget/<key>/chats/<uuid:channel_id>/stream")
@access.requires("conversations.request")
def stream(key: str, channel_id: UUID) -> Response:
    return thread.stream(_channel(channel_id))


@bp.get("/widget/<key>/chats/<uuid:channel_id>/messages")
@access.requires("conversations.request")
def news(key: str, channel_id: UUID) -> Response:
    return thread.news(_channel(channel_id))


@bp.post("/widget/<key>/chats/<uuid:channel_id>/messages")
@access.requires("conversations.request")
def post(key: str, channel_id: UUID) -> Response:
    limits.hit(MESSAGES_PER_PERSON, "widget-message", str(actor().id))
    limits.hit(MESSAGES_PER_ADDRESS, "widget-message-from", web.client_address())
    posted = messages.post_message(
        channel_id, request.form.get("content", ""), actor=actor(), client_key=request.form.get("key") or None
    )
    return jsonify(seq=posted.seq)


@bp.post("/widget/<key>/chats/<uuid:channel_id>/reading")
@access.requires("conversations.request")
def read(key: str, channel_id: UUID) -> Response:
    return thread.mark_read(_channel(channel_id))


@bp.post("/widget/<key>/chats/<uuid:channel_id>/closure")
@access.requires("conversations.request")
def close(key: str, channel_id: UUID) -> Response:
    channels.close_channel(_channel(channel_id), actor=actor())
    return make_response("", 204)


@bp.post("/widget/<key>/chats/<uuid:channel_id>/closure/delete")
@access.requires("conversations.request")
def reopen(key: str, channel_id: UUID) -> Response:
    channels.reopen_channel(_channel(channel_id), actor=actor())
    return make_response("", 204)


@bp.post("/widget/<key>/chats/<uuid:channel_id>/rating")
@access.requires("conversations.request")
def rate(key: str, channel_id: UUID) -> Response:
    given = request.form.get("rating", 0, type=int)
    ratings.rate_channel(_channel(channel_id), given, actor=actor(), feedback=request.form.get("feedback", ""))
    return make_response("", 204)


@bp.post("/widget/<key>/page")
@access.requires("conversations.request")
def tell_page(key: str) -> Response:
    widget, visitor = _widget(), queries.find_visitor(actor())
    limits.hit(PAGES_PER_PERSON, "widget-page", str(actor().id))
    if visitor is not None:
        visitors.note_page(visitor, widget, request.form.get("page", ""), request.form.get("page_title", ""))
    return make_response("", 204)


@bp.post("/widget/<key>/address")
@access.requires("conversations.request")
def give_address(key: str) -> Response:
    _widget()
    visitor = queries.find_visitor(actor())
    if visitor is None:
        raise NotFound
    visitors.claim_email(visitor, request.form.get("email", ""))
    return make_response("", 204)


@bp.post("/widget/<key>/identity")
@access.public
def identify(key: str) -> Response:
    widget = _widget()
    limits.hit(PROOFS_PER_ADDRESS, "widget-identity", web.client_address())
    form = request.form
    claimed = proofs.Identity(form.get("customer", ""), form.get("expires", ""), form.get("signature", ""))
    return _known(proofs.by_signature(widget, claimed, actor=actor()))


@bp.post("/widget/<key>/codes")
@access.requires("conversations.request")
def send_code(key: str) -> Response:
    _widget()
    limits.hit(PROOFS_PER_ADDRESS, "widget-code", web.client_address())
    proofs.send_code(request.form.get("email", ""), actor=actor())
    return make_response("", 204)


@bp.post("/widget/<key>/codes/proof")
@access.requires("conversations.request")
def give_code(key: str) -> Response:
    return _known(proofs.by_code(_widget(), request.form.get("code", ""), actor=actor()))


@bp.post("/widget/<key>/links")
@access.requires("conversations.request")
def make_link(key: str) -> Response:
    link = links.for_another_device(_widget(), actor=actor())
    return make_response(render_template("widget/_link.html", link=link, drawing=qr_codes.as_picture(link, scale=4)))


@bp.post("/widget/<key>/links/proof")
@access.public
def follow_link(key: str) -> Response:
    limits.hit(PROOFS_PER_ADDRESS, "widget-link", web.client_address())
    followed = links.follow(_widget(), request.form.get("token", ""))
    return _known(followed.token, followed.channel_id)
