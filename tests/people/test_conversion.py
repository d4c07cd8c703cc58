"""Becoming a customer: on purpose or by buying, once, with when and by whom."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.engine.events.models import Event
from app.people import actions, conversion, queries
from app.people.actions import CustomerDetails
from app.people.models import Customer, StageChange
from app.sales import actions as sales
from app.sales.actions import SaleLine
from tests.factories import make_customer, make_employee, make_product
from tests.importing import bring_in


def told(db, kind: str = "lead.converted") -> list[Event]:
    return list(db.scalars(select(Event).where(Event.type == kind).order_by(Event.event_id)))


def steps(customer) -> list[tuple[str | None, str]]:
    return [(step.before, step.after) for step in reversed(queries.list_stage_changes(customer.person_id))]


def buy(customer, **options):
    sold = sales.record_sale(customer, [SaleLine(make_product().product_id)], actor=SYSTEM, **options)
    database.session.commit()
    return sold


def test_a_new_lead_is_told_and_a_new_customer_is_not(db):
    lead = actions.register_customer(CustomerDetails(last_name="Lea", stage="lead"), actor=SYSTEM, source="fair")
    actions.register_customer(CustomerDetails(last_name="Cora"), actor=SYSTEM)
    db.commit()
    (event,) = told(db, "lead.created")
    assert (event.subject_id, event.payload) == (lead.person_id, {"stage": "lead", "source": "fair"})


def test_the_button_converts_and_says_who_did(browser, db):
    lead, ravi = make_customer(stage="lead", last_name="Lea"), make_employee(first_name="Ravi", last_name="Patel")
    page = browser(ravi)
    assert "Convert to customer" in page.get(f"/customers/{lead.person_id}").text
    page.post(f"/customers/{lead.person_id}/conversion")
    after = page.get(f"/customers/{lead.person_id}").text
    assert "Convert to customer" not in after
    assert "by Ravi Patel" in after
    (event,) = told(db)
    assert (event.actor_id, event.payload) == (ravi.person_id, {"before": "lead", "how": "hand"})
    assert db.scalars(select(StageChange.actor_id).where(StageChange.after == "customer")).all() == [ravi.person_id]


def test_pressed_twice_it_is_told_once(browser, db):
    lead, page = make_customer(stage="prospect"), browser(make_employee())
    for _press in range(2):
        assert page.post(f"/customers/{lead.person_id}/conversion").status_code == 303
    assert len(told(db)) == 1


def test_who_may_not_edit_may_not_convert(browser, db):
    lead = make_customer(stage="lead")
    assert browser(make_customer()).post(f"/customers/{lead.person_id}/conversion").status_code == 403
    assert steps(lead) == [(None, "lead")]


def test_a_former_customer_is_no_lead(browser, db):
    former = make_customer(stage="former")
    assert browser(make_employee()).post(f"/customers/{former.person_id}/conversion").status_code == 409


def test_the_first_purchase_converts_and_the_second_does_not(db):
    lead = make_customer(stage="lead")
    buy(lead)
    buy(lead)
    assert lead.stage == "customer"
    (event,) = told(db)
    assert event.payload == {"before": "lead", "how": "purchase"}
    assert steps(lead) == [(None, "lead"), ("lead", "customer")]


def test_a_purchase_written_down_later_counts_from_its_own_day(db):
    met = now() - timedelta(days=30)
    lead = make_customer(stage="lead", created_at=met)
    early = make_customer(stage="lead", created_at=met)
    sold = buy(lead, at=met + timedelta(days=10))
    buy(early, at=met - timedelta(days=10))
    newest = {one.person_id: one.at for one in db.scalars(select(StageChange).where(StageChange.before == "lead"))}
    assert newest == {lead.person_id: sold.at, early.person_id: met}


def test_an_edited_stage_is_a_conversion_too(db):
    lead = make_customer(stage="lead")
    actions.edit_customer(lead, {"stage": "customer"}, actor=SYSTEM)
    actions.edit_customer(lead, {"stage": "lead"}, actor=SYSTEM)
    db.commit()
    assert len(told(db)) == 1
    assert steps(lead) == [(None, "lead"), ("lead", "customer"), ("customer", "lead")]


def at_once(app, person_id, *ways) -> list:
    """Each way on a thread and a connection of its own, let go in the same moment."""
    start, done = threading.Barrier(len(ways), timeout=10), []

    def act(way) -> None:
        with app.app_context():
            mine = database.session.get(Customer, person_id)
            start.wait()
            done.append(way(mine))
            database.session.commit()

    threads = [threading.Thread(target=act, args=(way,)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return done


def by_hand(customer) -> bool:
    return conversion.convert(customer, actor=SYSTEM)


def test_two_at_once_are_one_conversion(app, db):
    lead_id = make_customer(stage="lead").person_id
    db.commit()
    assert sorted(at_once(app, lead_id, by_hand, by_hand)) == [False, True]
    assert len(told(db)) == 1


def test_a_sale_and_the_button_at_once_are_one_conversion(app, db):
    lead_id, product_id = make_customer(stage="lead").person_id, make_product().product_id
    db.commit()
    done = at_once(
        app, lead_id, by_hand, lambda mine: sales.record_sale(mine, [SaleLine(product_id)], actor=SYSTEM).kind
    )
    assert "sale" in done
    assert len(told(db)) == 1


def test_an_import_tells_of_leads_and_does_not_undo_a_sale(db):
    known = make_customer(stage="lead", email="lea@example.com")
    sold = make_customer(stage="lead", email="sol@example.com")
    buy(sold)
    lines = "email,name,stage\nnew@example.com,Ned New,lead\nlea@example.com,,customer\nsol@example.com,,lead\n"
    bring_in("customers", lines)
    db.expire_all()
    assert (known.stage, sold.stage) == ("customer", "customer")
    assert [event.payload["how"] for event in told(db)] == ["purchase", "import"]
    assert len(told(db, "lead.created")) == 1


def test_imported_sales_convert_as_of_their_day(db):
    lead = make_customer(stage="lead", reference="17850", created_at=now() - timedelta(days=5000))
    bring_in("transactions", SALES)
    db.expire_all()
    assert lead.stage == "customer"
    (at,) = db.scalars(select(StageChange.at).where(StageChange.before == "lead"))
    assert at.year == 2020
    assert len(told(db)) == 1


SALES = (
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
    "536365,85123A,Candle,6,2020-12-01 08:26,2.55,17850,United Kingdom\n"
)


@pytest.mark.parametrize("stage", ["lead", "customer"])
def test_a_timeline_keeps_what_came_before(browser, db, stage):
    person = make_customer(stage=stage)
    page = browser(make_employee())
    page.post(f"/customers/{person.person_id}/conversion")
    shown = page.get(f"/customers/{person.person_id}").text
    assert ("Became a customer" in shown) == (stage == "lead")


def test_the_metrics_count_both(db):
    buy(make_customer(stage="lead"))
    assert [value for _name, _help, _labels, value in queries.collect()] == [1, 1]


def test_a_key_that_acts_for_nobody_is_kept_as_nobody(db):
    lead = make_customer(stage="lead")
    assert sign_ins.actor_for(lead.person_id) is not None
    conversion.convert(lead, actor=SYSTEM)
    assert queries.list_stage_changes(lead.person_id)[0].actor_name == ""
