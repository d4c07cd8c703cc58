"""002-01: a lead becomes a customer and keeps all that happened; one search and one funnel hold both."""

from app.accounts import sign_ins
from app.sales import actions as sales
from app.sales.actions import SaleLine
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_product


def test_from_a_first_question_to_the_first_purchase(browser, db):
    ravi = make_employee(first_name="Ravi")
    lead = make_customer(first_name="Lea", last_name="Moreau", stage="lead", source="Fair")
    make_customer(first_name="Cora", last_name="Moreau")
    make_channel(lead, owner=ravi, topic="Is the blanket washable?")
    agent = browser(ravi)

    found = text_of(agent.get("/customers?q=moreau"))
    assert "Lea Moreau" in found
    assert "Cora Moreau" in found

    sales.record_sale(lead, [SaleLine(make_product().product_id)], actor=sign_ins.actor_for(ravi.person_id))
    db.commit()
    record = text_of(agent.get(f"/customers/{lead.person_id}"))
    assert "Is the blanket washable?" in record
    assert "Became a customer by buying" in record

    funnel = agent.get("/funnel")
    assert "100.0%" in text_of(funnel)
    assert "Fair" in text_of(funnel)
    lines = agent.get("/customers?stage=customer")
    assert "Lea Moreau" in text_of(lines)
