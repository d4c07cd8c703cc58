"""003-31: all resources follow one design: nouns, cursors, ETags, conditions, keys for POSTs, one shape of refusal."""

import json
import re

import pytest

from tests.factories import make_employee, make_key

# One of its kind for each parent, or not countable: a state, a stream, oneself.
NAMED_BY_US = {
    "code_field",
    "band_field",
    "record_kind",
    "position",
    "line",
    "day",
    "mode",
    "metric",
    "fingerprint",
    "touch_task_id",
    "topic",
}
SINGULAR = {
    "acceptance",
    "archive",
    "arrangement",
    "availability",
    "calendar",
    "cancellation",
    "closure",
    "completion",
    "content",
    "conversion",
    "count",
    "deactivation",
    "decision",
    "difference",
    "end",
    "erasure",
    "estimate",
    "exclusion",
    "explanation",
    "file",
    "fulfilment",
    "funnel",
    "invoice",
    "launch",
    "link",
    "look",
    "mailing",
    "me",
    "merger",
    "owner",
    "pause",
    "pdf",
    "performance",
    "place",
    "rating",
    "reading",
    "recent",
    "release",
    "rest",
    "search",
    "secret",
    "skipping",
    "snooze",
    "source",
    "star",
    "tax",
    "timeline",
    "touch",
    "transcript",
    "turn",
    "undo",
    "validation",
    "win",
    "withdrawal",
}
OLD_NAMES = {"addPaymentTask"}  # as the first programs call it
VERBS = ("get", "put", "post", "delete", "patch")
PROBLEM = {"type", "title", "status", "detail", "code", "message", "request_id"}


@pytest.fixture(scope="module")
def document(application):
    return json.loads(json.dumps(application.extensions["api-document"]))


@pytest.fixture(scope="module")
def operations(document):
    return [(verb, path, item[verb]) for path, item in document["paths"].items() for verb in VERBS if verb in item]


def parameters(operation, place: str) -> dict[str, dict]:
    return {entry["name"]: entry for entry in operation.get("parameters", []) if entry["in"] == place}


def test_addresses_are_plural_nouns(document):
    for path in document["paths"]:
        words = [word for word in path.removeprefix("/api/v1/").split("/") if not word.startswith("{")]
        for word in set(words) - OLD_NAMES:
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", word), path
            assert word.endswith("s") or word in SINGULAR, f"{path}: call it by a plural noun"


def test_ids_are_uuids_and_follow_their_collection(document):
    for path, item in document["paths"].items():
        for parameter in item.get("parameters", []):
            is_id = parameter["schema"].get("format") == "uuid"
            assert is_id or parameter["name"] in NAMED_BY_US, path
        for word, before in zip(path.split("/")[1:], path.split("/"), strict=False):
            assert not word.startswith("{") or before not in SINGULAR, path


def test_every_list_pages_by_cursor(document, operations):
    lists = 0
    for verb, path, operation in operations:
        content = operation["responses"].get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        if verb == "get" and schema.get("$ref", "").endswith("Page"):
            lists += 1
            page = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            asked = parameters(operation, "query")
            assert set(page["properties"]) == {"data", "next", "previous"}, path
            assert {"after", "limit", "fields"} <= set(asked), path
            assert (asked["limit"]["schema"]["minimum"], asked["limit"]["schema"]["maximum"]) == (1, 200)
            assert "page" not in asked
            assert "offset" not in asked
            if "sort" in asked:
                assert asked["sort"]["schema"].keys() & {"enum", "pattern"}, path
        elif verb == "get" and "application/json" in content:
            assert "ETag" in operation["responses"]["200"]["headers"], path
            assert "304" in operation["responses"], path
    assert lists >= 10


def test_every_post_takes_an_idempotency_key_and_every_change_a_condition(operations):
    for verb, path, operation in operations:
        headers = parameters(operation, "header")
        assert ("Idempotency-Key" in headers) == (verb == "post"), path
        assert ("If-Match" in headers) == (verb in ("put", "patch")), path
        if "201" in operation["responses"]:
            assert "Location" in operation["responses"]["201"]["headers"], path


def test_every_refusal_has_one_shape(document, operations):
    for _verb, path, operation in operations:
        for status, response in operation["responses"].items():
            if not status.startswith(("2", "3")):
                refusal = document["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
                assert list(refusal["content"]) == ["application/problem+json"], path
    assert set(document["components"]["schemas"]["Problem"]["required"]) == PROBLEM


def test_money_and_time_have_one_shape(document):
    for name, schema in document["components"]["schemas"].items():
        for field, shape in schema.get("properties", {}).items():
            if field.endswith("_at") or field == "at":
                assert shape["format"] == "date-time", f"{name}.{field}"
            if field.endswith("_minor"):
                assert name in ("Money", "Price"), f"{name}.{field}: show money as an amount with its currency"


def test_refusals_of_every_origin_look_alike(app, browser):
    http = browser().http
    key = {"Authorization": f"Bearer {make_key(make_employee('admin'))}"}
    refusals = [
        http.get("/api/v1/customers"),
        http.get("/api/v1/nothing", headers=key),
        http.get("/api/v1/customers?sort=x", headers=key),
        http.delete("/api/v1/customers", headers=key),
        http.post("/api/v1/customers", data="{", headers={**key, "Content-Type": "application/json"}),
        http.post("/api/v1/customers", data="x", headers={**key, "Content-Type": "text/plain"}),
        http.post("/api/v1/customers", data="x" * 3_000_000, headers={**key, "Content-Type": "application/json"}),
        http.post("/api/v1/customers", json={"email": "x"}, headers=key),
        http.get("/api/v1/customers/01930f5e-7c00-7000-8000-000000000001", headers=key),
    ]
    assert [answer.status_code for answer in refusals] == [401, 404, 422, 405, 400, 415, 413, 422, 404]
    for answer in refusals:
        assert answer.content_type == "application/problem+json"
        assert set(answer.json) >= PROBLEM
        assert set(answer.json) <= PROBLEM | {"errors"}
        assert answer.json["status"] == answer.status_code
        assert answer.json["request_id"] == answer.headers["X-Request-ID"]
