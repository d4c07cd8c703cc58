"""The products' pages as staff use them."""

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core import once
from app.core.access import SYSTEM
from app.products import actions
from app.products.models import Product
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted

NEW = {
    "name": "Candle, café crème",
    "sku": "CAN-1",
    "kind": "good",
    "price": "12.50",
    "currency": "GBP",
    "description": "Burns for hours.",
}
NO_PRICES = ["-1", "", "0.001", "1e308", "1e5", "NaN", "Infinity", "-inf", "１２", str(2**63), "12.50.1", "£", "0x10"]


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def test_the_list_and_the_record_in_at_most_eight_statements(manager):
    product = make_product(name="Candle")
    for path in ("/products", f"/products/{product.product_id}"):
        manager.get(path)
        with counted() as statements:
            page = manager.get(path)
        assert "Candle" in text_of(page)
        assert len(statements) <= 8, statements


def test_a_product_is_added_once_however_often_the_form_is_sent(manager, db):
    form = {**NEW, "once": once.new_token()}
    first = manager.post("/products", form)
    again = manager.post("/products", form)
    assert first.headers["Location"] == again.headers["Location"]
    product = db.scalars(select(Product)).one()
    assert (product.name, product.price_minor, product.currency) == ("Candle, café crème", 1250, "GBP")
    assert "£12.50" in text_of(manager.follow(first))


@pytest.mark.parametrize("price", NO_PRICES)
def test_what_is_not_a_price_is_refused_beside_its_field(manager, db, price):
    answer = manager.post("/products", {**NEW, "price": price})
    assert answer.status_code == 422
    assert 'id="price-error"' in answer.get_data(as_text=True)
    assert 'value="CAN-1"' in answer.get_data(as_text=True)
    assert db.scalar(select(func.count()).select_from(Product)) == 0


@pytest.mark.parametrize(("price", "minor"), [("0", 0), ("12,50", 1250), ("1,5", 150), ("£1,299.5", 129950)])
def test_prices_as_people_write_them(manager, db, price, minor):
    assert manager.post("/products", {**NEW, "price": price}).status_code == 303
    assert db.scalars(select(Product.price_minor)).one() == minor


def test_a_sku_belongs_to_one_product(manager):
    make_product(sku="CAN-1")
    answer = manager.post("/products", NEW)
    assert answer.status_code == 422
    assert "Another product has this SKU already" in text_of(answer)


@pytest.mark.parametrize("words", ["creme", "CAFÉ", "candle creme", "can-1", "Candel creme cafe"])
def test_a_product_is_found_by(manager, words):
    make_product(name="Café crème candle", sku="CAN-1")
    make_product(name="Soap")
    page = text_of(manager.get("/products", query_string={"q": words}))
    assert "Café crème candle" in page
    assert "Soap" not in page


def test_views_and_order(manager):
    make_product(name="Repair", type="service", price_minor=9000)
    make_product(name="Mug", price_minor=1)
    actions.archive_product(make_product(name="Gone"), actor=SYSTEM)
    make_product(name="Alpha", price_minor=500)
    page = text_of(manager.get("/products?sort=-price"))
    assert page.index("Repair") < page.index("Alpha") < page.index("Mug")
    assert "Gone" not in page
    assert "Mug" not in text_of(manager.get("/products?type=service"))
    assert "Gone" in text_of(manager.get("/products?state=archived"))
    assert "No product matches" in text_of(manager.get("/products?q=zzzzzz"))


def test_both_ends_of_a_long_list(manager):
    for number in range(60):
        make_product(name=f"Mug {number:03}")
    first = manager.get("/products").get_data(as_text=True)
    assert "Mug 024" in first
    assert "Mug 025" not in first
    last = text_of(manager.get("/products?after=WyJiIl0"))
    assert "Mug 059" in last
    assert "Mug 034" not in last


@pytest.mark.parametrize("query", ["sort=sku;select", "type=x", "state=gone", "after=zzz", "sort=password_hash"])
def test_an_address_that_makes_no_sense(manager, query):
    assert manager.get(f"/products?{query}").status_code == 422


def test_two_people_change_one_product(manager, browser, db):
    product = make_product(name="Candle", price_minor=1000)
    seen = {
        "seen_name": "Candle",
        "seen_sku": product.sku,
        "seen_kind": "good",
        "seen_price": "10.00",
        "seen_currency": "GBP",
        "seen_description": "",
    }
    path = f"/products/{product.product_id}"
    typed = {**NEW, "name": "Candle", "sku": product.sku, "description": ""}
    assert manager.post(path, {**typed, **seen, "price": "11.00"}).status_code == 303
    other = browser(make_employee("manager"))
    assert other.post(path, {**typed, **seen, "price": "10.00", "description": "Wax"}).status_code == 303
    clash = other.post(path, {**typed, **seen, "price": "12.00"})
    assert clash.status_code == 409
    assert "£11.00" in text_of(clash)
    assert "£12.00" in text_of(clash)
    db.expire_all()
    assert (product.price_minor, product.description) == (1100, "Wax")


def test_archiving_can_be_undone(manager, db):
    product = make_product()
    path = f"/products/{product.product_id}/archive"
    assert "Old receipts keep it" in text_of(manager.follow(manager.post(path)))
    db.expire_all()
    assert product.is_archived
    manager.post(f"{path}/delete")
    db.expire_all()
    assert not product.is_archived


def test_who_may_do_what(browser):
    path = f"/products/{make_product().product_id}"
    agent, customer = browser(make_employee("agent")), browser(make_customer())
    assert agent.get(path).status_code == 200
    assert agent.get("/products/new").status_code == 403
    assert agent.post(path, NEW).status_code == 403
    assert agent.post(f"{path}/archive").status_code == 403
    for address in ("/products", path):
        assert customer.get(address).status_code == 403
    assert browser().get(path).status_code == 302
    assert agent.get("/products/00000000-0000-0000-0000-000000000000").status_code == 404


def test_hostile_words_stay_words(manager):
    name = "<script>alert(1)</script> =1+1 \u202egnp"
    page = manager.follow(manager.post("/products", {**NEW, "name": name, "description": "{{ 7*7 }}"}))
    assert "<script>alert" not in page.get_data(as_text=True)
    assert "\u202e" not in page.get_data(as_text=True)
    assert "{{ 7*7 }}" in text_of(page)


def test_the_palette_finds_products(app):
    make_product(name="Candle", sku="CAN-9")
    from app.core import layout

    agent = sign_ins.actor_for(make_employee("agent").person_id)
    with app.test_request_context():
        found = dict(layout.search(agent, "can-9"))
    assert [hit.label for hit in found["Products"]] == ["Candle"]
