"""Calls by programs: numbers as one may see them, and the same rules as the pages."""

from sqlalchemy import func, select, text

from app.calls.models import Call, PhoneAccount
from tests.factories import make_customer, make_employee

SETTINGS = {"account_sid": "AC0123", "token": "top secret", "number": "+442079460000", "forward_to": "+442079460001"}


def make_call(db, customer=None, **what_matters):
    known = {"provider": "twilio", "is_incoming": True, "state": "completed", "duration_seconds": 60}
    call = Call(**known, customer_id=customer.person_id if customer else None, **what_matters)
    db.add(call)
    db.flush()
    call.number = "+442079461234"
    db.commit()
    return call


def test_calls_are_listed_and_narrowed_to_a_customer(api, db):
    ada = make_customer()
    unknown, known = make_call(db), make_call(db, ada)
    assert [one["id"] for one in api.get("/calls").json["data"]] == [str(known.call_id), str(unknown.call_id)]
    (only,) = api.get(f"/calls?customer_id={ada.person_id}").json["data"]
    assert (only["id"], only["number"], only["state"]) == (str(known.call_id), "+44 20 7946 1234", "completed")
    assert api.get(f"/calls/{known.call_id}").json == only
    first = api.get("/calls?limit=1").json
    assert [one["id"] for one in api.get(first["next"]).json["data"]] == [str(unknown.call_id)]


def test_numbers_are_masked_for_whom_lacks_the_right(program, browser, db):
    call = make_call(db)
    blind = program(make_employee("admin"), "conversations.answer")
    assert blind.get(f"/calls/{call.call_id}").json["number"] == "207****1234"
    assert "+44 20 7946 1234" in browser(make_employee()).get("/calls").text
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'pii.read', NULL)"))
    db.commit()
    for page in ("/calls", f"/calls/{call.call_id}"):
        shown = browser(make_employee()).get(page).text
        assert "207****1234" in shown
        assert "7946" not in shown


def test_calls_with_whom_one_may_not_see_are_not_there(program, browser, db):
    call = make_call(db, make_customer())
    blind = program(make_employee("admin"), "conversations.answer")
    assert blind.get("/calls").json["data"] == []
    assert blind.get(f"/calls/{call.call_id}").status_code == 404
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'customers.read', 'own')"))
    db.commit()
    assert browser(make_employee()).get(f"/calls/{call.call_id}").status_code == 404


def test_a_call_begins_where_an_account_is_set_up(api, admin, db):
    ada = make_customer(phone="+442079461234")
    here = f"/customers/{ada.person_id}/calls"
    assert api.post(here).status_code == 409
    assert api.post("/phone-settings", SETTINGS).status_code == 200
    admin.phone = "+442079460002"
    db.commit()
    made, again = (api.post(here, headers={"Idempotency-Key": "once"}) for _time in range(2))
    assert (made.status_code, made.json["state"], made.json["is_incoming"]) == (201, "queued", False)
    assert again.json == made.json
    assert api.get(made.headers["Location"]).json == made.json
    assert db.scalar(select(func.count()).select_from(Call)) == 1


def test_settings_keep_the_token_to_themselves(api, db):
    assert api.get("/phone-settings").json["has_token"] is False
    said = api.post("/phone-settings", SETTINGS)
    assert (said.json["has_token"], said.json["number"], said.json["is_enabled"]) == (True, "+442079460000", True)
    assert said.json["calls_url"].endswith("/hooks/phone/twilio")
    kept = api.post("/phone-settings", {**SETTINGS, "token": ""})
    assert "top secret" not in said.text + kept.text + api.get("/phone-settings").text
    assert db.scalars(select(PhoneAccount)).one().token == "top secret"
    wrong = api.post("/phone-settings", {**SETTINGS, "number": "12"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["number"])


def test_one_says_where_one_is_rung(program):
    mine = program(make_employee(phone=None))
    here = "/own-phone-settings"
    assert mine.get(here).json == {"number": "", "opens_customer": False}
    said = mine.post(here, {"number": "+44 20 7946 0002", "opens_customer": True})
    assert said.json == mine.get(here).json == {"number": "+442079460002", "opens_customer": True}
    assert list(mine.post(here, {"number": "12"}).json["errors"]) == ["number"]
    assert program(make_customer()).get(here).status_code == 403
