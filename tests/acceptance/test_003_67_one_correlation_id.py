"""003-67: one id from the request through event, job and mail; `flask trace` prints all of it."""

import re

from sqlalchemy import select

from app.core import jobs
from app.engine.events.models import Event
from app.engine.notices.models import OutgoingMail
from tests.factories import make_channel, make_customer, make_employee

REQUEST = "walk0000111122223333"


def test_one_id_from_request_to_mail(app, browser, db, work, mailbox):
    carla, ravi = make_customer(), make_employee()
    channel = make_channel(carla)
    work()
    mailbox.messages.clear()
    answer = browser(ravi).post(f"/conversations/{channel.channel_id}/acceptance", headers={"X-Request-ID": REQUEST})
    assert answer.headers["X-Request-ID"] == REQUEST
    work()
    event = db.scalars(select(Event).where(Event.type == "channel.accepted")).one()
    mail = db.scalars(select(OutgoingMail).where(OutgoingMail.key == f"channel.accepted:{event.uid}")).one()
    job = db.scalars(select(jobs.Job).where(jobs.Job.key == f"mail:{mail.mail_id}")).one()
    assert {event.correlation_id, mail.correlation_id, job.correlation_id} == {REQUEST}
    assert len(mailbox.to(carla.email)) == 1
    printed = app.test_cli_runner().invoke(args=["trace", REQUEST])
    assert printed.exit_code == 0
    for kind, words in (
        ("event", "channel.accepted"),
        ("job", "notices.deliver_mail done"),
        ("mail", f"sent to {carla.email}"),
        ("audit", "comm_channels"),
    ):
        assert re.search(rf"{kind} +.*{re.escape(words)}", printed.output), printed.output


def test_a_reset_is_traced_to_its_mail(app, browser, work, mailbox):
    carla = make_customer()
    followed = browser().post("/forgot", {"email": carla.email}).headers["X-Request-ID"]
    work()
    printed = app.test_cli_runner().invoke(args=["trace", followed])
    assert f"sent to {carla.email}" in printed.output


def test_without_an_id_each_request_gets_its_own(browser):
    window = browser()
    given = [window.get("/sign-in", headers=headers).headers["X-Request-ID"] for headers in ({}, {"X-Request-ID": "x"})]
    assert len(set(given)) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in given)


def test_an_unknown_id_has_no_entries(app):
    printed = app.test_cli_runner().invoke(args=["trace", "nothing"])
    assert "0 entries for nothing" in printed.output
