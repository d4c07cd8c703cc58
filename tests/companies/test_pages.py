"""The companies' pages as staff use them."""

import json
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text

from app.accounts import sign_ins
from app.companies.models import Company
from app.core import once
from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.filters import facts, memory, sql, tree
from app.engine.filters.queries import here_and_now
from app.engine.records.kinds import get_record
from app.engine.tags import actions as tags
from app.engine.tags import queries as tag_queries
from app.people.models import Customer
from app.sales import actions as sales
from app.sales.actions import SaleLine
from app.segments import actions as segments
from tests.browser_client import text_of
from tests.factories import make_company, make_customer, make_employee, make_product
from tests.statements import counted

NEW = {
    "name": "Acme Limited",
    "domain": "https://www.Acme.example/about",
    "website": "acme.example",
    "phone": "020 7946 0000",
    "country": "United Kingdom",
    "industry": "Anvils",
    "staff": "1,200",
    "address": "1 Desert Road",
    "owner_id": "",
}


@pytest.fixture
def agent(browser, db):
    return browser(make_employee())


def sell(customer, product, quantity=1):
    line = SaleLine(product.product_id, quantity)
    return sales.record_sale(customer, [line], actor=SYSTEM)


def test_a_company_is_added_once_however_often_the_form_is_sent(agent, db):
    agent.get("/companies/new")
    form = {**NEW, "once": once.new_token()}
    first = agent.post("/companies", form)
    again = agent.post("/companies", form)
    assert first.headers["Location"] == again.headers["Location"]
    company = db.scalars(select(Company)).one()
    assert (company.domain, company.website, company.staff) == ("acme.example", "https://acme.example", 1200)
    page = text_of(agent.follow(first))
    assert "Acme Limited" in page
    assert "+44 20 7946 0000" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", " "), ("domain", "no domain"), ("website", "javascript:alert(1)"), ("phone", "12"), ("staff", "many")],
)
def test_what_makes_no_sense_is_refused_beside_its_field(agent, db, field, value):
    answer = agent.post("/companies", {**NEW, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.get_data(as_text=True)
    assert db.scalars(select(Company)).all() == []


def test_a_domain_belongs_to_one_company_that_is_not_archived(agent, db):
    old = make_company(domain="acme.example")
    answer = agent.post("/companies", NEW)
    assert answer.status_code == 422
    assert "already" in text_of(answer)
    agent.post(f"/companies/{old.company_id}/archive")
    assert agent.post("/companies", NEW).status_code == 303
    refused = agent.post(f"/companies/{old.company_id}/archive/delete")
    assert refused.status_code == 422


def test_the_list_and_the_record_in_at_most_eight_statements(agent, db):
    company = make_company(name="Acme")
    ada = make_customer(company_id=company.company_id)
    sell(ada, make_product())
    db.commit()
    for path in ("/companies", f"/companies/{company.company_id}", f"/customers/{ada.person_id}"):
        agent.get(path)
        with counted() as statements:
            page = agent.get(path)
        assert "Acme" in text_of(page)
        assert len(statements) <= 8, statements


def test_the_record_shows_people_money_and_what_happened(agent, db):
    company, tea = make_company(), make_product(price_minor=500)
    ada, bob = (make_customer(company_id=company.company_id, last_name=name) for name in ("Lovelace", "Babbage"))
    stranger = make_customer(last_name="Stranger")
    for buyer, pieces in ((ada, 2), (bob, 1), (stranger, 7)):
        sell(buyer, tea, pieces)
    db.commit()
    page = text_of(agent.get(f"/companies/{company.company_id}"))
    assert "£15.00" in page
    assert "Last purchase" in page
    assert "Carla Babbage · Bought" in page
    assert page.index("Carla Babbage") < page.index("Carla Lovelace") or "People 2" in page
    assert "Stranger" not in page


def test_many_people_are_counted_and_lead_to_their_list(agent, db):
    company = make_company(name="Acme")
    for number in range(27):
        make_customer(company_id=company.company_id, last_name=f"Worker{number:02}")
    page = text_of(agent.get(f"/companies/{company.company_id}"))
    assert "All 27 people" in page
    assert "Worker24" in page
    assert "Worker25" not in page
    listed = text_of(agent.get(f"/customers?company={company.company_id}"))
    assert "27 customers" in listed
    assert "at Acme" in listed


def test_a_customer_is_put_into_a_company_by_its_name(agent, db):
    acme = make_company(name="Acme")
    form = {"first_name": "Ada", "last_name": "Lovelace", "stage": "customer"}
    agent.get("/customers/new")
    assert agent.post("/customers", {**form, "company_id": "ACME"}).status_code == 303
    assert agent.post("/customers", {**form, "last_name": "Byron", "company_id": "New Firm"}).status_code == 303
    works_for = dict(db.execute(select(Customer.last_name, Customer.company_id)).tuples().all())
    assert works_for["Lovelace"] == acme.company_id
    assert db.get(Company, works_for["Byron"]).name == "New Firm"
    ada = db.scalars(select(Customer).where(Customer.last_name == "Lovelace")).one()
    page = agent.get(f"/customers/{ada.person_id}")
    assert f'href="/companies/{acme.company_id}"' in page.get_data(as_text=True)
    assert 'value="Acme"' in agent.get(f"/customers/{ada.person_id}/edit").get_data(as_text=True)
    answer = agent.post(f"/customers/{ada.person_id}", {**form, "company_id": "", "seen_company_id": "Acme"})
    assert answer.status_code == 303
    db.expire_all()
    assert ada.company_id is None


def test_nobody_overwrites_what_another_just_saved(agent, db):
    company = make_company(name="Acme", industry="Anvils")
    seen = {f"seen_{name}": value for name, value in {"name": "Acme", "industry": "Rockets"}.items()}
    path = f"/companies/{company.company_id}"
    assert agent.post(path, {"name": "Acme", "industry": "Traps", **seen}).status_code == 409
    assert agent.post(path, {"name": "Acme 2", "industry": "Rockets", **seen}).status_code == 303
    db.expire_all()
    assert (company.name, company.industry) == ("Acme 2", "Anvils")


def test_merged_companies_are_one_and_can_be_parted_again(agent, db, work):
    kept, other = make_company(name="Acme"), make_company(name="ACME Ltd", domain="acme.example", industry="Anvils")
    people = [make_customer(company_id=other.company_id) for _ in range(3)]
    tags.tag_record(get_record(SYSTEM, "company", other.company_id), "Key account", actor=SYSTEM)
    db.commit()
    path = f"/companies/{kept.company_id}"
    agent.get(f"{path}/merger")
    assert agent.post(f"{path}/merger", {"other": "nobody"}).status_code == 422
    assert agent.post(f"{path}/merger", {"other": "acme"}).status_code == 422
    answer = agent.post(f"{path}/merger", {"other": "acme.example"})
    page = agent.follow(answer)
    assert "ACME Ltd is merged into Acme." in text_of(page)
    db.expire_all()
    assert {person.company_id for person in people} == {kept.company_id}
    assert (kept.domain, kept.industry, kept.name) == ("acme.example", "Anvils", "Acme")
    assert [tag.name for tag in tag_queries.tags_of("company", kept.company_id)] == ["Key account"]
    assert path in agent.get(f"/companies/{other.company_id}").get_data(as_text=True)
    undo = page.get_data(as_text=True).split('action="/changes/')[1].split('"')[0]
    agent.post(f"/changes/{undo}")
    work()
    db.expire_all()
    assert {person.company_id for person in people} == {other.company_id}
    assert (kept.domain, kept.industry, other.domain, other.archived_at) == (None, "", "acme.example", None)
    assert [tag.name for tag in tag_queries.tags_of("company", other.company_id)] == ["Key account"]


def found(db, entity, where):
    return set(db.scalars(sql.ids(tree.read(entity, where), here_and_now())))


def test_filters_ask_for_companies_and_by_companies(db):
    acme, bits = make_company(name="Acme", industry="Anvils"), make_company(name="Bits")
    ada = make_customer(company_id=acme.company_id)
    bob = make_customer(company_id=bits.company_id)
    eve = make_customer()
    moment = here_and_now()
    for where, expected in (
        ({"f": "company_name", "op": "contains", "v": "acm"}, {ada}),
        ({"f": "company_industry", "op": "empty"}, {bob, eve}),
        ({"f": "company_industry", "op": "is_not", "v": "anvils"}, {bob, eve}),
        ({"f": "has_company", "op": "is", "v": True}, {ada, bob}),
    ):
        assert found(db, "customer", where) == {one.person_id for one in expected}, where
        wanted = tree.read("customer", where)
        for one in (ada, bob, eve):
            known = facts.fetch(wanted, one.person_id, moment)
            assert memory.evaluate(wanted, known, moment).holds == (one in expected), where
    assert found(db, "company", {"agg": "count", "of": "people", "op": "ge", "v": 1}) == {
        acme.company_id,
        bits.company_id,
    }


def test_the_list_is_narrowed_searched_grouped_and_shown_in_columns(agent, db):
    make_company(name="Café Noir", industry="Coffee", domain="noir.example")
    make_company(name="Bits and Bobs", industry="Tools")
    for path, shown in (
        ("/companies?q=cafe", "Café Noir"),
        ("/companies?q=noir.ex", "Café Noir"),
        ("/companies?" + urlencode({"where": json.dumps({"f": "industry", "op": "is", "v": "coffee"})}), "Café Noir"),
        ("/companies?group=industry&columns=tags,domain,staff,state,phone", "Coffee 1"),
    ):
        page = text_of(agent.get(path))
        assert shown in page, path
        assert "Bits" not in page or "group" in path
    assert "Café Noir" in text_of(agent.get("/search?q=cafe+noir", fragment=True))
    assert agent.get("/companies?state=gone").status_code == 422


def test_segments_follow_what_companies_become(agent, db, work):
    acme = make_company(name="Acme", industry="Anvils")
    make_customer(company_id=acme.company_id)
    where = {"f": "company_industry", "op": "is", "v": "rockets"}
    segment = segments.create(segments.SegmentDetails("Rocketeers", where), actor=SYSTEM)
    db.commit()
    agent.post(f"/companies/{acme.company_id}", {"name": "Acme", "industry": "Rockets", "seen_industry": "Anvils"})
    work()
    db.refresh(segment)
    assert segment.member_count == 1


def test_who_is_no_staff_sees_no_company(browser, db):
    company = make_company()
    customer = browser(make_customer())
    assert customer.get("/companies").status_code == 403
    assert customer.get(f"/companies/{company.company_id}").status_code == 403
    assert browser(make_employee()).get(f"/companies/{make_customer().person_id}").status_code == 404


def test_the_stream_shows_what_the_actor_may_see(db):
    from app.companies import stream

    company = make_company()
    ada = make_customer(company_id=company.company_id)
    sell(ada, make_product())
    db.commit()
    agent_id = make_employee().person_id
    happenings = stream.list_latest(sign_ins.actor_for(agent_id), company.company_id)
    assert [one.person_id for one in happenings] == [ada.person_id] * len(happenings)
    assert any(one.item.kind == "sales" for one in happenings)
    assert all(now() - one.item.at < timedelta(minutes=5) for one in happenings)


def test_emails_of_people_are_for_whom_sees_contact_details(browser, db, agent):
    company = make_company()
    make_customer(company_id=company.company_id, first_name="", last_name="", email="hidden@example.com")
    path = f"/companies/{company.company_id}"
    assert "hidden@example.com" in text_of(agent.get(path))
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'pii.read', NULL)"))
    db.commit()
    page = text_of(browser(make_employee()).get(path))
    assert "hidden@example.com" not in page
    assert "h****@example.com" in page
