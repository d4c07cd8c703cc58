"""Raw mails taken in as a mailbox is fetched, a few in each transaction, beside what this machine allows.

10,000 mails of 1,000 senders, a third of them answers, every tenth with a layout and a file. Goal: 100 a second.
The limit of the machine: the same bytes parsed by the standard library alone and inserted by one bare statement each,
committed as often.
"""

import argparse
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.db import db
from app.mailboxes.actions import polling, taking
from app.mailboxes.actions.keeping import Arrived
from app.mailboxes.actions.mailboxes import MailboxDetails, add_mailbox
from app.mailboxes.models import Mailbox, RawMail
from benchmarks import machine

GOAL_PER_SECOND = 100
SENDERS = 1_000
WORDS = "Good morning,\n\nis the lamp from the window still there? It would suit our hall.\n\nKind regards\n" * 4


def mails(number: int) -> list[bytes]:
    """So many mails, different ones."""
    return [_mail(n).as_bytes() for n in range(number)]


def _mail(n: int) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"Sender {n % SENDERS} <sender{n % SENDERS}@example.com>"
    mail["To"] = "hello@lotus.example"
    mail["Subject"] = f"The lamp {n}"
    mail["Message-ID"] = f"<{n}@example.com>"
    mail["Date"] = "Sat, 21 Nov 2026 10:00:00 +0000"
    if n % 3 == 0 and n >= SENDERS:
        mail["In-Reply-To"] = f"<{n - SENDERS}@example.com>"
    mail.set_content(WORDS)
    if n % 10 == 0:
        mail.add_alternative("<p>Good morning,</p><p>is the lamp still there?</p>" * 20, subtype="html")
        mail.add_attachment(b"%PDF-1.4 " + b"x" * 20_000, maintype="application", subtype="pdf", filename="hall.pdf")
    return mail


def _portions(raws: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(raws), polling.TOGETHER):
        yield raws[start : start + polling.TOGETHER]


def limit(raws: list[bytes]) -> float:
    """Mails a second that are only parsed, inserted and committed."""
    db.session.execute(text("CREATE TABLE bare (raw bytea, subject text)"))
    db.session.commit()
    started = time.perf_counter()
    for few in _portions(raws):
        for raw in few:
            subject = str(message_from_bytes(raw, policy=policy.default)["Subject"])
            db.session.execute(text("INSERT INTO bare VALUES (:raw, :subject)"), {"raw": raw, "subject": subject})
        db.session.commit()
    speed = len(raws) / (time.perf_counter() - started)
    db.session.execute(text("DROP TABLE bare"))
    db.session.commit()
    return speed


def taken_in(raws: list[bytes]) -> float:
    """Mails a second that become conversations."""
    mailbox_id = add_mailbox(MailboxDetails("hello@lotus.example", "Lotus"), actor=SYSTEM).mailbox_id
    db.session.commit()
    started = time.perf_counter()
    for few in _portions(raws):
        taking.take_in_all(db.session.get_one(Mailbox, mailbox_id), [Arrived(raw, "imap") for raw in few])
        db.session.commit()
    return len(raws) / (time.perf_counter() - started)


def main() -> None:
    """Take them in and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    raws = mails(parser.parse_args().mails)
    with machine.shop(0) as shop, shop.app.app_context():
        bare, speed = limit(raws[:1_000]), taken_in(raws)
        stored = db.session.scalar(select(func.count()).select_from(RawMail))
        outcomes = db.session.execute(select(RawMail.outcome, func.count()).group_by(RawMail.outcome)).all()
        assert stored == len(raws), stored
    met = "ok" if speed >= GOAL_PER_SECOND else "MISSED"
    print(f"parsed, inserted   {bare:8,.0f} a second")
    print(f"taken in           {speed:8,.0f} a second   {speed / bare:.2f} of that   goal {GOAL_PER_SECOND}   {met}")
    print(", ".join(f"{outcome}: {number:,}" for outcome, number in outcomes))


if __name__ == "__main__":
    main()
