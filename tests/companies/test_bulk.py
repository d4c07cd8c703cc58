"""Many companies, and many customers of one, changed at once."""

from sqlalchemy import select

from app.companies.bulk import EDIT
from app.companies.models import Company
from app.core.access import SYSTEM
from app.engine.bulk.kinds import Work, get_action
from app.engine.changes.models import ChangeSet
from tests.factories import make_company, make_customer, make_employee


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


def test_companies_are_given_to_somebody_and_back(db, browser):
    mona = make_employee("manager", first_name="Mona")
    firms, page = [make_company(), make_company()], browser(mona)
    assert "Looked after by" in page.get(f"/bulk/new?list=/companies&query=&do=edit&id={firms[0].company_id}").text
    ids = [one.company_id for one in firms]
    asked = {"list": "/companies", "query": "", "id": ids, "expected": 2}
    assert page.post("/bulk", data={**asked, "do": "edit", "set_owner_id": "1", "owner_id": "x"}).status_code == 422
    page.post("/bulk", data={**asked, "do": "edit", "set_owner_id": "1", "owner_id": mona.person_id})
    db.expire_all()
    assert {one.owner_id for one in firms} == {mona.person_id}
    page.post(f"/changes/{db.scalars(select(ChangeSet.change_set_id)).one()}/undo")
    db.expire_all()
    assert {one.owner_id for one in firms} == {None}


def test_a_change_of_many_is_seen_by_whoever_edits_one(db):
    firm = make_company(industry="Old")
    before = firm.version
    EDIT.run(Work(SYSTEM, [firm.company_id], {"industry": "New"}))
    db.expire_all()
    assert firm.version > before
