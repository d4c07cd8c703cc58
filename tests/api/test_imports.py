"""Imports by programs: what is left out is mended or left aside, and all of it is undone."""

import io

import pytest

from app.people.consent.models import Consent
from app.people.models import Customer
from tests.factories import make_employee

FILE = (
    b"Reference,Name,Email\nC-1,Zoe Miller,zoe at example.com\nC-2,Ravi Patel,=1@\nC-3,Ada Lovelace,ada@example.com\n"
)


@pytest.fixture
def tried(api, work) -> str:
    """A file after its dry run: one row is good, two are not."""
    made = api("POST", "/imports", data={"kind": "customers", "file": (io.BytesIO(FILE), "people.csv")})
    assert made.json["header"] == ["Reference", "Name", "Email"]
    path = f"/imports/{made.json['id']}"
    api.post(f"{path}/runs", {"dry_run": True})
    work()
    return path


def test_what_is_left_out_is_mended_or_left_aside(api, tried, work, db):
    first, second = api.get(f"{tried}/rows").json["data"]
    assert (first["line"], first["field"], first["cells"]["email"]) == (2, "email", "zoe at example.com")
    assert "'=1@" in api.get(f"{tried}/rest").get_data(as_text=True)
    still = api.post(f"{tried}/rows/2", {"cells": {"email": "zoe@"}}).json
    assert (still["outcome"], "address" in still["reason"]) == ("rejected", True)
    assert api.post(f"{tried}/rows/2", {"cells": {"email": "zoe@example.com"}}).json["outcome"] == "created"
    assert api.post(f"{tried}/skipping", {"lines": [second["line"]]}).json["report"]["counts"]["skipped"] == 1
    assert api.get(f"{tried}/rows").json["data"] == []
    api.post(f"{tried}/runs", {"dry_run": False})
    work()
    assert {one.name for one in db.query(Customer)} == {"Zoe Miller", "Ada Lovelace"}
    assert api.post(f"{tried}/rows/2", {"cells": {"email": "z@example.com"}}).status_code == 409


def test_everything_is_left_aside_when_asked_for(api, tried):
    assert api.post(f"{tried}/skipping", {}).status_code == 422
    assert api.post(f"{tried}/skipping", {"lines": [2], "everything": True}).status_code == 422
    assert api.post(f"{tried}/skipping", {"everything": True}).json["report"]["counts"]["skipped"] == 2


@pytest.mark.parametrize(
    ("line", "cells", "status"),
    [
        (4, {"email": "a@example.com"}, 404),
        (99, {"email": "a@example.com"}, 404),
        (10**12, {"email": "a@example.com"}, 404),
        (2, {"shoes": "42"}, 422),
        (2, {}, 422),
        (2, {"email": "x" * 100_000}, 422),
    ],
)
def test_what_cannot_be_mended_is_refused(api, tried, line, cells, status):
    assert api.post(f"{tried}/rows/{line}", {"cells": cells}).status_code == status


def test_nobody_mends_the_file_of_somebody_else(program, tried):
    other = program(make_employee("manager"))
    assert other.get(f"{tried}/rows").status_code == 404
    assert other.post(f"{tried}/rows/2", {"cells": {"email": "a@example.com"}}).status_code == 404
    assert other.post(f"{tried}/skipping", {"everything": True}).status_code == 404


def test_an_import_by_a_program_is_undone(api, tried, work, db):
    api.post(f"{tried}/runs", {"dry_run": False})
    work()
    change_set_id = api.get(tried).json["change_set_id"]
    listed = api.get("/changes").json["data"][0]
    assert (listed["id"], listed["kind"]) == (change_set_id, "import")
    assert db.query(Customer).count() == 1
    assert api.post(listed["undo_path"]).status_code == 200
    db.expire_all()
    assert db.query(Customer).count() == 0
    assert api.get(f"/changes/{change_set_id}").json["undo_path"] is None


AGREED = b"Email,Accepts Email Marketing\nada@example.com,yes\n"
RIGHTS = ("imports.run", "customers.read", "customers.edit")


def upload(program, content=AGREED) -> str:
    made = program("POST", "/imports", data={"kind": "customers", "file": (io.BytesIO(content), "people.csv")})
    return f"/imports/{made.json['id']}"


def test_a_program_says_how_it_knows_who_agreed(api, work, db):
    path = upload(api)
    assert api.get(path).json["mapping"]["consent_email_marketing"] == 1
    refused = api.post(f"{path}/runs", {"dry_run": False})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["source_text"])
    assert api.post(f"{path}/runs", {"dry_run": False, "source_text": "x" * 1001}).status_code == 422
    started = api.post(f"{path}/runs", {"dry_run": False, "source_text": "Form on our website"}).json
    assert (started["state"], started["source_text"]) == ("queued", "Form on our website")
    work()
    row = api.get(f"{path}/outcomes").json["data"][0]
    assert row["reason"] == "agrees to marketing by email"
    line = api.get(f"/customers/{row['about_id']}/consents").json["data"][0]
    assert (line["state"], line["source"], line["source_text"]) == ("granted", "import", "Form on our website")


def test_consent_is_brought_in_only_by_who_may_record_it(program, admin, work, db):
    narrow = program(admin, *RIGHTS)
    path = upload(narrow)
    assert narrow.get(path).json["mapping"] == {"email": 0}
    forged = {"dry_run": False, "source_text": "Honestly", "mapping": {"email": 0, "consent_email_marketing": 1}}
    refused = narrow.post(f"{path}/runs", forged)
    assert refused.status_code == 403
    assert "may record consent" in refused.json["detail"]
    assert narrow.post(f"{path}/runs", {"dry_run": False}).status_code == 200
    work()
    assert (db.query(Customer).count(), db.query(Consent).count()) == (1, 0)
    allowed = program(admin, *RIGHTS, "consent.record")
    assert allowed.post(f"{upload(allowed)}/runs", forged).status_code == 200
    work()
    assert db.query(Consent).count() == 1
