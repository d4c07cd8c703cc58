"""Fetching mail: a few taken in and their number remembered in one transaction, then marked as seen."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.core import jobs
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Invalid
from app.core.log import get
from app.engine.events import actions as events
from app.mailboxes import queries
from app.mailboxes.actions import keeping, taking
from app.mailboxes.actions.keeping import Arrived
from app.mailboxes.fetching import CannotFetch, Inbox, Place, opened
from app.mailboxes.models import Mailbox, RawMail
from app.mailboxes.reading.limits import LARGEST_BYTES

JOB = "mailboxes.fetch"
AT_ONCE = 200
TOGETHER = 50
LOOK_BACK = timedelta(days=1)

log = get(__name__)


def ring() -> int:
    """Queue the fetching of every mailbox, unless that is going on; returns how many. A duty of the clock."""
    waiting = queries.list_fetched()
    for mailbox_id in waiting:
        jobs.enqueue(JOB, {"mailbox_id": str(mailbox_id)}, lane="default", key=f"{JOB}:{mailbox_id}", max_attempts=1)
    return len(waiting)


def fetch(mailbox_id: UUID) -> int:
    """Take in what is new in a mailbox; returns how many. Commits after each few."""
    mailbox = db.session.get(Mailbox, mailbox_id)
    if mailbox is None or not mailbox.is_fetched:
        return 0
    try:
        with opened(place_of(mailbox)) as inbox:
            number = _take_new(mailbox, inbox)
    except CannotFetch as problem:
        db.session.rollback()
        _note_failure(mailbox_id, str(problem))
        return 0
    done = {"checked_at": now(), "last_error": "", "failing_since": None}
    db.session.execute(update(Mailbox).where(Mailbox.mailbox_id == mailbox_id).values(**done))
    db.session.commit()
    return number


def check(mailbox: Mailbox, password: str = "") -> str:
    """Try to open a mailbox as it is set up; returns what to say of it. Raises: Invalid with the server's words."""
    try:
        with opened(place_of(mailbox, password)) as inbox:
            return f"It works. The inbox has room for mail number {inbox.folder.uid_next:,}."
    except CannotFetch as problem:
        raise Invalid(errors={"imap_host": [str(problem)]}) from None


def place_of(mailbox: Mailbox, password: str = "") -> Place:
    """Where a mailbox is read, with its password unsealed."""
    secret = password or mailbox.imap_password or ""
    return Place(mailbox.imap_host, mailbox.imap_port, mailbox.imap_security, mailbox.imap_user, secret)


def _take_new(mailbox: Mailbox, inbox: Inbox) -> int:
    mailbox_id, folder = mailbox.mailbox_id, inbox.folder
    if mailbox.uid_validity is None:  # set up just now: what came before is not ours to read
        _remember(mailbox_id, folder.uid_validity, folder.uid_next - 1)
        return 0
    if mailbox.uid_validity == folder.uid_validity:
        uids = inbox.uids_after(mailbox.last_uid)
    else:  # the server numbered its mails anew: whatever came lately, of which nothing is taken twice
        uids = inbox.uids_since(max(mailbox.created_at, (mailbox.checked_at or mailbox.created_at) - LOOK_BACK))
    _mark_taken(mailbox_id, inbox)
    done = 0
    for few in _portions(inbox.sizes(uids[:AT_ONCE]) if uids else {}):
        _take(mailbox_id, _fetched(inbox, few))
        _remember(mailbox_id, folder.uid_validity, max(few))
        _mark_taken(mailbox_id, inbox)
        done += len(few)
        jobs.report(done, len(uids))
    if not done and mailbox.uid_validity != folder.uid_validity:
        _remember(mailbox_id, folder.uid_validity, folder.uid_next - 1)
    return done


def _portions(sizes: Mapping[int, int]) -> Iterator[dict[int, int]]:
    """Mails by number and size in portions that memory and one transaction hold easily, the oldest first.

    One that is too large is a portion of its own.
    """
    few: dict[int, int] = {}
    for uid, size in sorted(sizes.items()):
        if few and (len(few) >= TOGETHER or sum(few.values()) + size > LARGEST_BYTES):
            yield few
            few = {}
        few[uid] = size
    if few:
        yield few


def _fetched(inbox: Inbox, few: Mapping[int, int]) -> list[Arrived]:
    """A portion as it came; only the head of a mail that is too large."""
    is_whole = sum(few.values()) <= LARGEST_BYTES
    found = inbox.fetch(list(few), heads_only=not is_whole)
    return [
        Arrived(raw, "imap", uid, inbox.folder.uid_validity, is_whole=is_whole) for uid, raw in sorted(found.items())
    ]


def _take(mailbox_id: UUID, few: Sequence[Arrived]) -> None:
    """Some mails in one transaction; where one breaks, one by one, and that one is left behind for somebody to see."""
    try:
        taking.take_in_all(queries.get_mailbox(mailbox_id), few)
        db.session.flush()
    except Exception:
        db.session.rollback()
        if len(few) > 1:
            for one in few:
                _take(mailbox_id, [one])
                db.session.commit()
            return
        log.exception("mail.not_taken", mailbox_id=str(mailbox_id), uid=few[0].uid)
        keeping.keep_broken(queries.get_mailbox(mailbox_id), few[0])


def _remember(mailbox_id: UUID, uid_validity: int, uid: int) -> None:
    values = {"uid_validity": uid_validity, "last_uid": uid}
    db.session.execute(update(Mailbox).where(Mailbox.mailbox_id == mailbox_id).values(**values))
    db.session.commit()


def _mark_taken(mailbox_id: UUID, inbox: Inbox) -> None:
    """Mark at the server what is stored; what a crash left out is made up for by the next time."""
    query = select(RawMail.raw_id, RawMail.uid).where(
        RawMail.mailbox_id == mailbox_id,
        RawMail.uid.is_not(None),
        RawMail.marked_at.is_(None),
        RawMail.uid_validity == inbox.folder.uid_validity,
    )
    rows = db.session.execute(query.limit(AT_ONCE)).all()
    inbox.mark_seen([row.uid for row in rows if row.uid])
    marked = update(RawMail).where(one_of(RawMail.raw_id, [row.raw_id for row in rows]))
    db.session.execute(marked.values(marked_at=now()))
    db.session.commit()


def _note_failure(mailbox_id: UUID, words: str) -> None:
    mailbox = queries.get_mailbox(mailbox_id)
    if mailbox.failing_since is None:
        mailbox.failing_since = now()
        events.emit("mailbox.failing", actor=SYSTEM, subject_id=None, mailbox_id=str(mailbox_id))
    mailbox.last_error = words[:500]
    db.session.commit()
