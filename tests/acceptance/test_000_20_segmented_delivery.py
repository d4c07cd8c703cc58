"""000-20 and 001-13: whom a preview counts are those who are reached; who left before is not among them.

What is sent to is a stored copy of the members: it is made at the moment of sending, and stays as it was.
"""

from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.filters import queries as filters
from app.engine.filters import tree
from app.people import actions as people_actions
from app.reach import estimates
from app.reach.models import Run
from app.segments import actions, membership
from app.segments.actions import SegmentDetails
from app.segments.models import Member
from tests.factories import make_customer
from tests.reach.cast import launch, make_task, write

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


def recipients(segment) -> set:
    return set(database.session.scalars(select(Member.person_id).where(Member.segment_id == segment.segment_id)))


def move(customer, country: str) -> None:
    database.session.execute(
        text("UPDATE customers SET country = :country WHERE person_id = :id"),
        {"country": country, "id": customer.person_id},
    )
    database.session.commit()


def test_the_preview_counts_exactly_those_who_are_kept(db):
    carla, doris, leaver = (make_customer(country="Norway") for _number in range(3))
    make_customer(country="Spain")
    audience = actions.create(SegmentDetails("Norwegians", NORWAY), actor=SYSTEM)
    move(leaver, "Spain")
    membership.refresh(audience)
    sent_to = actions.copy(audience, actor=SYSTEM)
    db.commit()
    preview = filters.preview(SYSTEM, tree.read("customer", {"in": "segment", "v": str(audience.segment_id)}))
    assert preview.count == sent_to.member_count == 2
    assert recipients(sent_to) == {carla.person_id, doris.person_id}
    move(carla, "Spain")
    membership.refresh(audience)
    db.commit()
    assert recipients(audience) == {doris.person_id}
    assert recipients(sent_to) == {carla.person_id, doris.person_id}


def test_the_estimate_of_a_task_counts_exactly_its_recipients(db, work):
    make_customer(country="Norway")
    leaver = make_customer(country="Norway")
    make_customer(country="Spain")
    erased = make_customer(country="Norway")
    task = make_task(write(), tree=NORWAY)
    suppressed = make_task(write(purpose="marketing"), tree=NORWAY)
    move(leaver, "Spain")
    people_actions.erase_customer(erased, actor=SYSTEM, reason="Asked for it")
    db.commit()
    said = estimates.estimate(task)
    assert (said.people, said.messages, said.rows, said.is_about) == (1, 1, 1, False)
    launch(task)
    work()
    run = db.scalars(select(Run)).one()
    assert (run.audience, run.planned, run.excluded) == (said.people, said.messages, {})
    refused = estimates.estimate(suppressed)
    assert (refused.messages, refused.reasons) == (0, {"no_consent": 1})
    assert refused.messages + refused.nothing == refused.people


def test_an_estimate_that_takes_too_long_is_told_from_a_sample(db, monkeypatch):
    for _number in range(5):
        make_customer(country="Norway")
    task = make_task(write(), tree=NORWAY)
    db.execute(text("ANALYZE customers"))
    slow = text("SELECT pg_sleep(1)")
    counted = estimates._count
    calls = []

    def slowly(planned):
        calls.append(planned)
        if len(calls) == 1:
            db.execute(slow)
        return counted(planned)

    monkeypatch.setattr(estimates, "BUDGET", "100ms")
    monkeypatch.setattr(estimates, "_count", slowly)
    said = estimates.estimate(task)
    assert said.is_about
    assert said.people == said.messages == 5
