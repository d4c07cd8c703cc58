"""What the employees' and the customers' pages of one conversation have in common."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from flask import Response, current_app, make_response, render_template, request

from app.conversations import live, ways
from app.conversations.actions import attaching, channels, messages
from app.conversations.models import Channel
from app.conversations.queries import lookup, ratings, transcript, waiting
from app.core import access, web
from app.core.clock import now
from app.core.errors import Invalid


def data_of(channel: Channel) -> dict[str, Any]:
    """Everything a page needs to show one conversation to whoever asks."""
    who = access.actor()
    before = request.args.get("before", type=int)
    shown = transcript.list_messages(channel.channel_id, before=before, chats_only=not who.is_staff)
    members = lookup.list_members(channel.channel_id)
    reads = {str(member.person_id): member.last_read_seq for member in members}
    if not web.wants_fragment() and before is None and reads.get(str(who.id), channel.last_seq) < channel.last_seq:
        messages.mark_read(channel, channel.last_seq, actor=who)
    return {
        "channel": channel,
        "messages": shown,
        "earlier": shown[0].seq if len(shown) == transcript.THREAD_SIZE else None,
        "members": members,
        "owner_name": _owner_name(channel, members),
        "seen": live.seen_up_to(reads, who.id),
        "viewer_id": who.id,
        "key": uuid4().hex,
        "rating": ratings.find_rating(channel),
        "ways": ways.offers_for(who, channel),
        "may_reopen": channels.may_reopen(channel, now()),
        "place": waiting.place_in_queue(channel) if channel.is_waiting else 0,
    }


def _owner_name(channel: Channel, members: Sequence[lookup.Member]) -> str | None:
    if channel.owner_id is None:
        return None
    known = [member.name for member in members if member.person_id == channel.owner_id]
    return known[0] if known else lookup.name_of(channel.owner_id)


def post(channel_id: UUID, page: str, uploads: Sequence[attaching.Upload] = ()) -> Response:
    """Take a message from a form, with files; the same form sent again is stored once."""
    who = access.actor()
    typed = request.form
    if uploads and typed.get("by", "") not in ("", ways.CHAT.key):
        raise Invalid("Files go by email from “Copies and files” below the message.")
    words = attaching.words_or_names(typed.get("content", ""), uploads)
    posted = ways.send(typed.get("by", ""), channel_id, words, actor=who, client_key=typed.get("key") or None)
    attaching.attach(channel_id, posted.comm_id, uploads, actor=who)
    return posted_at(posted, page)


def posted_at(posted: messages.Posted, page: str, said: str = "", mode: str = "reply") -> Response:
    """Answer whoever wrote something: the page, or the number it got and a key for the next."""
    if not web.wants_fragment():
        return web.go(f"{page}#end", said)
    sent = {"id": f"message-{posted.seq}", "key": uuid4().hex, "mode": mode}
    answer = web.trigger(make_response("", 204), **{"message-sent": sent})
    return web.toast(answer, said) if said else answer


def news(channel: Channel) -> Response:
    """The messages after a number, for pages that ask instead of listening."""
    who = access.actor()
    found = transcript.list_messages(channel.channel_id, after=_cursor(), chats_only=not who.is_staff)
    return make_response(render_template("conversations/_news.html", messages=found, viewer_id=who.id))


def mark_read(channel: Channel) -> Response:
    """Remember how far whoever asks has read."""
    messages.mark_read(channel, request.form.get("seq", channel.last_seq, type=int), actor=access.actor())
    return make_response("", 204)


def stream(channel: Channel | None) -> Response:
    """Open a live page: of one conversation, or of everything that concerns an employee."""
    opened = live.Stream(access.actor(), web.client_address(), channel.channel_id if channel else None)
    live.hub.open(current_app._get_current_object(), opened, channel, _cursor())  # type: ignore[attr-defined]  # noqa: SLF001 - the feeding thread needs it
    if channel is not None and request.args.get("version", channel.version, type=int) != channel.version:
        opened.put({"trigger": "conversation-changed", "swap": "none"})
    response = Response(opened.chunks(), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(lambda: live.hub.leave(opened))
    return response


def _cursor() -> int:
    """The greatest number the page has, from the address or from what EventSource sends."""
    asked = request.args.get("after", 0, type=int)
    try:
        return max(asked, int(request.headers.get("Last-Event-ID", "0")))
    except ValueError:
        return asked
