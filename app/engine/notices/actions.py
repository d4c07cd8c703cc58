"""Telling people things."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from flask import render_template
from sqlalchemy import DateTime, Uuid, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs, web
from app.core.clock import now
from app.core.db import db, new_id
from app.core.log import correlation_id
from app.engine.notices.models import Notice, OutgoingMail
from app.engine.notices.queries import IS_LISTED, is_waiting
from app.engine.notices.topics import WAYS, topic_of
from app.engine.push import actions as push
from app.engine.push.sending import Message

MAIL_ATTEMPTS = 12


@dataclass(frozen=True)
class Mail:
    """What a mail says: a few paragraphs, and at most one thing to click."""

    subject: str
    paragraphs: tuple[str, ...]
    action_label: str = ""
    action_url: str = ""


# Whoever wants no bell finds the notice there all the same, read. All that has to be known is one statement.
NOTIFY = text(
    """
    WITH chosen AS (
        SELECT coalesce(c.bell, :bell) AS bell, coalesce(c.mail, :mail) AS mail, coalesce(c.push, :push) AS push
        FROM (SELECT) AS one LEFT JOIN notice_choices c ON c.person_id = :person_id AND c.topic = :topic),
    told AS (
        INSERT INTO notices (notice_id, person_id, key, title, body, url, created_at, read_at)
        SELECT :notice_id, :person_id, :key, :title, :body, :url, :at, CASE WHEN bell THEN NULL ELSE :at END FROM chosen
        ON CONFLICT (person_id, key) DO NOTHING RETURNING notice_id)
    SELECT push AND EXISTS (SELECT FROM push_subscriptions WHERE person_id = :person_id) AS has_devices,
        CASE WHEN mail THEN (SELECT email FROM people WHERE person_id = :person_id AND deactivated_at IS NULL
            AND erased_at IS NULL) END AS address
    FROM told, chosen
    """
).bindparams(
    bindparam("person_id", type_=Uuid()),
    bindparam("notice_id", type_=Uuid()),
    bindparam("at", type_=DateTime(timezone=True)),
)


def notify(person_id: UUID, *, key: str, title: str, body: str = "", url: str = "", mail: Mail | None = None) -> bool:
    """Tell a person something by the ways they chose for its topic, once per key. Returns whether it is new.

    `mail`: what goes to those who want a mail; without it, what stands under the bell.
    """
    topic = topic_of(key)
    usual = {way: way in topic.usual for way in WAYS}
    said = {"person_id": person_id, "key": key, "title": title, "body": body, "url": url, "topic": topic.key}
    told = db.session.execute(NOTIFY, {**said, **usual, "notice_id": new_id(), "at": now()}).one_or_none()
    if told is None:
        return False
    if told.has_devices:
        push.tell(person_id, Message(title, body, url or "/notices", tag=key, urgency=topic.urgency))
    if told.address:
        letter = mail or Mail(title, (body or title,), "Open it", web.public_url(url or "/notices"))
        send_mail(told.address, letter, person_id=person_id, key=f"{key}:{person_id}")
    return True


def pop_up(
    person_id: UUID,
    *,
    key: str,
    title: str,
    body: str = "",
    url: str = "",
    shows_from: datetime | None = None,
    shows_until: datetime | None = None,
) -> bool:
    """Let something show itself on the next page that a person opens in this time, once per key.

    Returns whether it is new.
    """
    times = {"shows_from": shows_from, "shows_until": shows_until}
    return _put(person_id, key, {"kind": "popup", "title": title, "body": body, "url": url, **times})


def _put(person_id: UUID, key: str, values: dict[str, object]) -> bool:
    statement = (
        insert(Notice)
        .values(notice_id=new_id(), person_id=person_id, key=key, created_at=now(), **values)
        .on_conflict_do_nothing(index_elements=["person_id", "key"])
        .returning(Notice.notice_id)
    )
    return db.session.scalar(statement) is not None


def take_popup(person_id: UUID) -> Notice | None:
    """What shall show itself to a person now, so that it does so nowhere else; None when there is nothing."""
    waiting = (
        select(Notice)
        .where(Notice.person_id == person_id, is_waiting())
        .order_by(Notice.created_at, Notice.key)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    popup = db.session.scalar(waiting)
    if popup is not None:
        popup.shown_at = popup.read_at = now()
        db.session.flush()
    return popup


def open_notice(notice: Notice) -> None:
    """Note that a person went where a notice leads."""
    notice.read_at = notice.read_at or now()
    if notice.kind == "popup":
        dismiss(notice)


def dismiss(popup: Notice) -> None:
    """Note that a person is done with what showed itself."""
    popup.dismissed_at = popup.dismissed_at or now()
    db.session.flush()


@dataclass(frozen=True)
class Letter:
    """A mail in somebody's own words, as plain text and as layout."""

    subject: str
    text_body: str
    html_body: str


@dataclass(frozen=True)
class Envelope:
    """How a letter goes: in whose name, with copies, what it answers, and files of the store.

    `files` have `stored_as`, `name` and `media_type`; `is_automatic`: a program answers, nobody shall answer it so.
    """

    sender: str
    message_id: str
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    files: tuple[dict[str, str], ...] = ()
    is_automatic: bool = False


def send_mail(
    address: str,
    mail: Mail,
    *,
    person_id: UUID | None = None,
    key: str | None = None,
    is_secret: bool = False,
) -> UUID | None:
    """Queue a mail in the present transaction, once per key. Returns its id, None for a repeat.

    A secret mail (with a link that signs somebody in) loses its text once it is sent.
    """
    letter = Letter(
        mail.subject, render_template("mail/notice.txt", mail=mail), render_template("mail/notice.html", mail=mail)
    )
    return _queue(address, letter, None, person_id=person_id, key=key, is_secret=is_secret)


def send_letter(
    address: str, letter: Letter, envelope: Envelope, *, person_id: UUID | None = None, key: str | None = None
) -> UUID | None:
    """Queue a letter in the present transaction, once per key. Returns its id, None for a repeat."""
    return _queue(address, letter, envelope, person_id=person_id, key=key)


def _queue(
    address: str,
    letter: Letter,
    envelope: Envelope | None,
    *,
    person_id: UUID | None,
    key: str | None,
    is_secret: bool = False,
) -> UUID | None:
    statement = (
        insert(OutgoingMail)
        .values(
            mail_id=new_id(),
            person_id=person_id,
            key=key,
            address=address,
            subject=" ".join(letter.subject.split()),
            text_body=letter.text_body,
            html_body=letter.html_body,
            envelope=asdict(envelope) if envelope else None,
            is_secret=is_secret,
            state="queued",
            attempts=0,
            correlation_id=correlation_id.get(),
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OutgoingMail.mail_id)
    )
    mail_id = db.session.scalar(statement)
    if mail_id is not None:
        jobs.enqueue(
            "notices.deliver_mail",
            {"mail_id": str(mail_id)},
            lane="critical",
            key=f"mail:{mail_id}",
            max_attempts=MAIL_ATTEMPTS,
        )
    return mail_id


def mark_read(person_id: UUID, notice_ids: list[UUID] | None = None) -> int:
    """Mark a person's notices read: the named ones, or all. Returns how many were unread."""
    statement = update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None), IS_LISTED)
    if notice_ids is not None:
        statement = statement.where(Notice.notice_id.in_(notice_ids))
    return db.session.execute(statement.values(read_at=now())).rowcount  # type: ignore[attr-defined]
