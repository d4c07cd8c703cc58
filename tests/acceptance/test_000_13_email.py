"""000-13, 001-06: a task's mail reaches a mailbox, with a way out; what comes back marks the address."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import now
from app.mailboxes.actions import sending
from app.people.consent import actions as consent
from app.people.consent import queries as consents
from app.reach.channels.models import Suppression
from app.reach.models import Step
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import make_mailbox, returned, take
from tests.reach.cast import kinds, launch, make_task, reasons, write

OFFER = {"email": {"en": {"subject": "Lamps for {customer.first_name|you}", "body": "New **lamps** are here."}}}


@pytest.fixture
def ada(db):
    ada = make_customer(first_name="Ada", email="ada@example.com", email_verified_at=now())
    consent.grant(ada, "email", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    return ada


def send_offer(work):
    task = launch(make_task(write(OFFER, purpose="marketing"), "email"))
    work()
    return task


def test_a_mail_arrives_with_both_parts_and_a_way_out(ada, db, work, mailbox, browser):
    send_offer(work)
    (mail,) = mailbox.to("ada@example.com")
    assert mail["Subject"] == "Lamps for Ada"
    assert "New lamps are here." in mail.get_body(("plain",)).get_content()
    assert "<strong>lamps</strong>" in mail.get_body(("html",)).get_content()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"].strip("<>").removeprefix("http://crm.test")
    assert link in mail.get_body(("html",)).get_content()
    assert browser().post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert consents.find_standing(ada.person_id, "email", "marketing").state == "withdrawn"
    send_offer(work)
    assert len(mailbox.to("ada@example.com")) == 1
    assert reasons() == {None: 1, "withdrawn": 1}


def test_an_address_that_is_refused_for_good_is_marked_and_shown(ada, db, work, mailbox, browser):
    mailbox.refusals["ada@example.com"] = "550 5.1.1 <ada@example.com> no such user"
    send_offer(work)
    assert kinds() == {"failed": 1}
    assert "ada@example.com" not in db.scalars(select(Step.words)).one()
    assert db.scalars(select(Suppression.reason)).one() == "bounced"
    page = browser(make_employee("agent")).get(f"/customers/{ada.person_id}").text
    assert "nothing is sent to the present address" in page
    mailbox.refusals.clear()
    send_offer(work)
    assert mailbox.messages == []
    assert reasons() == {None: 1, "suppressed": 1}


def test_a_mail_that_comes_back_marks_the_address(ada, db, work, mailbox):
    send_offer(work)
    (mail,) = mailbox.to("ada@example.com")
    inbox = make_mailbox()
    for _twice in range(2):
        take(inbox, returned(mail["Message-ID"]))
        db.commit()
        work()
    assert kinds() == {"sent": 1, "bounced": 1}
    assert db.scalars(select(Suppression.reason)).one() == "bounced"


def test_a_mail_written_in_person_that_comes_back_marks_the_address_too(ada, db, work, mailbox):
    inbox = make_mailbox()
    sent = sending.send_mail(ada, sending.Draft("Your lamp", "It is ready."), actor=SYSTEM)
    db.commit()
    work()
    take(inbox, returned(sent.message_id))
    db.commit()
    work()
    assert db.scalars(select(Suppression.reason)).one() == "bounced"


def test_who_reports_a_mail_as_unwanted_gets_no_more(ada, db, work, mailbox):
    send_offer(work)
    (mail,) = mailbox.to("ada@example.com")
    take(make_mailbox(), complaint(mail["Message-ID"]))
    db.commit()
    work()
    assert db.scalars(select(Suppression.reason)).one() == "complained"
    assert consents.find_standing(ada.person_id, "email", "marketing").state == "withdrawn"


def test_a_report_on_a_mail_nobody_sent_marks_nobody(ada, db, work):
    make_customer(email="bob@example.com")
    take(make_mailbox(), returned("<r999-0199aaaaaaaa7000800000000000aaaa-email@rapport.example>"))
    db.commit()
    work()
    assert db.scalars(select(Suppression.reason)).all() == []


def complaint(message_id: str) -> bytes:
    """What a mail provider says when somebody presses its button for spam (RFC 5965)."""
    return (
        "From: feedback@isp.example\r\nTo: hello@rapport.example\r\nSubject: FW: Lamps\r\nMIME-Version: 1.0\r\n"
        "Message-ID: <arf@isp.example>\r\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is an email abuse report.\r\n"
        "--b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nUser-Agent: Isp/1.0\r\n"
        "Version: 1\r\n\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {message_id}\r\nSubject: Lamps\r\n\r\nHello\r\n"
        "--b--\r\n"
    ).encode()
