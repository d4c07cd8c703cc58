"""Answers that nobody is there to read go out by mail, all of them at once, and the conversation goes on from there.

Where the shop has a mailbox, the mail is part of the conversation: a reply to it comes into the same thread.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app.conversations import seats
from app.conversations.models import Channel, Chat, Pair
from app.core import web
from app.core.clock import now
from app.core.db import db
from app.engine.notices import actions as notices
from app.mailboxes import queries as mailboxes
from app.mailboxes.actions import sending
from app.people.models import Customer
from app.widget.actions import links
from app.widget.models import MailedAnswer, Visitor, Widget

LOOK_BACK = timedelta(days=1)
LEAVE_ALONE = timedelta(hours=1)
MOST_AT_ONCE = 200
USUAL_MINUTES = 3

# Messages have time-ordered ids: the latest are found by them, whatever else there is.
UNREAD = text(
    """
    SELECT c.channel_id, g.person_id, min(m.at) AS since, max(p.seq) AS seq,
           greatest(g.last_read_seq, coalesce(a.mailed_seq, 0)) AS after
    FROM chats m
    JOIN comm_channel_pairs p USING (comm_id)
    JOIN comm_channels c USING (channel_id)
    JOIN comm_channel_participants g
      ON g.channel_id = c.channel_id AND g.person_id = coalesce(c.customer_id, c.visitor_id)
    LEFT JOIN mailed_answers a ON a.channel_id = c.channel_id
    LEFT JOIN visitors v ON v.person_id = c.visitor_id
    LEFT JOIN widgets w ON w.widget_id = v.widget_id
    LEFT JOIN customers k ON k.person_id = c.customer_id AND k.deactivated_at IS NULL AND k.erased_at IS NULL
    WHERE m.comm_id > :first AND m.sender_id <> g.person_id AND c.kind = 'chat'
      AND p.seq > greatest(g.last_read_seq, coalesce(a.mailed_seq, 0))
      AND CASE WHEN c.customer_id IS NULL THEN v.claimed_email ELSE k.email END IS NOT NULL
    GROUP BY c.channel_id, g.person_id, g.last_read_seq, a.mailed_seq, w.mail_after_minutes
    HAVING min(m.at) <= :now - make_interval(mins => coalesce(w.mail_after_minutes, :usual))
    ORDER BY min(m.at) LIMIT :most
    """
)


@dataclass(frozen=True)
class Letter:
    """What goes out: to whom, about which conversation, and the answers."""

    channel: Channel
    name: str
    address: str
    answers: tuple[str, ...]
    link: str


def mail_unread() -> int:
    """Mail the answers whose customer or visitor went before reading; returns to how many. The clock calls this."""
    found = db.session.execute(
        UNREAD, {"first": _first_id(now() - LOOK_BACK), "now": now(), "usual": USUAL_MINUTES, "most": MOST_AT_ONCE}
    ).all()
    due = [row for row in found if row.since < now() - LEAVE_ALONE or not seats.is_here(row.person_id)]
    for row in due:
        _mail(row.channel_id, row.after, row.seq)
        db.session.commit()
    return len(due)


def _first_id(moment: datetime) -> UUID:
    """The least id that `new_id` gave at a moment."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _mail(channel_id: UUID, after: int, seq: int) -> None:
    channel = db.session.get_one(Channel, channel_id)
    mailed = insert(MailedAnswer).values(channel_id=channel_id, mailed_seq=seq, mailed_at=now())
    db.session.execute(
        mailed.on_conflict_do_update(index_elements=["channel_id"], set_={"mailed_seq": seq, "mailed_at": now()})
    )
    said = select(Chat.content).join(Pair, Pair.comm_id == Chat.comm_id)
    said = said.where(Pair.channel_id == channel_id, Pair.seq > after, Pair.seq <= seq)
    answers = tuple(db.session.scalars(said.where(Chat.sender_id != channel.guest_id).order_by(Pair.seq)))
    customer = db.session.get(Customer, channel.customer_id) if channel.customer_id else None
    if customer is not None:
        _write_to_customer(channel, customer, answers, seq)
    else:
        _write_to_visitor(channel, answers, seq)


def _write_to_customer(channel: Channel, customer: Customer, answers: tuple[str, ...], seq: int) -> None:
    link = web.public_url(f"/portal/chats/{channel.channel_id}")
    mailbox = mailboxes.mailbox_for(channel)
    if mailbox is None:
        letter = Letter(channel, customer.first_name, customer.email or "", answers, link)
        _send_notice(letter, customer.person_id, seq)
        return
    words = "\n\n".join((*answers, f"You can answer this mail, or go on here: {link}"))
    sending.reply_by_program(mailbox, channel, customer, _subject(channel), words)


def _write_to_visitor(channel: Channel, answers: tuple[str, ...], seq: int) -> None:
    visitor = db.session.get(Visitor, channel.visitor_id)
    widget = db.session.get(Widget, visitor.widget_id) if visitor is not None and visitor.widget_id else None
    if visitor is None or widget is None or not visitor.claimed_email:
        return
    link = links.for_mail(widget, visitor.person_id, channel.channel_id, visitor.claimed_email)
    _send_notice(Letter(channel, "", visitor.claimed_email, answers, link), None, seq)


def _send_notice(letter: Letter, person_id: UUID | None, seq: int) -> None:
    """Its text is not kept once it is sent: a visitor's link lets whoever has it go on as them."""
    greeting = f"Hello {letter.name}," if letter.name else "Hello,"
    stranger = (
        "" if person_id else "You did not write to us? Then somebody gave us your address by mistake; do nothing."
    )
    mail = notices.Mail(
        _subject(letter.channel),
        tuple(part for part in (greeting, *letter.answers, stranger) if part),
        "Go on with the conversation",
        letter.link,
    )
    key = f"answers:{letter.channel.channel_id}:{seq}"
    notices.send_mail(letter.address, mail, person_id=person_id, key=key, is_secret=person_id is None)


def _subject(channel: Channel) -> str:
    return f"{current_app.extensions['rapport'].workspace} answered: {channel.topic or 'your message'}"
