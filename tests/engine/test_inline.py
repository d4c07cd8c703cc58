"""Facts are edited where they stand, one at a time, and nobody overwrites what they have not seen."""

import re

import pytest
from sqlalchemy import text

from tests.browser_client import text_of
from tests.factories import make_company, make_customer, make_deal, make_employee, make_product


@pytest.fixture
def ada(db):
    return make_employee(first_name="Ada", last_name="Byron")


@pytest.fixture
def carla(db):
    return make_customer(first_name="Carla", last_name="Costa", phone="+442079460000")


def address(customer, name):
    return f"/records/customer/{customer.person_id}/fields/{name}"


def seen_in(answer, name):
    return re.search(rf'name="seen_{name}" value="([^"]*)"', answer.get_data(as_text=True))[1]


def test_every_fact_of_a_customer_has_its_input(browser, db, ada, carla):
    desk = browser(ada)
    page = desk.get(f"/customers/{carla.person_id}").get_data(as_text=True)
    names = re.findall(r'href="/records/customer/[^"]+/fields/([\w.]+)/edit"', page)
    assert names == [
        "first_name",
        "last_name",
        "email",
        "phone",
        "address",
        "stage",
        "owner_id",
        "company_id",
        "country",
    ]
    for name in names:
        form = desk.get(address(carla, name) + "/edit", fragment=True)
        assert form.status_code == 200
        assert f'name="{name}"' in form.get_data(as_text=True)


@pytest.mark.parametrize(
    "case",
    [
        ("first_name", "Clara", "Clara"),
        ("email", "clara@example.com", "clara@example.com"),
        ("phone", "020 7946 0001", "+44 20 7946 0001"),
        ("address", "1 High Street\r\nYork", "1 High Street York"),
        ("stage", "former", "Former"),
        ("country", "Norway", "Norway"),
        ("company_id", "Lotus Ltd", "Lotus Ltd"),
    ],
)
def test_a_field_is_saved_alone_and_can_be_undone(browser, db, ada, carla, case):
    (name, typed, shown), desk = case, browser(ada)
    seen = seen_in(desk.get(address(carla, name) + "/edit", fragment=True), name)
    answer = desk.post(address(carla, name), {name: typed, f"seen_{name}": seen}, fragment=True)
    assert answer.status_code == 200
    assert shown in text_of(answer)
    assert "record-changed" in answer.headers["HX-Trigger"]
    undo = re.search(r"/changes/[\w-]+/undo", answer.headers["HX-Trigger"])[0]
    desk.post(undo)
    assert seen_in(desk.get(address(carla, name) + "/edit", fragment=True), name) == seen


def test_without_script_it_is_a_page(browser, db, ada, carla):
    desk = browser(ada)
    assert "First name of Carla Costa" in text_of(desk.get(address(carla, "first_name") + "/edit"))
    page = desk.follow(desk.post(address(carla, "first_name"), {"first_name": "Clara", "seen_first_name": "Carla"}))
    assert "Clara Costa" in text_of(page)
    assert "Saved." in text_of(page)
    assert desk.post(address(carla, "email"), {"email": "no address", "seen_email": carla.email}).status_code == 422


def test_a_refused_value_stays_with_its_reason(browser, db, ada, carla):
    make_customer(email="taken@example.com")
    answer = browser(ada).post(
        address(carla, "email"), {"email": "taken@example.com", "seen_email": carla.email}, fragment=True
    )
    assert answer.status_code == 422
    assert "registered already" in text_of(answer)
    assert 'value="taken@example.com"' in answer.get_data(as_text=True)


def test_who_else_changed_it_is_told_with_both_values_and_a_choice(browser, db, ada, carla):
    bob = make_employee(first_name="Bob", last_name="Stone")
    mine, theirs = browser(ada), browser(bob)
    opened = seen_in(mine.get(address(carla, "country") + "/edit", fragment=True), "country")
    theirs.post(address(carla, "country"), {"country": "Sweden", "seen_country": ""})
    theirs.post(address(carla, "first_name"), {"first_name": "Clara", "seen_first_name": "Carla"})
    answer = mine.post(address(carla, "country"), {"country": "Norway", "seen_country": opened}, fragment=True)
    assert answer.status_code == 409
    assert "Changed by Bob Stone" in text_of(answer)
    assert "Now it says Sweden" in text_of(answer)
    assert 'value="Norway"' in answer.get_data(as_text=True)
    assert "Sweden" in text_of(mine.get(address(carla, "country"), fragment=True))
    again = {"country": "Norway", "seen_country": seen_in(answer, "country")}
    assert "Norway" in text_of(mine.post(address(carla, "country"), again, fragment=True))
    db.expire_all()
    assert (carla.country, carla.first_name) == ("Norway", "Clara")


def test_who_may_not_edit_or_see_gets_nothing(browser, db, ada, carla):
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'pii.read', NULL)"))
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'customers.edit', NULL)"))
    db.commit()
    masked, reader = browser(ada), browser(make_employee("manager"))
    assert masked.post(address(carla, "email"), {"email": "x@example.com"}).status_code == 404
    assert carla.email not in masked.get(f"/customers/{carla.person_id}").get_data(as_text=True)
    assert "/edit" not in re.findall(
        r'href="/records/[^"]*"', reader.get(f"/customers/{carla.person_id}").get_data(as_text=True)
    )
    assert reader.post(address(carla, "country"), {"country": "Norway"}).status_code == 403
    assert browser(make_customer()).post(address(carla, "country"), {"country": "X"}).status_code == 403
    for name in ("version", "password_hash", "created_at", "custom.nothing"):
        assert browser(make_employee("admin")).post(address(carla, name), {name: "1"}).status_code == 404


def test_every_fact_of_companies_products_and_deals_has_its_input(browser, db, ada):
    desk = browser(make_employee("manager"))
    expected = {
        f"/companies/{make_company().company_id}": "name domain website phone address country industry staff owner_id",
        f"/products/{make_product().product_id}": "name sku kind price cost currency description",
        f"/deals/{make_deal().deal_id}": (
            "title value currency customer_id company_id next_step next_step_on expected_on owner_id source"
        ),
    }
    for path, names in expected.items():
        page = desk.get(path).get_data(as_text=True)
        assert re.findall(r'class="inline-edit[^>]*fields/([\w.]+)/edit"', page) == names.split()
        for address_of in re.findall(r'href="(/records/[^"]+/edit)"', page):
            assert desk.get(address_of, fragment=True).status_code == 200


@pytest.mark.parametrize(
    "case",
    [
        ("company", "name", "Lotus & Sons"),
        ("company", "website", "https://lotus.example"),
        ("company", "phone", "+44 20 7946 0001"),
        ("company", "staff", "1,200"),
        ("company", "address", "1 High Street\nYork"),
        ("product", "name", "Lamp, large"),
        ("product", "price", "£12.50"),
        ("product", "cost", "£7.00"),
        ("product", "kind", "Service"),
        ("product", "currency", "EUR"),
        ("deal", "currency", "EUR"),
        ("deal", "company_id", "Lotus & Sons"),
        ("deal", "title", "Lamps for the hall"),
    ],
)
def test_facts_of_other_records_are_saved_alone_and_undone(browser, db, case):
    (kind, name, shown), desk = case, browser(make_employee("manager"))
    make = {"company": make_company, "product": make_product, "deal": make_deal}[kind]
    here = f"/records/{kind}/{getattr(make(), f'{kind}_id')}/fields/{name}"
    typed = {"£12.50": "12.50", "£7.00": "7", "Service": "service"}.get(shown, shown)
    seen = seen_in(desk.get(f"{here}/edit", fragment=True), name)
    answer = desk.post(here, {name: typed, f"seen_{name}": seen}, fragment=True)
    assert answer.status_code == 200, text_of(answer)
    assert shown.replace("\n", " ") in text_of(answer)
    desk.post(re.search(r"/changes/[\w-]+/undo", answer.headers["HX-Trigger"])[0])
    assert seen_in(desk.get(f"{here}/edit", fragment=True), name) == seen


@pytest.mark.parametrize(("kind", "name", "values"), [("company", "industry", "AB"), ("product", "description", "AB")])
def test_other_records_tell_both_values_of_a_clash(browser, kind, name, values):
    bob = make_employee("manager", first_name="Bob", last_name="Stone")
    mine, theirs = browser(make_employee("manager")), browser(bob)
    record = {"company": make_company, "product": make_product}[kind]()
    here = f"/records/{kind}/{getattr(record, f'{kind}_id')}/fields/{name}"
    theirs.post(here, {name: values[0], f"seen_{name}": ""})
    answer = mine.post(here, {name: values[1], f"seen_{name}": ""}, fragment=True)
    assert answer.status_code == 409
    assert "Changed by Bob Stone" in text_of(answer)
    assert "Now it says A" in text_of(answer)


def test_a_taken_sku_and_what_is_no_price_stay_with_their_reasons(browser, db):
    taken, product = make_product(sku="L-1"), make_product(sku="L-2")
    desk, here = browser(make_employee("manager")), f"/records/product/{product.product_id}/fields/"
    assert taken.sku == "L-1"
    sku = desk.post(here + "sku", {"sku": "L-1", "seen_sku": "L-2"}, fragment=True)
    price = desk.post(here + "price", {"price": "cheap", "seen_price": "1"}, fragment=True)
    assert sku.status_code == price.status_code == 422
    assert "Another product has this SKU already." in text_of(sku)
