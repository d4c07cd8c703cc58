"""000-40: a delivery's page shows each step with its time, from what set it off to the receipt."""

from datetime import timedelta

from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import now
from app.people import actions as people
from app.people.actions import CustomerDetails
from app.reach import references
from app.reach.models import Delivery, Run, Step, TouchTask
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import launch, make_task, write


def steps_on(page) -> str:
    """What the page says step by step."""
    return text_of(page).partition("Step by step")[2].partition("Reference")[0]


def reference_of(delivery: Delivery) -> str:
    return references.write(delivery.run_id, delivery.person_id, delivery.channel)


def test_each_step_from_the_launch_to_the_receipt(db, browser, work):
    make_customer(first_name="Ada", email="ada@example.com")
    task = launch(make_task(write()))
    work()
    delivery, run = db.scalars(select(Delivery)).one(), db.scalars(select(Run)).one()
    step = db.scalars(select(Step)).one()
    key = {"run_id": run.run_id, "person_id": delivery.person_id, "channel": "in_app", "day": run.day, "attempt": 1}
    db.add(
        Step(**key, kind="delivered", at=step.at + timedelta(seconds=9), code="2.0.0", words="Taken by their server")
    )
    db.commit()
    shown = browser(make_employee("manager")).get(f"/reach/deliveries/{reference_of(delivery)}")
    page = steps_on(shown)
    places = [page.index(word) for word in ("Launched", "Chosen", "Sent", "Delivered", "Taken by their server")]
    assert places == sorted(places)
    assert task.name in text_of(shown)
    assert "ada@example.com" in text_of(shown)


def test_what_an_event_set_off_begins_with_the_event(db, browser, work):
    task = launch(make_task(write(), timing="event", event_type="customer.registered"))
    db.get(TouchTask, task.id).launched_at = now() - timedelta(minutes=1)
    db.commit()
    people.register_customer(
        CustomerDetails(first_name="Ada", last_name="Byron", email="ada@example.com"), actor=SYSTEM
    )
    db.commit()
    work()
    page = steps_on(
        browser(make_employee()).get(f"/reach/deliveries/{reference_of(db.scalars(select(Delivery)).one())}")
    )
    assert "What it answers" in page
    assert page.index("What it answers") < page.index("Chosen") < page.index("Sent")


def test_who_was_left_out_reads_why(db, browser, work):
    make_customer()
    launch(make_task(write(purpose="marketing")))
    work()
    page = text_of(
        browser(make_employee()).get(f"/reach/deliveries/{reference_of(db.scalars(select(Delivery)).one())}")
    )
    assert "Left out" in page
    assert "Has not agreed" in page


def test_strangers_see_nothing_of_it(db, browser, work):
    customer = make_customer(email="ada@example.com")
    launch(make_task(write()))
    work()
    address = f"/reach/deliveries/{reference_of(db.scalars(select(Delivery)).one())}"
    assert browser(customer).get(address).status_code in (403, 404)
    assert browser(make_employee()).get("/reach/deliveries/r1-nonsense").status_code == 404


def test_their_own_page_leads_there(db, browser, work):
    customer = make_customer()
    launch(make_task(write(), name="Spring lamps"))
    work()
    page = browser(make_employee()).get(f"/customers/{customer.person_id}")
    address = f"/reach/deliveries/{reference_of(db.scalars(select(Delivery)).one())}"
    assert page.get_data(as_text=True).count(address) == 2  # in the stream, and in the panel
