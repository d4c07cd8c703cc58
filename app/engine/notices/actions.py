"""Telling people things."""

from dataclasses import asdict, dataclass
from uuid import UUID

from flask import render_template
from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs
from app.core.clock import now
from app.core.db import db, new_id
from app.core.log import correlation_id
from app.engine.notices.models import Notice, OutgoingMail

MAIL_ATTEMPTS = 12


@dataclass(frozen=True)
class Mail:
    """What a mail says: a few paragraphs, and at most one thing to click."""

    subject: str
    paragraphs: tuple[str, ...]
    action_label: str = ""
    action_url: str = ""


def notify(person_id: UUID, *, key: str, title: str, body: str = "", url: str = "") -> bool:
    """Put a line under a person's bell, once per key. Returns whether it is new."""
    statement = (
        insert(Notice)
        .values(
            notice_id=new_id(),
            person_id=person_id,
            key=key,
            title=title,
            body=body,
            url=url,
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["person_id", "key"])
        .returning(Notice.notice_id)
    )
    return db.session.scalar(statement) is not None


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
    statement = update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    if notice_ids is not None:
        statement = statement.where(Notice.notice_id.in_(notice_ids))
    return db.session.execute(statement.values(read_at=now())).rowcount  # type: ignore[attr-defined]
