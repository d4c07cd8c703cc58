"""When visitors are forgotten, and what is promised to a label, decided by programs."""

from app.engine.tags import actions as tags


def test_days_are_read_and_decided(api):
    assert api.get("/visitor-settings").json == {"forget_after_days": 90}
    assert api.post("/visitor-settings", {"forget_after_days": 30}).json == {"forget_after_days": 30}
    assert api.get("/visitor-settings").json == {"forget_after_days": 30}
    answer = api.post("/visitor-settings", {"forget_after_days": 1})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["forget_after_days"])


def test_a_label_has_targets(api, db):
    tag_id = str(tags.make_tags(["VIP"])["VIP"].tag_id)
    db.commit()
    made = api.post("/response-targets", {"tag_id": tag_id, "first_seconds": 300})
    assert (made.status_code, made.json["tag_id"]) == (201, tag_id)
    assert api.post("/response-targets", {"first_seconds": 900}).json["tag_id"] is None
    unknown = api.post("/response-targets", {"tag_id": made.json["id"], "first_seconds": 60})
    assert (unknown.status_code, list(unknown.json["errors"])) == (422, ["tag_id"])
