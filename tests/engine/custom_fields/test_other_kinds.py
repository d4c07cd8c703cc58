"""Products and companies have fields, too."""

import json
from urllib.parse import urlencode

import pytest

from app.companies.models import Company
from app.core.access import SYSTEM
from app.deals.actions import pipelines
from app.deals.models import Stage
from app.products.models import Product
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_employee, make_key
from tests.importing import bring_in, counts, reasons

KINDS = {
    "product": ("/products", {"name": "Lamp", "sku": "L-1", "kind": "good", "price": "10", "currency": "GBP"}, Product),
    "company": ("/companies", {"name": "Lamp"}, Company),
}


@pytest.fixture
def admin(browser, db):
    return browser(make_employee("admin"))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_field_is_on_form_page_list_and_filter(admin, define, db, kind):
    path, form, model = KINDS[kind]
    define("Colour", "choice", kind=kind, options=["Red", "Blue"], is_required=True)
    define("Shelf", kind=kind, is_unique=True)
    assert "Please fill this in." in text_of(admin.post(path, form))
    made = admin.post(path, {**form, "custom.colour": "blue", "custom.shelf": "A1"})
    shown = admin.follow(made)
    assert "Colour Blue" in text_of(shown)
    here = made.headers["Location"]
    db.rollback()
    record = db.query(model).one()
    assert record.custom == {"colour": "blue", "shelf": "A1"}
    edit = admin.get(f"{here}/edit").get_data(as_text=True)
    assert '<option selected value="blue">Blue</option>' in edit
    changed = {**form, "custom.colour": "red", "custom.shelf": "A1", "seen_custom.colour": "blue"}
    assert admin.post(here, changed).status_code == 303
    stale = admin.post(here, {**form, "custom.colour": "blue", "custom.shelf": "A1", "seen_custom.colour": ""})
    assert stale.status_code == 409
    assert "Red" in text_of(stale)
    where = {"f": "custom.colour", "op": "in", "v": ["red"]}
    listed = admin.get(f"{path}?" + urlencode({"where": json.dumps(where), "columns": "name,custom.colour"}))
    assert "Red" in text_of(listed)
    assert "Lamp" in text_of(listed)


def test_products_are_imported_with_fields(define, db):
    define("Shelf", kind="product", is_unique=True)
    made = bring_in("products", "sku,name,price,shelf\nA,Lamp,1,S1\nB,Cup,2,s1\nC,Tea,3,S3\n")
    assert counts(made) == {"created": 2, "rejected": 1}
    assert reasons(made) == {3: "Shelf: Another product has this already."}
    assert {one.sku: one.custom for one in db.query(Product)} == {"A": {"shelf": "S1"}, "C": {"shelf": "S3"}}


def test_companies_are_imported_with_fields(define, db):
    define("Founded", "number", kind="company")
    made = bring_in("companies", "name,founded\nLotus,1984\nRose,long ago\n")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert db.query(Company).one().custom == {"founded": 1984}


def test_merging_companies_takes_over_what_is_not_known(admin, define, db):
    define("Founded", "number", kind="company")
    define("Motto", kind="company", is_sensitive=True)
    first = admin.post("/companies", {"name": "Lotus"}).headers["Location"]
    admin.post("/companies", {"name": "Rose", "custom.founded": "1984", "custom.motto": "hidden words"})
    merged = admin.post(f"{first}/merger", {"other": "Rose"})
    assert merged.status_code == 303, text_of(merged)
    shown = text_of(admin.get(first))
    assert "Founded 1,984" in shown
    assert "Motto hidden words" in shown


def test_programs_write_fields_of_products(app, define, db):
    define("Shelf", kind="product")
    program = Program(app, make_key(make_employee("admin")))
    price = {"amount_minor": 100, "currency": "GBP"}
    made = program.post("/products", {"sku": "A", "name": "Lamp", "price": price, "custom": {"shelf": "S1"}})
    assert made.json["custom"] == {"shelf": "S1"}
    here = f"/products/{made.json['id']}"
    assert program.patch(here, {"custom": {"shelf": "S2"}}, headers=program.tag(here)).json["custom"] == {"shelf": "S2"}


def test_deals_have_fields_too(admin, define, db):
    define("Region", "choice", kind="deal", options=["North", "South"], is_required=True)
    pipelines.make_usual(actor=SYSTEM)
    db.commit()
    form = {"title": "Lamps", "value": "10", "currency": "GBP", "stage_id": str(db.query(Stage).first().stage_id)}
    assert "Please fill this in." in text_of(admin.post("/deals", form))
    here = admin.post("/deals", {**form, "custom.region": "south"}).headers["Location"]
    assert "Region South" in text_of(admin.get(here))
    assert '<option selected value="south">South</option>' in admin.get(f"{here}/edit").get_data(as_text=True)
    field = f"/records/deal/{here.rpartition('/')[2]}/fields/custom.region"
    assert admin.post(field, {"custom.region": "north", "seen_custom.region": "south"}).status_code == 303
    stale = admin.post(here, {**form, "custom.region": "south", "seen_custom.region": ""})
    assert stale.status_code == 409
    where = json.dumps({"f": "custom.region", "op": "in", "v": ["north"]})
    listed = text_of(admin.get("/deals?" + urlencode({"where": where, "columns": "title,custom.region"})))
    assert "Lamps North" in listed
