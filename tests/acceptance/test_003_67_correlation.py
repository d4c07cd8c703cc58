"""003-67: one id from the request through event, job and mail; `flask trace` prints them all."""

from sqlalchemy import select

from app.core.jobs import Job
from app.engine.events.models import Event
from app.engine.notices.models import OutgoingMail
from tests.factories import make_channel, make_customer, make_employee


def test_one_id_follows_the_work(app, db, browser, work, mailbox):
    ravi, channel = make_employee(), make_channel(make_customer())
    answer = browser(ravi).post(f"/conversations/{channel.channel_id}/acceptance")
    assert answer.status_code == 303
    followed = answer.headers["X-Request-ID"]
    event = db.scalars(select(Event).where(Event.type == "channel.accepted")).one()
    assert event.correlation_id == followed
    printed = app.test_cli_runner().invoke(args=["trace", followed]).output
    assert "channel.accepted" in printed
    assert "audit" in printed


def test_a_mailed_request_is_traced_to_its_mail(app, db, browser, work, mailbox):
    carla = make_customer(email="carla@example.com")
    answer = browser().post("/forgot", {"email": carla.email})
    followed = answer.headers["X-Request-ID"]
    work()
    assert [message["To"] for message in mailbox.messages] == ["carla@example.com"]
    mail = db.scalars(select(OutgoingMail)).one()
    job = db.scalars(select(Job).where(Job.name == "notices.deliver_mail")).one()
    assert job.correlation_id == mail.correlation_id
    printed = app.test_cli_runner().invoke(args=["trace", mail.correlation_id]).output
    assert "sent to carla@example.com" in printed
    assert mail.correlation_id == followed


def test_an_id_that_a_proxy_gave_is_kept_and_a_strange_one_is_not(browser):
    visitor = browser()
    assert visitor.get("/sign-in", headers={"X-Request-ID": "abc123def456"}).headers["X-Request-ID"] == "abc123def456"
    assert visitor.get("/sign-in", headers={"X-Request-ID": 'x"y; z'}).headers["X-Request-ID"] != 'x"y; z'
