"""What is left of the mails of somebody who was erased, and of old ones."""

from datetime import timedelta

from sqlalchemy import select, update

from app.conversations.models import Email
from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.files.models import File
from app.mailboxes.actions import forgetting
from app.mailboxes.models import BouncedAddress, Mail, RawMail
from app.people import actions as people
from tests.factories import make_customer
from tests.mailboxes.cast import make_mail, make_mailbox, take


def test_an_erased_customer_leaves_no_mail(db, work):
    mailbox, carla = make_mailbox(auto_reply="We have it."), make_customer()
    mail = make_mail(carla.email, "My secret")
    mail.add_attachment("my address", filename="address.txt")
    take(mailbox, mail)
    db.add(
        BouncedAddress(address="old@example.com", person_id=carla.person_id, status="5.0.0", reason="x", is_final=True)
    )
    people.erase_customer(carla, actor=SYSTEM, reason="asked")
    db.commit()
    work()
    db.expire_all()
    raw = db.scalars(select(RawMail)).one()
    assert (raw.raw, raw.sender, raw.subject) == (None, "", "")
    assert "example.com" not in raw.mail_key
    for table in (Mail, BouncedAddress, File):
        assert db.scalars(select(table)).all() == []
    assert {email.content for email in db.scalars(select(Email))} == {""}


def test_the_bytes_of_old_mails_go_and_the_mail_counts_once_all_the_same(db):
    mailbox, mail = make_mailbox(), make_mail()
    take(mailbox, mail)
    db.execute(update(RawMail).values(received_at=now() - timedelta(days=91)))
    assert forgetting.forget_old() == 1
    db.commit()
    assert take(mailbox, mail) is None
