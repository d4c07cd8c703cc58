"""Copies of personal data, by programs."""

import io
import json
import zipfile

import pytest

from tests.factories import make_customer, make_employee


@pytest.fixture
def path(db):
    return f"/customers/{make_customer(first_name='Ada', last_name='Lovelace').person_id}/disclosures"


def test_a_copy_is_asked_for_made_and_fetched(api, path, work):
    made = api.post(path)
    assert (made.status_code, made.json["made_at"], made.json["is_kept"]) == (201, None, False)
    here = made.headers["Location"]
    assert api.get(f"{here}/file").status_code == 404
    work()
    assert api.get(here).json["is_kept"] is True
    answer = api.get(f"{here}/file")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/zip", "no-store")
    assert "Lovelace" in json.dumps(json.loads(zipfile.ZipFile(io.BytesIO(answer.data)).read("data.json")))
    assert [one["id"] for one in api.get(path).json["data"]] == [made.json["id"]]


def test_it_takes_the_right_and_its_customer(api, program, admin, path, work):
    made = api.post(path).json
    work()
    weak = program(admin, "customers.read", "customers.edit", "pii.read")
    for verb, more in (("POST", ""), ("GET", ""), ("GET", f"/{made['id']}"), ("GET", f"/{made['id']}/file")):
        assert weak(verb, path + more).status_code == 403
    elsewhere = f"/customers/{make_customer().person_id}/disclosures/{made['id']}"
    assert api.get(elsewhere).status_code == api.get(f"{elsewhere}/file").status_code == 404
    assert program(make_employee("agent")).post(path).status_code == 403
