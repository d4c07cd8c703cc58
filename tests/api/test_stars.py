"""Stars and recent ones, by programs."""

from tests.factories import make_customer, make_employee, make_product


def test_a_record_is_starred_listed_and_let_go(api, db):
    ada, mug = make_customer(first_name="Ada", last_name="Lovelace"), make_product(name="Mug")
    for kind, record_id in (("customer", ada.person_id), ("product", mug.product_id), ("product", mug.product_id)):
        assert api.post(f"/records/{kind}/{record_id}/star").status_code == 200
    found = api.get("/stars").json["data"]
    assert [(one["kind"], one["name"]) for one in found] == [("product", "Mug"), ("customer", "Ada Lovelace")]
    assert found[1]["address"] == f"/customers/{ada.person_id}"
    assert api("DELETE", f"/records/product/{mug.product_id}/star").json["name"] == "Mug"
    assert len(api.get("/stars").json["data"]) == 1


def test_what_a_person_opened_is_recent(api, admin, browser, db):
    ada = make_customer(first_name="Ada", last_name="Lovelace")
    assert api.get("/recent").json["data"] == []
    browser(admin).get(f"/customers/{ada.person_id}")
    assert [one["id"] for one in api.get("/recent").json["data"]] == [str(ada.person_id)]


def test_stars_are_ones_own_and_only_of_what_one_sees(api, program, db):
    ada = make_customer()
    api.post(f"/records/customer/{ada.person_id}/star")
    other = program(make_employee("agent"))
    assert other.get("/stars").json["data"] == []
    blind = program(make_employee("agent"), "stars.use")
    assert blind.post(f"/records/customer/{ada.person_id}/star").status_code == 404
