"""Bodies that are not what they should be: refused in words, never a crash, nothing stored."""

import json

import pytest
from sqlalchemy import text

from tests.factories import make_product

JSON = {"Content-Type": "application/json"}

BOMBS = {
    "depth": (lambda: b'{"last_name":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {400}),
    "objects in objects": (lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000, {400}),
    "a million keys": (lambda: json.dumps({f"k{n}": 0 for n in range(1_000_000)}).encode(), {413}),
    "many keys": (lambda: json.dumps({f"k{n}": 0 for n in range(60_000)}).encode(), {400}),
    "fifty megabytes": (lambda: b'{"last_name":"' + b"x" * 50_000_000 + b'"}', {413}),
    "duplicate keys": (lambda: b'{"last_name":"A","last_name":"B"}', {400}),
    "NaN": (lambda: b'{"last_name":NaN}', {400}),
    "infinity": (lambda: b'{"last_name":-Infinity}', {400}),
    "beyond measure": (lambda: b'{"last_name":1e999}', {400}),
    "a number of 10,000 digits": (lambda: b'{"last_name":' + b"9" * 10_000 + b"}", {400}),
    "NUL": (lambda: b'{"last_name":"a\\u0000b"}', {400}),
    "NUL in a key": (lambda: b'{"a\\u0000":"b"}', {400}),
    "half a surrogate pair": (lambda: b'{"last_name":"\\ud800"}', {400}),
    "invalid UTF-8": (lambda: b'{"last_name":"\xff\xfe"}', {400}),
    "UTF-16": (lambda: '{"last_name":"A"}'.encode("utf-16"), {400}),
    "cut off": (lambda: b'{"last_name":', {400}),
    "a list": (lambda: b"[]", {400}),
    "null": (lambda: b"null", {400}),
    "a word": (lambda: b'"last_name"', {400}),
    "a name too long": (lambda: json.dumps({"last_name": "x" * 300_000}).encode(), {422}),
    "a number for a name": (lambda: b'{"last_name":5}', {422}),
    "an object for a name": (lambda: b'{"last_name":{"a":1}}', {422}),
    "nothing": (lambda: b"", {422}),
    "an empty object": (lambda: b"{}", {422}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_body_that_makes_no_sense_is_refused(db, api, name):
    make, expected = BOMBS[name]
    answer = api("POST", "/customers", data=make(), headers=JSON)
    assert answer.status_code in expected, answer.get_data(as_text=True)[:300]
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"]
    assert answer.json["request_id"]
    assert len(answer.get_data()) < 5000
    assert db.scalar(text("SELECT count(*) FROM customers")) == 0


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
def test_another_media_type_is_refused(api, kind):
    answer = api("POST", "/customers", data=b'{"last_name":"A"}', headers={"Content-Type": kind})
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "extra",
    [
        {"role": "admin"},
        {"is_admin": 1},
        {"kind": "employee"},
        {"id": "01930f5e-7c00-7000-8000-000000000001"},
        {"person_id": "01930f5e-7c00-7000-8000-000000000001"},
        {"version": 7},
        {"created_at": "2001-01-01T00:00:00Z"},
        {"erased_at": None},
        {"email_verified_at": "2001-01-01T00:00:00Z"},
        {"password_hash": "x"},
        {"source": "import"},
        {"permissions": ["*"]},
        {"phone_enc": "x"},
    ],
)
def test_what_nobody_asked_for_is_refused_and_never_stored(db, api, extra):
    answer = api.post("/customers", {"last_name": "Mass", **extra})
    assert (answer.status_code, set(answer.json["errors"])) == (422, set(extra))
    assert db.scalar(text("SELECT count(*) FROM customers")) == 0
    made = api.post("/customers", {"last_name": "Mass"})
    path = f"/customers/{made.json['id']}"
    assert api.patch(path, extra, headers=api.tag(path)).status_code == 422
    stored = db.execute(text("SELECT kind, version, source, password_hash, email_verified_at FROM customers")).one()
    assert tuple(stored) == ("customer", 1, "api", None, None)


def test_fields_in_lists_are_named_by_their_place(api):
    answer = api.post("/transactions", {"customer_id": "x", "lines": [{"quantity": 0, "free": True}]})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"customer_id", "lines.0.product_id", "lines.0.quantity", "lines.0.free"}
    assert answer.json["errors"]["lines.0.free"] == ["Nobody asked for this field."]


def test_a_body_where_none_is_due_is_refused(api):
    made = api.post("/customers", {"last_name": "A"}).json["id"]
    assert api.post(f"/customers/{made}/deactivation", {"because": "x"}).status_code == 422


def test_hostile_words_come_back_as_they_are(api):
    name = '<script>alert(1)</script>"; DROP TABLE customers; --{{7*7}}'
    made = api.post("/customers", {"last_name": name})
    assert made.json["last_name"] == name
    assert made.content_type == "application/json"
    assert made.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/customers/%00", "/customers?q=%00", "/customers/%ff", "/customers/../me", "/nothing"]
)
def test_addresses_that_make_no_sense(api, path):
    answer = api.get(path)
    assert answer.status_code in (404, 422)
    assert answer.content_type == "application/problem+json"


def test_a_verb_that_a_resource_does_not_know(api):
    answer = api("DELETE", "/customers")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert answer.json["code"] == "method_not_allowed"


@pytest.mark.parametrize("field", ["first_name", "last_name", "email"])
def test_what_must_be_there_must_say_something(api, field):
    body = {"first_name": "Grace", "last_name": "Hopper", "email": "grace@shop.example", field: " \u200b "}
    answer = api.post("/employees", body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, {field})


def test_an_empty_text_is_none_where_there_may_be_none(api):
    made = api.post("/customers", {"last_name": "A", "email": "", "phone": " ", "address": ""})
    assert (made.status_code, made.json["email"], made.json["phone"]) == (201, None, None)


def test_a_website_that_is_none_is_refused(api):
    made = api.post("/companies", {"name": "A firm"}).json
    path = f"/companies/{made['id']}"
    refused = api.patch(path, {"website": "2]>x"}, headers=api.tag(path))
    assert refused.status_code == 422, refused.get_data(as_text=True)


def test_a_price_is_sent_whole(api):
    path = f"/products/{make_product().product_id}"
    refused = api.patch(path, {"price": {"currency": "GBP"}}, headers=api.tag(path))
    assert refused.status_code == 422, refused.get_data(as_text=True)
