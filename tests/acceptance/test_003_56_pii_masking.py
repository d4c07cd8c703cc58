"""003-56: a role without `pii.read` sees contact details masked wherever they stand; unmasking is kept for good."""

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from app.accounts.actions import roles
from app.core.access import SYSTEM
from app.core.clock import today
from app.core.db import db as database
from app.deals.actions import lines
from app.deals.quotes import actions as quotes
from app.engine.events.models import Event
from app.invoices import actions as invoices
from app.orders import pricing
from app.orders.actions import ordering
from app.people.models import Customer
from app.sales import actions as sales
from app.taxes.calculating import Tax
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_key, make_product


@pytest.fixture
def ada(db):
    return make_customer(
        first_name="Ada", last_name="Lovelace", email="ada@example.com", phone="+8613812341234", address="12 Square"
    )


@pytest.fixture
def agent(db):
    """Somebody whose role lost the right to see contact details in full."""
    _take_from_agents("pii.read")
    return make_employee("agent")


def _take_from_agents(permission):
    present = roles.present_grants()
    roles.change_grants({("agent", permission): None}, seen=roles.fingerprint(present))
    database.session.commit()


HIDDEN = ("ada@example.com", "138 1234 1234", "13812341234", "12 Square")


@pytest.mark.parametrize(
    "path", ["/customers", "/customers?columns=name,email,phone", "/customers/{id}", "/search?q=Ada"]
)
def test_pages_mask(browser, agent, ada, path):
    page = browser(agent).get(path.format(id=ada.person_id)).get_data(as_text=True)
    assert "Ada Lovelace" in page
    assert not [word for word in HIDDEN if word in page]
    assert "a****@example.com" in page


def test_the_number_keeps_its_ends(browser, agent, ada):
    assert "138****1234" in text_of(browser(agent).get(f"/customers/{ada.person_id}"))


def test_whoever_has_the_right_sees_all(browser, ada):
    page = text_of(browser(make_employee("manager")).get(f"/customers/{ada.person_id}"))
    assert "ada@example.com" in page
    assert "+86 138 1234 1234" in page


def test_the_api_masks(app, agent, ada):
    key = make_key(agent, "customers.read")
    answer = app.test_client().get(f"/api/v1/customers/{ada.person_id}", headers={"Authorization": f"Bearer {key}"})
    assert answer.json["phone"] == "138****1234"
    assert answer.json["email"] == "a****@example.com"
    assert answer.json["address"] == "****"


def test_what_is_masked_is_not_changed(browser, agent, ada, db):
    them = browser(agent)
    form = them.get(f"/customers/{ada.person_id}/edit").get_data(as_text=True)
    assert not [word for word in HIDDEN if word in form]
    them.post(f"/customers/{ada.person_id}", {"first_name": "Ada", "last_name": "King", "stage": "customer"})
    ada = db.get(Customer, ada.person_id, populate_existing=True)
    assert (ada.last_name, ada.email, ada.phone) == ("King", "ada@example.com", "+8613812341234")


def test_unmasking_is_kept(browser, agent, ada, db):
    them = browser(agent)
    shown = text_of(them.post(f"/customers/{ada.person_id}/revelation"))
    assert "ada@example.com" in shown
    kept = db.scalars(select(Event).where(Event.type == "customer.revealed")).one()
    assert (kept.actor_id, kept.subject_id) == (agent.person_id, ada.person_id)


def test_unmasking_takes_a_right(browser, agent, ada, db):
    _take_from_agents("pii.reveal")
    them = browser(agent)
    assert "Show in full" not in text_of(them.get(f"/customers/{ada.person_id}"))
    assert them.post(f"/customers/{ada.person_id}/revelation").status_code == 403


def test_a_customer_without_a_name_is_called_by_a_masked_email(browser, agent, db):
    """A name stands everywhere, and is written as it is."""
    lead = make_customer(first_name="", last_name="", email="lead@example.com")
    make_deal(customer_id=lead.person_id)
    them = browser(agent)
    for path in ("/customers", f"/customers/{lead.person_id}", "/deals", "/deals/people?customer_words=lead"):
        page = them.get(path, fragment="people" in path).get_data(as_text=True)
        assert "lead@example.com" not in page, path
    assert db.scalar(select(Customer.name)) == lead.name == "l****@example.com"


def test_papers_and_answers_mask(browser, agent, ada, db):
    product = make_product(price_minor=1000)
    line = pricing.Priced(product, 1, Tax("VAT", Decimal("0.2")))
    invoice = invoices.issue(ordering.place(ada, [line], pay_by="invoice", actor=SYSTEM), actor=SYSTEM)
    deal = make_deal(customer_id=ada.person_id)
    lines.set_lines(deal, [lines.LineDetails(product.product_id)], actor=SYSTEM)
    quote = quotes.make_quote(deal, quotes.QuoteDetails(valid_until=today()), actor=SYSTEM)
    db.commit()
    them = browser(agent)
    shown = text_of(them.get(f"/invoices/{invoice.invoice_id}"))
    assert "Ada Lovelace" in shown
    assert "12 Square" not in shown
    mailed = text_of(them.follow(them.post(f"/quotes/{quote.quote_id}/mail")))
    assert "goes to a****@example.com" in mailed


def test_what_is_masked_is_not_asked_about(browser, agent, ada):
    """Asked letter by letter, a filter would tell all of it."""
    where = json.dumps({"f": "email", "op": "starts", "v": "ada@"})
    assert browser(agent).get("/customers?" + urlencode({"where": where})).status_code == 403
    assert "Ada" in text_of(browser(make_employee("manager")).get("/customers?" + urlencode({"where": where})))


SEARCHES = (
    "/customers?q={}",
    "/search?q={}",
    "/deals?view=list&state=all&q={}",
    "/deals/people?customer_words={}",
    "/transactions?q={}",
    "/orders?q={}",
    "/invoices?q={}",
)


@pytest.mark.parametrize("path", SEARCHES)
def test_what_is_masked_is_not_searched(browser, agent, db, path):
    ada = make_customer(first_name="Ada", last_name="Lovelace", email="countess@hidden.example")
    product = make_product(price_minor=1000)
    order = ordering.place(
        ada, [pricing.Priced(product, 1, Tax("VAT", Decimal("0.2")))], pay_by="invoice", actor=SYSTEM
    )
    invoices.issue(order, actor=SYSTEM)
    make_deal(customer_id=ada.person_id, title="Engine")
    sales.record_sale(ada, [sales.SaleLine(product.product_id, 1)], actor=SYSTEM)
    db.commit()
    found = "Engine" if path.startswith("/deals?") else "Lovelace"
    is_fragment = "people" in path

    def finds(employee, words: str) -> bool:
        return found in text_of(browser(employee).get(path.format(words), fragment=is_fragment))

    manager = make_employee("manager")
    assert finds(manager, "countess")
    assert finds(manager, "lovelace")
    assert finds(agent, "lovelace")
    assert not finds(agent, "countess")
    assert not finds(agent, "hidden.ex")
