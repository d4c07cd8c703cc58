"""Tax rates, decided by programs."""

from uuid import uuid4

import pytest

from app.taxes import queries
from tests.factories import make_product

VAT = {"name": "VAT", "share": "0.2", "is_default": True}


def test_a_rate_is_added_changed_and_used_no_more(api, db):
    product = make_product()
    made = api.post("/tax-rates", VAT)
    assert (made.status_code, made.json["share"], made.json["is_included"]) == (201, "0.200000", True)
    reduced = api.post("/tax-rates", {"name": "Reduced", "share": "0.055555599", "is_default": True}).json
    assert reduced["share"] == "0.055555"
    assert [one["is_default"] for one in api.get("/tax-rates").json["data"]] == [True, False]
    here = made.headers["Location"]
    changed = api.post(here, {"name": "VAT", "share": "0.21", "is_included": False}).json
    assert (changed["share"], changed["is_included"]) == ("0.210000", False)
    of_product = f"/products/{product.product_id}/tax"
    assert api.get(of_product).json["tax_rate_id"] is None
    assert api.post(of_product, {"tax_rate_id": made.json["id"]}).json["tax_rate_id"] == made.json["id"]
    assert queries.taxes_of([product.product_id])[product.product_id].name == "VAT"
    assert api("DELETE", here).json["archived_at"]
    assert api.get(of_product).json["tax_rate_id"] is None
    assert api.post(of_product, {"tax_rate_id": made.json["id"]}).status_code == 422
    assert [one["name"] for one in api.get("/tax-rates").json["data"]] == ["Reduced"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"share": "1"}, "share"), ({"share": "-0.1"}, "share"), ({"share": "1E+99"}, "share"), ({"name": ""}, "name")],
)
def test_what_makes_no_sense_is_refused(api, wrong, field):
    answer = api.post("/tax-rates", {**VAT, **wrong})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_nobody_elses_rate_is_named(api):
    path = f"/products/{make_product().product_id}/tax"
    assert list(api.post(path, {"tax_rate_id": str(uuid4())}).json["errors"]) == ["tax_rate_id"]


def test_it_takes_the_right(program, admin):
    seller = program(admin, "products.edit", "products.read")
    assert seller.post("/tax-rates", VAT).status_code == 403
    assert seller.post(f"/products/{make_product().product_id}/tax", {"tax_rate_id": None}).status_code == 403
