"""Several mails taken in at once, as they are fetched."""

import threading
from email import message_from_bytes

from sqlalchemy import func, select

from app.conversations.models import Channel, Participant
from app.conversations.targets.models import ResponseClock
from app.core.db import db as database
from app.engine.events.models import Event
from app.mailboxes.actions import polling, taking
from app.mailboxes.actions.keeping import Arrived
from app.mailboxes.models import BouncedAddress, Mail, RawMail
from app.people.models import Customer
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import channel_of, emails_in, make_mail, make_mailbox
from tests.mailboxes.test_parsing import REPORT
from tests.mailboxes.test_taking import write
from tests.statements import counted


def take_all(mailbox, *mails):
    filed = taking.take_in_all(mailbox, [Arrived(mail.as_bytes(), "imap") for mail in mails])
    database.session.commit()
    return filed


def test_mails_of_one_portion_answer_each_other(db):
    mailbox, first = make_mailbox(), make_mail("Ada <ada@example.com>", "First")
    filed = take_all(
        mailbox,
        first,
        make_mail("ada@example.com", "By its id", Subject="Other", In_Reply_To=first["Message-ID"]),
        make_mail("ada@example.com", "By its subject", Subject="Re: My lamp"),
        make_mail("ada@example.com", "Another matter", Subject="My vase"),
        make_mail("eve@example.com", "Not hers", In_Reply_To=first["Message-ID"]),
        first,
    )
    assert [one.outcome if one else None for one in filed] == [
        "new conversation", "answer", "answer", "new conversation", "new conversation", None,
    ]  # fmt: skip
    channel = channel_of(filed[0])
    assert [email.content for email in emails_in(channel)] == ["First", "By its id", "By its subject"]
    assert (channel.last_seq, channel.unanswered_since) == (3, emails_in(channel)[0].at)
    assert db.get(Mail, filed[4].comm_id).doubt == taking.ELSEWHERE
    assert db.scalar(select(func.count()).select_from(Customer)) == 2


def test_a_conversation_that_began_in_a_portion_is_whole(db, work):
    mailbox = make_mailbox(auto_reply="We have your mail.")
    filed = take_all(mailbox, make_mail("ada@example.com"), make_mail("eve@example.com"))
    channel = channel_of(filed[0])
    clocks = db.scalars(select(ResponseClock).where(ResponseClock.channel_id == channel.channel_id)).all()
    assert {(clock.kind, clock.running_since) for clock in clocks} == {
        ("first", channel.unanswered_since), ("resolution", channel.unanswered_since),
    }  # fmt: skip
    mark = db.scalars(select(Participant).where(Participant.channel_id == channel.channel_id)).one()
    assert (mark.person_id, mark.last_read_seq) == (channel.customer_id, 1)
    assert [email.content for email in emails_in(channel)] == ["Hello", "We have your mail."]
    kinds = db.scalars(select(Event.type).where(Event.subject_id == channel.customer_id).order_by(Event.event_id)).all()
    assert set(kinds[:2]) == {"customer.registered", "lead.created"}
    assert kinds[2:4] == ["channel.requested", "email.received"]


def test_a_bounce_and_a_sign_of_life_in_one_portion_count_in_their_order(db):
    mailbox, agent = make_mailbox(), make_employee()
    gone = make_customer(email="gone@example.com")
    sent = write(db, gone, agent)
    report = message_from_bytes(REPORT.replace(b"<ours@lotus.example>", sent.message_id.encode()))
    take_all(mailbox, make_mail("gone@example.com"), report)
    assert db.get(BouncedAddress, "gone@example.com") is not None
    other = message_from_bytes(report.as_bytes().replace(b"<report@", b"<report2@"))
    take_all(mailbox, other, make_mail("gone@example.com", "Here I am"))
    assert db.get(BouncedAddress, "gone@example.com") is None


def test_many_at_once_are_few_statements(db):
    mailbox = make_mailbox()
    take_all(mailbox, *(make_mail(f"sender{n}@example.com", Subject=f"Matter {n}") for n in range(20)))
    with counted() as statements:
        take_all(mailbox, *(make_mail(f"sender{n}@example.com", Subject=f"Other matter {n}") for n in range(20)))
    assert len(statements) <= 12


def test_two_workers_with_the_same_mails_take_each_once(app, db):
    mailbox_id = make_mailbox().mailbox_id
    raws = [make_mail(f"sender{n}@example.com", Subject=f"Matter {n}").as_bytes() for n in range(12)]
    begin = threading.Barrier(2)

    def work(mine):
        with app.app_context():
            begin.wait()
            polling._take(mailbox_id, [Arrived(raw, "imap") for raw in mine])
            database.session.commit()

    workers = [threading.Thread(target=work, args=(mine,)) for mine in (raws, raws[::-1])]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [db.scalar(select(func.count()).select_from(table)) for table in (RawMail, Customer, Channel)] == [12] * 3
    assert set(db.scalars(select(RawMail.outcome))) == {"new conversation"}


def test_two_mailboxes_that_hear_of_the_same_new_senders_register_each_once(app, db):
    boxes = [make_mailbox(f"{name}@lotus.example").mailbox_id for name in ("hello", "orders")]
    begin = threading.Barrier(2)

    def work(mailbox_id, numbers):
        mails = [make_mail(f"sender{n}@example.com", Subject=f"{mailbox_id} {n}").as_bytes() for n in numbers]
        with app.app_context():
            begin.wait()
            polling._take(mailbox_id, [Arrived(raw, "imap") for raw in mails])
            database.session.commit()

    workers = [
        threading.Thread(target=work, args=some) for some in zip(boxes, (range(12), range(11, -1, -1)), strict=True)
    ]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert [db.scalar(select(func.count()).select_from(table)) for table in (RawMail, Customer, Channel)] == [
        24,
        12,
        24,
    ]
    assert set(db.scalars(select(RawMail.outcome))) == {"new conversation"}
