"""000-09: the share that arrives is shown by channel; whom one cannot reach is tried by the next, over 80 % in all.

Success = delivered / (accepted - suppressed).
"""

import re

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.people.consent import actions as consent
from app.reach import runs
from app.reach.models import Run
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import make_mailbox, returned, take
from tests.reach.cast import launch, make_task, write

WORDS = {
    "sms": {"en": {"body": "Your lamp is here."}},
    "email": {"en": {"subject": "Your lamp", "body": "It is here."}},
}


def make_people(number: int):
    """Each with a phone and an email; the first has no email."""
    emails = [{"email": None}, *({} for _one in range(number - 1))]
    return [make_customer(phone=f"+4477009001{place:02}", **email) for place, email in enumerate(emails)]


@pytest.fixture
def desk(browser):
    return browser(make_employee("manager"))


def report(page) -> dict[str, list[str]]:
    """The table by channel. Shape: channel -> to be sent, left out, sent, delivered, failed, success."""
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page.text, re.DOTALL)
    cells = {name: re.findall(r"<td[^>]*>(.*?)</td>", rest, re.DOTALL) for name, rest in rows}
    return {name: [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in some] for name, some in cells.items()}


def test_a_quarter_fails_by_one_channel_and_the_next_reaches_whom_it_can(twilio, db, work, mailbox, desk):
    people = make_people(20)
    twilio.unreachable = {one.phone for one in people[:5]}
    task = launch(make_task(write(WORDS), "sms", "email"))
    work()
    assert sorted(went["To"] for went in twilio.messages.values()) == [one.phone for one in people[5:]]
    assert sorted(mail["To"] for mail in mailbox.messages) == sorted(one.email for one in people[1:5])
    page = desk.get(f"/reach/tasks/{task.id}")
    assert list(report(page).items()) == list(
        {
            "Text message": ["20", "–", "15", "nobody tells", "5", "75.0% of sent"],
            "Email": ["4 4 after another", "–", "4", "nobody tells", "–", "100.0% of sent"],
            "All": ["20", "–", "19", "", "1", "95.0%"],
        }.items()
    )
    assert "accepted by the provider. 19 95.0% Failed 1 5.0%" in text_of(page)
    assert "Send again to the 1 who failed" in text_of(page)


def test_success_leaves_out_who_was_suppressed_and_counts_what_arrived(twilio, db, work, desk, browser):
    people = make_people(10)
    for one in people:
        consent.grant(one, "sms", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    task = launch(make_task(write(WORDS, purpose="marketing"), "sms"))
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    consent.withdraw([people[0].person_id], [("sms", "marketing")], actor=SYSTEM, source="portal")
    db.commit()
    work()
    for place, sid in enumerate(twilio.messages):
        url, fields, headers = twilio.report(
            sid, "delivered" if place < 6 else "undelivered", "" if place < 6 else "30003"
        )
        browser().post(url.removeprefix("http://crm.test"), fields, headers=headers)
    work()
    assert report(desk.get(f"/reach/tasks/{task.id}"))["Text message"] == ["10", "1", "6", "6", "3", "66.7%"]


def test_what_the_provider_took_and_could_not_bring_goes_by_the_next_channel(twilio, work, mailbox, desk, browser):
    """An SMS is reported as undelivered, and a mail comes back; each of the two is reached by the other channel."""
    ada, ben = make_people(3)[1:]
    by_text, by_mail = (launch(make_task(write(WORDS), *order)) for order in (("sms", "email"), ("email", "sms")))
    work()
    told = len(mailbox.messages)
    sid = next(sid for sid, went in twilio.messages.items() if went["To"] == ada.phone)
    for _twice in range(2):
        url, fields, headers = twilio.report(sid, "undelivered", "30003")
        assert browser().post(url.removeprefix("http://crm.test"), fields, headers=headers).status_code == 204
        work()
    assert [mail["To"] for mail in mailbox.messages[told:]] == [ada.email]
    (first, *_later) = [mail for mail in mailbox.messages[:told] if mail["To"] == ben.email]
    inbox, texts = make_mailbox(), len(twilio.messages)
    take(inbox, returned(first["Message-ID"]))
    work()
    assert [went["To"] for went in list(twilio.messages.values())[texts:]] == [ben.phone]
    assert report(desk.get(f"/reach/tasks/{by_text.id}")) == {
        "Text message": ["3", "–", "2", "nobody tells", "1", "66.7% of sent"],
        "Email": ["1 1 after another", "–", "1", "nobody tells", "–", "100.0% of sent"],
        "All": ["3", "–", "3", "", "–", "100.0%"],
    }
    page = desk.get(f"/reach/tasks/{by_mail.id}")
    assert report(page)["Email"] == ["2", "–", "1", "nobody tells", "1", "50.0% of sent"]
    assert report(page)["All"] == ["3", "–", "3", "", "–", "100.0%"]
    assert "Came back 5.1.1" in text_of(page)


def test_both_tries_are_shown_of_the_person_and_among_the_deliveries(twilio, db, work, mailbox, desk):
    _nobody, carla = make_people(2)
    twilio.unreachable = {carla.phone}
    launch(make_task(write(WORDS), "sms", "email", name="Lamps are here"))
    work()
    run_id = db.scalars(select(Run.run_id)).one()
    listed = text_of(desk.get(f"/reach/deliveries?run={run_id}"))
    assert listed.count(carla.name) == 2
    assert "Text message then Email" in text_of(desk.get(f"/reach/deliveries?run={run_id}&became=failed"))
    stream = text_of(desk.get(f"/customers/{carla.person_id}"))
    assert "Text message · Failed" in stream
    assert "Email · Sent" in stream
    first = desk.get(f"/reach/deliveries/r{run_id}-{carla.person_id.hex}-sms")
    assert "Tried by the next channel Email" in text_of(first)
    second = desk.get(f"/reach/deliveries/r{run_id}-{carla.person_id.hex}-email")
    assert "It could not be brought by Text message" in text_of(second)


def test_the_form_and_the_estimate_say_what_comes_next(twilio, db, desk):
    make_people(2)
    task = make_task(write(WORDS), "sms", "email")
    assert "where it cannot reach them, by the next" in text_of(desk.get(f"/reach/tasks/{task.id}/edit?step=what"))
    check = text_of(desk.get(f"/reach/tasks/{task.id}/edit?step=check"))
    assert "Whom one channel cannot reach is tried by the next that is open to them: Text message, then Email." in check
