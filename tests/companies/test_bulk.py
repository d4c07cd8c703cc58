"""Many companies, and many customers of one, changed at once."""

from app.companies.bulk import EDIT
from app.companies.models import Company
from app.core.access import SYSTEM
from app.engine.bulk.kinds import Work, get_action
from tests.factories import make_company, make_customer


def test_many_customers_are_put_into_a_company(db):
    people = [make_customer() for _ in range(3)]
    edit = get_action("/customers", "edit", SYSTEM)
    work = Work(SYSTEM, [one.person_id for one in people], {"company_id": "Acme"})
    assert edit.run(work) == {}
    db.expire_all()
    assert db.get(Company, people[0].company_id).name == "Acme"
    assert len({one.company_id for one in people}) == 1
    assert set(edit.run(work).values()) == {("unchanged", "")}


def test_many_companies_are_changed(db):
    firms = [make_company(industry="Old"), make_company(industry="New"), make_company()]
    left = EDIT.run(Work(SYSTEM, [one.company_id for one in firms], {"industry": "New"}))
    db.expire_all()
    assert [one.industry for one in firms] == ["New"] * 3
    assert list(left) == [firms[1].company_id]
