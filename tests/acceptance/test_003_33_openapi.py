"""003-33: the API describes itself as valid OpenAPI 3.1, whole, and shows itself from this machine alone."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.factories import make_employee, make_key


@pytest.mark.slow
def test_the_document_is_valid_and_names_every_route(application, browser):
    document = browser().http.get("/api/v1/openapi.json")
    assert list(OpenAPIV31SpecValidator(document.json).iter_errors()) == []
    served = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in application.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
    }
    assert served - set(document.json["paths"]) == {"/api/v1/openapi.json"}


def test_the_document_is_not_sent_twice(browser):
    http = browser().http
    first = http.get("/api/v1/openapi.json")
    again = http.get("/api/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_every_body_has_an_example_and_the_first_one_runs(browser, db):
    http = browser().http
    document = http.get("/api/v1/openapi.json").json
    for path, item in document["paths"].items():
        for verb in ("post", "put", "patch"):
            for content in item.get(verb, {}).get("requestBody", {}).get("content", {}).values():
                assert content["example"], f"{verb} {path}"
    product = document["paths"]["/api/v1/products"]["post"]["requestBody"]["content"]["application/json"]["example"]
    key = {"Authorization": f"Bearer {make_key(make_employee('admin'))}"}
    made = http.post("/api/v1/products", json=product, headers=key)
    assert made.status_code == 201
    assert made.json["price"]["formatted"] == "£7.95"


def test_the_page_loads_only_files_of_its_own(browser):
    page = browser().http.get("/api/docs").get_data(as_text=True)
    files = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert files
    for file in files:
        assert file.startswith("/"), file
        if file.startswith("/static/"):
            assert browser().http.get(file).status_code == 200, file
