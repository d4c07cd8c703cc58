"""Custom fields, defined by programs."""

import pytest

from tests.factories import make_customer

SIZE = {"kind": "customer", "label": "Size", "type": "choice", "options": [{"label": "M"}, {"label": "L"}]}


def test_a_field_is_made_used_changed_and_archived(api, db):
    made = api.post("/custom-fields", SIZE)
    assert (made.status_code, made.json["key"], made.json["options"][1]["key"]) == (201, "size", "l")
    path = made.headers["Location"]
    customer = f"/customers/{make_customer().person_id}"
    used = api.patch(customer, {"custom": {"size": "l"}}, headers=api.tag(customer))
    assert used.json["custom"] == {"size": "l"}
    kept = {"options": [made.json["options"][0], {"label": "XL"}]}
    kept["options"][0].pop("is_gone")
    assert api.patch(path, kept).status_code == 428
    changed = api.patch(path, {**kept, "help": "On the label"}, headers=api.tag(path)).json
    assert [(one["key"], one["is_gone"]) for one in changed["options"]] == [("m", False), ("xl", False), ("l", True)]
    assert (changed["label"], changed["help"], changed["type"]) == ("Size", "On the label", "choice")
    assert api.post(f"{path}/archive").json["archived_at"]
    assert api.get("/custom-fields").json["data"] == []
    assert api("DELETE", f"{path}/archive").json["archived_at"] is None
    assert api.get(customer).json["custom"] == {"size": "l"}


def test_fields_are_put_in_order(api, db):
    ids = [api.post("/custom-fields", {"kind": "company", "label": name}).json["id"] for name in ("One", "Two")]
    assert api.post(f"/custom-fields/{ids[1]}/place", {"place": 0}).status_code == 200
    assert [one["label"] for one in api.get("/custom-fields?kind=company").json["data"]] == ["Two", "One"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "nothing"}, "kind"),
        ({"label": " "}, "label"),
        ({"options": []}, "options"),
        ({"is_unique": True}, "is_unique"),
        ({"initial": "XXL"}, "initial"),
        ({"is_sensitive": True}, "is_sensitive"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(api, wrong, field):
    answer = api.post("/custom-fields", {**SIZE, **wrong})
    assert (answer.status_code, field in answer.json["errors"]) == (422, True)


def test_who_may_not_define_fields_only_lists_them(api, program, admin):
    made = api.post("/custom-fields", SIZE).json
    reader = program(admin, "customers.read", "customers.edit")
    assert [one["id"] for one in reader.get("/custom-fields").json["data"]] == [made["id"]]
    assert reader.post("/custom-fields", SIZE).status_code == 403
    for verb, more in (("GET", ""), ("PATCH", ""), ("POST", "/archive"), ("DELETE", "/archive"), ("POST", "/place")):
        assert reader(verb, f"/custom-fields/{made['id']}{more}").status_code == 403
