"""Bringing companies in, and customers with theirs."""

from sqlalchemy import select, text

from app.companies.models import Company
from app.engine.tags import queries as tags
from app.people.models import Customer
from tests.factories import make_company, make_customer
from tests.importing import bring_in, counts

COMPANIES = """Name,Domain,Industry,Employees
Acme,acme.example,Anvils,"1,200"
Café Noir,,Coffee,
CAFE NOIR,,,12
Bits,bits,Tools,3
"""
CUSTOMERS = """Name,Email,Company,Tags
Ada Lovelace,ada@example.com,Acme,"VIP, Early"
Bob Babbage,bob@example.com,acme.example,vip
Eve Byron,eve@example.com,New Firm,
Max Planck,max@example.com,new firm,
"""


def outcomes(made):
    query = text("SELECT outcome, reason FROM import_rows WHERE import_id = :id ORDER BY line")
    return [(row.outcome, row.reason) for row in db_rows(query, made)]


def db_rows(query, made):
    from app.core.db import db

    return db.session.execute(query, {"id": made.import_id}).all()


def test_companies_come_in_and_are_found_again(db):
    made = bring_in("companies", COMPANIES)
    assert counts(made) == {"created": 2, "updated": 1, "rejected": 1}
    companies = {company.name: company for company in db.scalars(select(Company))}
    assert companies["Acme"].staff == 1200
    assert companies["Café Noir"].staff == 12
    again = bring_in("companies", COMPANIES.replace("CAFE NOIR,,,12\n", ""))
    assert counts(again) == {"unchanged": 2, "rejected": 1}


def test_customers_come_with_their_companies_and_tags(db):
    acme = make_company(name="Acme", domain="acme.example")
    tried = bring_in("customers", CUSTOMERS, dry_run=True)
    assert outcomes(tried)[2] == ("created", "new company New Firm")
    assert [company.name for company in db.scalars(select(Company))] == ["Acme"]
    assert db.scalars(select(Customer)).all() == []
    bring_in("customers", CUSTOMERS)
    people = {customer.first_name: customer for customer in db.scalars(select(Customer))}
    assert people["Ada"].company_id == people["Bob"].company_id == acme.company_id
    assert people["Eve"].company_id == people["Max"].company_id != acme.company_id
    assert [tag.name for tag in tags.tags_of("customer", people["Ada"].person_id)] == ["Early", "VIP"]
    assert [tag.name for tag in tags.tags_of("customer", people["Bob"].person_id)] == ["VIP"]
    again = bring_in("customers", CUSTOMERS)
    assert counts(again) == {"unchanged": 4}


def test_a_known_customer_gets_a_company_and_a_tag(db):
    ada = make_customer(email="ada@example.com", first_name="Ada", last_name="Lovelace")
    made = bring_in("customers", CUSTOMERS.splitlines()[0] + "\nAda Lovelace,ada@example.com,Bits,Late\n")
    assert outcomes(made) == [("updated", "company, tags; new company Bits")]
    db.expire_all()
    assert db.get(Company, ada.company_id).name == "Bits"
