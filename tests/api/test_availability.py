"""Availability by programs: one's own is said, everybody's is read."""

from tests.factories import make_customer, make_employee


def test_one_says_how_one_can_be_reached_and_all_see_it(api, program, admin):
    assert (api.get("/availability").json["state"], api.get("/availability").json["since"]) == ("available", None)
    said = api.post("/availability", {"state": "busy"}).json
    assert (said["employee_id"], said["state"]) == (str(admin.person_id), "busy")
    agent = make_employee(first_name="Ben", last_name="Zhou")
    gone = make_employee(deactivated_at=admin.created_at)
    team = program(agent).get("/availabilities").json["data"]
    assert [(one["name"], one["state"]) for one in team] == [("Ada Admin", "busy"), ("Ben Zhou", "available")]
    assert str(gone.person_id) not in str(team)


def test_no_other_words_and_no_customers(api, program):
    assert api.post("/availability", {"state": "asleep"}).status_code == 422
    assert program(make_customer()).get("/availabilities").status_code == 403
