"""Consent, by programs: P09, a forged consent is refused without its scope."""

import pytest

from tests.factories import make_customer

YES = {"channel": "phone", "purpose": "marketing", "state": "granted", "source_text": "Said so on the phone"}


@pytest.fixture
def ada(db):
    return make_customer(first_name="Ada")


@pytest.fixture
def path(ada):
    return f"/customers/{ada.person_id}/consents"


def test_what_was_said_is_recorded_and_withdrawn(api, path, admin):
    made = api.post(path, YES)
    assert (made.status_code, made.json["state"], made.json["source"]) == (201, "granted", "api")
    assert (made.json["wording_version"], made.json["recorded_by"]) == (1, str(admin.person_id))
    assert api.get(made.headers["Location"]).json == made.json
    gone = api.post(path, {**YES, "state": "withdrawn"})
    assert gone.json["state"] == "withdrawn"
    assert api.post(path, {**YES, "state": "withdrawn"}).json["id"] == gone.json["id"]
    lines = api.get(path).json["data"]
    assert [(one["state"], one["is_current"]) for one in lines] == [("withdrawn", True), ("granted", False)]


def test_email_waits_for_the_customer(api, path):
    assert api.post(path, {**YES, "channel": "email"}).json["state"] == "pending"


def test_a_forged_consent_is_refused_without_its_scope(program, admin, api, ada, path):
    weak = program(admin, "customers.read", "customers.edit", "pii.read")
    assert weak.post(path, YES).status_code == 403
    assert weak.post("/customers", {"last_name": "Mallory", "consent": 1}).status_code == 422
    assert weak.patch(f"/customers/{ada.person_id}", {"consent": 1}).status_code == 422
    assert api.get(path).json["data"] == []
    assert weak.get(path).status_code == 200
    assert weak.get("/consent-wordings").status_code == 403


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"source_text": ""}, "source_text"),
        ({"channel": "telex"}, "channel"),
        ({"purpose": "service"}, "purpose"),
        ({"state": "pending"}, "state"),
        ({"happened_at": "2999-01-01T00:00:00Z"}, "happened_at"),
        ({"happened_at": "0001-01-01T00:00:00"}, "happened_at"),
        ({"ip": "1.2.3.4"}, "ip"),
    ],
)
def test_what_makes_no_sense_is_refused(api, path, wrong, field):
    answer = api.post(path, {**YES, **wrong})
    assert answer.status_code == 422
    assert field in answer.json["errors"]


def test_the_log_has_pages(api, path):
    for state in ("granted", "withdrawn", "granted"):
        api.post(path, {**YES, "state": state})
    first = api.get(f"{path}?limit=2").json
    second = api.get(first["next"]).json
    assert [one["state"] for one in first["data"] + second["data"]] == ["granted", "withdrawn", "granted"]
    assert [one["is_current"] for one in first["data"] + second["data"]] == [True, False, False]


def test_wordings_have_versions(api):
    made = api.post("/consent-wordings", {"purpose": "marketing", "body": "Yes, news."})
    assert (made.status_code, made.json["version"]) == (201, 2)
    assert api.get(made.headers["Location"]).json["body"] == "Yes, news."
    assert [one["version"] for one in api.get("/consent-wordings?purpose=marketing").json["data"]] == [2, 1]
    assert api.post("/consent-wordings", {"purpose": "service", "body": "x"}).status_code == 422


def test_nobody_reads_another_customers_lines_by_their_own(api, path):
    made = api.post(path, YES).json
    assert api.get(f"/customers/{make_customer().person_id}/consents/{made['id']}").status_code == 404
