"""Live pages: one listener for each web process hears the doorbell and feeds the process's open streams.

A stream waits on a queue in memory: it holds no database connection and no context of a
request. News are read from PostgreSQL once for all streams of the process. A ring that got
lost (Redis away) is made up for by a look at all open channels every few seconds. Sign-ins
are checked when one changed and with every heartbeat; without Redis every few seconds.
"""

import json
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from redis.client import PubSub
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.accounts import sign_ins
from app.conversations import doorbell, presence, seats
from app.conversations.models import Channel
from app.conversations.queries import lookup, transcript
from app.conversations.queries import waiting as waiting_queue
from app.conversations.queries.transcript import Message, Standing
from app.core.access import Actor
from app.core.db import db
from app.core.log import get
from app.core.redis import redis

HEARTBEAT_SECONDS = 15
LOOK_SECONDS = 4
LISTEN_SECONDS = 1
LIST_SECONDS = 2
LONGEST_BACKLOG = 1000
SIGNED_OUT = "You were signed out. Sign in again to go on."
NO_LONGER_YOURS = "This conversation is no longer open to you."

Render = Callable[[Message, Message | None, UUID | None], str]
StillLive = Callable[[Iterable[str]], dict[str, Actor]]

VOUCHERS: list[StillLive] = [sign_ins.still_live]

log = get(__name__)


def vouch(still_live: StillLive) -> None:
    """Let streams open for others than who signed in, as long as `still_live` names who is behind their token."""
    VOUCHERS.append(still_live)


def event(data: dict[str, Any], *, seq: int = 0, name: str = "message") -> str:
    """One server-sent event as it goes over the wire."""
    number = f"id: {seq}\n" if seq else ""
    return f"event: {name}\n{number}data: {json.dumps(data)}\n\n"


@dataclass(eq=False)
class Stream:
    """One open page of one person: all of an employee's, or one channel's."""

    actor: Actor
    address: str
    channel_id: UUID | None = None
    sent_seq: int = 0
    seat: str = field(default_factory=lambda: uuid4().hex)
    waiting: "queue.SimpleQueue[str | None]" = field(default_factory=queue.SimpleQueue)
    early: list[Message] | None = field(default_factory=list)
    last: Message | None = None
    list_changed: bool = False
    list_told_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seat_keys(self) -> dict[str, int]:
        """Where its seat is counted."""
        return seats.keys_of(self.actor, self.address)

    def put(self, data: dict[str, Any], seq: int = 0) -> None:
        """Hand the page an event; a page that does not read is let go and comes again by itself."""
        if self.waiting.qsize() > LONGEST_BACKLOG:
            self.waiting.put(None)
            return
        self.waiting.put(event(data, seq=seq))

    def begin(self, missed: list[Message], render: Render) -> None:
        """Hand the page what it missed, then what came while that was read; later news go straight through."""
        with self.lock:
            early, self.early = self.early or [], None
            self._say(sorted([*missed, *early], key=lambda message: message.seq), render)

    def say(self, messages: list[Message], render: Render) -> None:
        """Hand the page the messages it has not had and may see."""
        with self.lock:
            if self.early is not None:
                self.early.extend(messages)
            else:
                self._say(messages, render)

    def _say(self, messages: list[Message], render: Render) -> None:
        for message in messages:
            if message.seq <= self.sent_seq:
                continue
            self.sent_seq = message.seq
            if message.is_for_customer or self.actor.is_staff:
                shown = message if self.actor.is_staff else message.for_customer()
                html = render(shown, self.last, self.actor.id)
                self.last = message
                self.put(
                    {"html": html, "target": "#thread", "id": f"message-{message.seq}", "trigger": "message-came"},
                    message.seq,
                )

    def end(self, reason: str = "") -> None:
        """Let the page go; with a reason it does not come again by itself."""
        if reason:
            self.waiting.put(event({"reason": reason}, name="gone"))
        self.waiting.put(None)

    def chunks(self) -> Iterator[str]:
        """What goes over the wire, until somebody ends it."""
        yield "retry: 2000\n\n"
        while True:
            try:
                chunk = self.waiting.get(timeout=HEARTBEAT_SECONDS)
            except queue.Empty:
                chunk = ": still here\n\n"
            if chunk is None:
                return
            yield chunk


@dataclass(eq=False)
class Room:
    """The open streams of one channel in this process, and what they have been told of it."""

    standing: Standing
    streams: set[Stream] = field(default_factory=set)
    place: int = 0


class Hub:
    """All open streams of this process and the one thread that feeds them; it lives while there are any."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.rooms: dict[UUID, Room] = {}
        self.lock = threading.Lock()
        self.thread: threading.Thread | None = None
        self.bell: PubSub | None = None
        self.look_at = 0.0
        self.renew_at = 0.0
        self.catching_signal = False

    def open(self, app: Flask, stream: Stream, channel: Channel | None, after: int) -> None:
        """Let a stream in and hand it what it missed. Raises: TooManyRequests.

        It joins first and reads then, so that nothing falls between; what comes twice is dropped by its number.
        """
        seats.take(stream.seat, stream.seat_keys)
        with self.lock:
            self.streams.add(stream)
            if channel is not None:
                standing = Standing(channel.channel_id, channel.version, channel.state, channel.last_seq, {})
                self.rooms.setdefault(channel.channel_id, Room(standing)).streams.add(stream)
            if self.thread is None:
                self._end_with_process()
                self.thread = threading.Thread(target=self._listen, args=(app,), daemon=True, name="live")
                self.thread.start()
        stream.sent_seq = after
        missed: list[Message] = []
        if channel is not None:
            chats_only = not stream.actor.is_staff
            missed = transcript.list_messages(channel.channel_id, after=after, chats_only=chats_only, size=None)
        stream.begin(missed, renderer(app))

    def leave(self, stream: Stream) -> None:
        """Forget a stream whose page is gone."""
        with self.lock:
            self.streams.discard(stream)
            room = self.rooms.get(stream.channel_id) if stream.channel_id else None
            if room is not None:
                room.streams.discard(stream)
                if not room.streams:
                    self.rooms.pop(room.standing.channel_id, None)
        seats.free(stream.seat, stream.seat_keys)

    def end_all(self) -> None:
        """Let every page go: the process ends, and another takes them."""
        for stream in list(self.streams):
            stream.end()

    def _end_with_process(self) -> None:
        """On the signal to end, let the pages go first. Only where somebody handles that signal, as gunicorn does."""
        before = signal.getsignal(signal.SIGTERM)
        if self.catching_signal or not callable(before):
            return

        def end(number: int, frame: Any) -> None:
            self.end_all()
            before(number, frame)

        with suppress(ValueError):  # not the main thread: the server has no gentle end of its own
            signal.signal(signal.SIGTERM, end)
            self.catching_signal = True

    def _listen(self, app: Flask) -> None:
        while True:
            with self.lock:
                if not self.streams:
                    self.thread = None
                    return
            rings, sign_ins_changed = self._hear()
            try:
                with app.app_context():
                    self._work(app, rings, sign_ins_changed)
            except (OperationalError, PoolTimeout) as error:
                log.warning("live.waiting", error=type(error).__name__)
                time.sleep(LISTEN_SECONDS)
            except Exception:
                # Without this thread no page of the process would hear anything any more.
                log.exception("live.failed")
                time.sleep(LISTEN_SECONDS)

    def _hear(self) -> tuple[list[dict[str, Any]], bool]:
        """What rang in at most a second: (channels that changed, whether sign-ins changed). Signs go out at once."""
        heard: list[dict[str, Any]] = []
        try:
            if self.bell is None:
                self.bell = redis.client.pubsub(ignore_subscribe_messages=True)
                self.bell.subscribe(doorbell.TOPIC, sign_ins.CHANGED, presence.TOPIC)
                self.look_at = 0.0
            message = self.bell.get_message(timeout=LISTEN_SECONDS)
            while message is not None:
                heard.append(message)
                message = self.bell.get_message(timeout=0)
        except RedisError:
            self.bell, self.look_at = None, 0.0
            time.sleep(LISTEN_SECONDS)
        by_topic: dict[bytes, list[bytes]] = {}
        for one in heard:
            by_topic.setdefault(one["channel"], []).append(one["data"])
        self._tell_presence(by_topic.get(presence.TOPIC.encode(), []))
        rings = [json.loads(data) for data in by_topic.get(doorbell.TOPIC.encode(), [])]
        return rings, sign_ins.CHANGED.encode() in by_topic

    def _tell_presence(self, signs: list[bytes]) -> None:
        """Tell whoever has a channel open what others do there."""
        for sign in map(presence.read, signs):
            room = self.rooms.get(UUID(sign.channel))
            for stream in list(room.streams) if room else ():
                told = sign.told_to(stream.actor)
                if told is not None:
                    stream.put({"trigger": "presence", "swap": "none", **told})

    def _work(self, app: Flask, rings: list[dict[str, Any]], sign_ins_changed: bool) -> None:
        moment = time.monotonic()
        is_time_to_look = moment >= self.look_at
        if is_time_to_look:
            self.look_at = moment + LOOK_SECONDS
        self._tell_calls(app, [ring for ring in rings if "call" in ring])
        rings = [ring for ring in rings if "call" not in ring]
        rung = {UUID(ring["channel"]) for ring in rings}
        changed = set(self.rooms) if is_time_to_look else rung & set(self.rooms)
        if changed:
            self._refresh(app, changed)
        if is_time_to_look or any(ring["queue"] for ring in rings):
            self._tell_places(app)
        self._note_lists(rings, everybody=is_time_to_look and self.bell is None)
        self._tell_lists(moment)
        is_time_to_renew = moment >= self.renew_at
        if sign_ins_changed or is_time_to_renew or (is_time_to_look and self.bell is None):
            self._check_sign_ins()
        if is_time_to_renew:
            self.renew_at = moment + HEARTBEAT_SECONDS
            seats.renew({stream.seat: stream.seat_keys for stream in list(self.streams)})

    def _refresh(self, app: Flask, channel_ids: set[UUID]) -> None:
        """Tell the streams of some channels what is new there: two statements, however many streams."""
        rooms = {one: room for one in channel_ids if (room := self.rooms.get(one))}
        standings = transcript.list_standings(list(rooms))
        marks = {
            new.channel_id: rooms[new.channel_id].standing.last_seq
            for new in standings
            if new.last_seq > rooms[new.channel_id].standing.last_seq
        }
        news = transcript.list_news(marks) if marks else []
        db.session.commit()
        for new in standings:
            room = rooms[new.channel_id]
            before, room.standing = room.standing, new
            said = [message for message in news if message.channel_id == new.channel_id]
            for stream in list(room.streams):
                stream.say(said, renderer(app))
                _tell_seen(stream, before, new)
            if new.version != before.version:
                self._tell_change(room)

    def _tell_change(self, room: Room) -> None:
        for stream in list(room.streams):
            if lookup.find_channel(stream.actor, room.standing.channel_id) is None:
                stream.end(NO_LONGER_YOURS)
            else:
                stream.put({"trigger": "conversation-changed", "swap": "none"})

    def _tell_places(self, app: Flask) -> None:
        """Tell the customers who wait their place in the queue, where it changed."""
        waiting = [room for room in list(self.rooms.values()) if room.standing.state == "waiting"]
        if not waiting:
            return
        places = waiting_queue.queue_places()
        template = app.jinja_env.get_template("conversations/parts.html").module
        for room in waiting:
            place = places.get(room.standing.channel_id, 0)
            if place and place != room.place:
                room.place = place
                html = template.queue_place(place)  # type: ignore[attr-defined]
                for stream in list(room.streams):
                    stream.put({"html": html, "target": "#queue-place", "swap": "outerHTML"})

    def _note_lists(self, rings: list[dict[str, Any]], *, everybody: bool) -> None:
        """Note whose lists a change concerns."""
        if not rings and not everybody:
            return
        queue_changed = everybody or any(ring["queue"] for ring in rings)
        concerned = {person for ring in rings for person in ring["people"]}
        for stream in list(self.streams):
            if stream.actor.is_staff and (queue_changed or str(stream.actor.id) in concerned):
                stream.list_changed = True

    def _tell_lists(self, moment: float) -> None:
        """Let changed lists load again: the first change at once, those that follow together."""
        for stream in list(self.streams):
            if stream.list_changed and moment >= stream.list_told_at + LIST_SECONDS:
                stream.list_changed, stream.list_told_at = False, moment
                stream.put({"trigger": "inbox-changed", "swap": "none"})

    def _tell_calls(self, app: Flask, rings: list[dict[str, Any]]) -> None:
        """Ring on the open pages of those who may answer."""
        for ring in rings:
            call = ring["call"]
            html = str(app.jinja_env.get_template("conversations/parts.html").module.ringing(**call))  # type: ignore[attr-defined]
            told = {"trigger": "call-rings" if call["path"] else "call-over", "key": call["key"], "path": call["path"]}
            shown = {"html": html, "target": "#calls", "swap": "beforeend"} if call["path"] else {"swap": "none"}
            for stream in list(self.streams):
                if stream.actor.is_staff and str(stream.actor.id) in ring["people"]:
                    stream.put({**told, **shown})

    def _check_sign_ins(self) -> None:
        """End the streams of those who signed out or lost the right; one statement for all of a kind."""
        streams = list(self.streams)
        tokens = {stream.actor.session_id for stream in streams}
        live = {token: actor for still_live in VOUCHERS for token, actor in still_live(tokens).items()}
        for stream in streams:
            actor = live.get(stream.actor.session_id)
            if actor is None:
                stream.end(SIGNED_OUT)
            elif actor.id != stream.actor.id:
                stream.end()  # a visitor proved to be a customer, and comes again as that one
            elif actor.grants != stream.actor.grants or actor.department != stream.actor.department:
                stream.actor = actor
                self._check_rights(stream)

    def _check_rights(self, stream: Stream) -> None:
        gone = not stream.actor.can("conversations.read")
        if gone or (stream.channel_id and lookup.find_channel(stream.actor, stream.channel_id) is None):
            stream.end(NO_LONGER_YOURS)


def _tell_seen(stream: Stream, before: Standing, new: Standing) -> None:
    """Tell a page how far the others have read."""
    seen = seen_up_to(new.reads, stream.actor.id)
    if seen > seen_up_to(before.reads, stream.actor.id):
        stream.put({"trigger": "conversation-seen", "swap": "none", "seen": seen})


def seen_up_to(reads: dict[str, int], person_id: UUID | None) -> int:
    """The greatest number that anybody else has read."""
    return max((seq for reader, seq in reads.items() if reader != str(person_id)), default=0)


def renderer(app: Flask) -> Render:
    """How a message becomes HTML outside of a request: (message, the one before, viewer's id)."""
    template = app.jinja_env.get_template("conversations/parts.html").module
    return lambda message, before, viewer_id: str(template.bubble(message, before, viewer_id))  # type: ignore[attr-defined]


hub = Hub()
