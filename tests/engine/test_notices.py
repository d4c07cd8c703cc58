"""Mail leaves by a real SMTP server; the bell rings once per key."""

from sqlalchemy import select

from app.engine.notices import actions as notices
from app.engine.notices.models import OutgoingMail
from tests.factories import make_customer

HELLO = notices.Mail("Your chat was answered", ("Hello Carla,", "we wrote back."), "Open", "http://crm.test/x")


def test_a_mail_arrives_once(db, work, mailbox):
    assert notices.send_mail("carla@example.com", HELLO, key="once") is not None
    assert notices.send_mail("carla@example.com", HELLO, key="once") is None
    db.commit()
    work()
    (message,) = mailbox.messages
    assert message["Subject"] == "Your chat was answered"
    assert "we wrote back" in message.get_body(("plain",)).get_content()
    assert db.scalars(select(OutgoingMail)).one().state == "sent"


def test_a_refused_mail_keeps_the_server_s_words(db, work, mailbox):
    mailbox.refusals["gone@example.com"] = "550 no such person"
    notices.send_mail("gone@example.com", HELLO)
    db.commit()
    work()
    mail = db.scalars(select(OutgoingMail)).one()
    assert (mail.state, mail.last_error) == ("failed", "550 no such person")


def test_a_busy_server_is_tried_again(db, work, mailbox):
    mailbox.refusals["later@example.com"] = "451 try later"
    notices.send_mail("later@example.com", HELLO)
    db.commit()
    work()
    assert db.scalars(select(OutgoingMail)).one().state == "queued"
    assert mailbox.messages == []


def test_a_secret_mail_forgets_its_text(db, work, mailbox):
    notices.send_mail("carla@example.com", HELLO, is_secret=True)
    db.commit()
    work()
    assert db.scalars(select(OutgoingMail)).one().text_body == ""


def test_the_bell_rings_once_per_key(db):
    carla = make_customer()
    assert notices.notify(carla.person_id, key="chat:1", title="Answered")
    assert not notices.notify(carla.person_id, key="chat:1", title="Answered")
