"""000-46, 001-41: what piles up is measured and told once; what is worth nothing any more is never sent."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core import metrics
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.jobs import Job
from app.engine.events import actions as events
from app.engine.notices.models import Notice
from app.reach import lateness, runs
from app.reach.channels import actions as providers
from app.reach.channels.actions import ProviderDetails
from app.reach.models import Run, Trigger
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import kinds, launch, make_task, write

ACCOUNT = {"account_sid": "AC0123", "token": "secret token", "sender": "+442079460000"}


@pytest.fixture
def marta(db):
    return make_employee("manager")


def settle_people(db) -> None:
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()


def let_wait(db, **length) -> None:
    """As so much later, with nobody at work."""
    moment = now() - timedelta(**length)
    db.execute(update(Run).values(due_at=moment, started_at=moment))
    db.execute(update(Run).where(Run.expanded_at.is_not(None)).values(expanded_at=moment))
    db.commit()


def watch(db) -> None:
    lateness.watch()
    db.commit()


def told(db, person) -> list[str]:
    return list(db.scalars(select(Notice.title).where(Notice.person_id == person.person_id)))


def gauge(name: str, lane: str) -> float:
    line = next(one for one in metrics.scrape()[0].decode().splitlines() if one.startswith(f'{name}{{lane="{lane}"}}'))
    return float(line.split()[-1])


def test_what_waits_is_measured_by_lane(db):
    make_customer()
    launch(make_task(write(lane="bulk")))
    settle_people(db)
    let_wait(db, minutes=5)
    assert gauge("rapport_reach_chunks_open", "bulk") == 1
    assert 300 <= gauge("rapport_reach_backlog_seconds", "bulk") < 330
    assert gauge("rapport_reach_backlog_seconds", "critical") == 0


def test_who_can_send_is_told_once_while_it_lasts_and_anew_the_next_time(db, work, browser, marta):
    ada, arne = make_employee("admin"), make_employee("agent")
    make_customer()
    for time in (1, 2):
        launch(make_task(write(lane="critical")))
        db.execute(update(Run).where(Run.state == "done").values(state="failed"))
        let_wait(db, seconds=59)
        watch(db)
        assert len(told(db, marta)) == time - 1
        let_wait(db, seconds=61)
        watch(db)
        watch(db)
        assert told(db, marta) == told(db, ada) == ["Messages that go at once are late"] * time
        assert told(db, arne) == []
        page = text_of(browser(marta).get("/reach/tasks"))
        assert "Messages that go at once are late, since just now" in page
        assert "No worker is running for them, or too few are." in page
        work()
        watch(db)
        assert "are late" not in text_of(browser(marta).get("/reach/tasks"))


def test_a_provider_that_takes_nothing_is_named_with_what_it_says(db, browser, marta):
    make_customer(phone="+447700900123")
    provider = providers.add_provider(ProviderDetails("twilio", settings=ACCOUNT), actor=SYSTEM)
    provider.problem = "Twilio says 20003: Authenticate"
    db.commit()
    task = launch(make_task(write({"sms": {"en": {"body": "Hello"}}}, lane="critical"), "sms"))
    settle_people(db)
    let_wait(db, minutes=2)
    watch(db)
    why = "Text message: Twilio says 20003: Authenticate."
    assert db.scalars(select(Notice.body).where(Notice.person_id == marta.person_id)).all() == [why]
    page = browser(marta)
    assert why in text_of(page.get("/reach/tasks"))
    assert why in text_of(page.get(f"/reach/tasks/{task.id}"))


@pytest.mark.parametrize(("lane", "minutes"), [("critical", 1), ("default", 10), ("bulk", 30)])
def test_each_lane_may_wait_as_long_as_is_right_for_it(db, marta, lane, minutes):
    make_customer()
    launch(make_task(write(lane=lane)))
    settle_people(db)
    for more, times in ((-1, 0), (1, 1)):
        let_wait(db, seconds=60 * minutes + more)
        watch(db)
        assert len(told(db, marta)) == times


def test_an_event_that_nobody_answers_is_late_too(db, marta, work):
    carla = make_customer()
    task = make_task(write(lane="critical"), timing="event", event_type="customer.updated", delay_minutes=1)
    launch(task)
    events.emit("customer.updated", actor=SYSTEM, subject_id=carla.person_id, fields=["country"])
    db.commit()
    work()
    watch(db)
    assert told(db, marta) == []
    db.execute(update(Trigger).values(due_at=now() - timedelta(minutes=2)))
    db.commit()
    watch(db)
    assert told(db, marta) == ["Messages that go at once are late"]


def test_the_pace_of_a_provider_makes_nothing_late(db, marta):
    make_customer()
    launch(make_task(write(lane="critical")))
    settle_people(db)
    in_an_hour = now() + timedelta(hours=1)
    its_turn = update(Job).where(Job.name == "reach.send")
    db.execute(its_turn.values(args=Job.args.op("||")({"has_turn": True}), due_at=in_an_hour))
    let_wait(db, minutes=5)
    watch(db)
    assert told(db, marta) == []


def test_past_its_time_a_message_expires_and_is_not_sent(db, work, browser, marta):
    make_customer()
    task = launch(make_task(write(lives=60)))
    settle_people(db)
    db.execute(update(Run).values(expires_at=now() - timedelta(seconds=1)))
    db.commit()
    work()
    assert kinds() == {"expired": 1}
    assert db.scalars(select(Notice.title).where(Notice.key.like("r%"))).all() == []
    assert "Came too late to be sent" in text_of(browser(marta).get(f"/reach/tasks/{task.id}"))
