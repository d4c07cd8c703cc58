"""Pipelines, stages and reasons for losing, arranged by programs."""

import pytest
from sqlalchemy import text

from tests.factories import make_deal, make_pipeline, make_reason


def names(pipeline) -> list[str]:
    return [stage["name"] for stage in pipeline["stages"]]


def test_a_pipeline_is_added_arranged_put_away_and_used_again(api, db):
    make_pipeline()
    made = api.post("/pipelines", {"name": "Retail"})
    here = made.headers["Location"]
    assert (made.status_code, made.json["stages"][-2]["kind"]) == (201, "won")
    first, second, *_others, lost = made.json["stages"]
    stages = [{"id": second["id"], "name": "Asked", "win_share": "0.3", "ageing_days": 5}]
    stages.append({"id": lost["id"], "name": "Gone", "win_share": "0.9"})
    arranged = api.post(f"{here}/arrangement", {"name": "Fairs", "stages": stages}).json
    assert (arranged["name"], names(arranged)[:2], names(arranged)[-1]) == ("Fairs", ["Asked", first["name"]], "Gone")
    assert [arranged["stages"][at]["win_share"] for at in (0, -1)] == ["0.300", "0.000"]
    assert api.post(f"{here}/archive").json["archived_at"]
    listed = {state: [one["name"] for one in api.get(f"/pipelines?state={state}").json["data"]] for state in STATES}
    assert ("Fairs" in listed["active"], listed["archived"]) == (False, ["Fairs"])
    assert api("DELETE", f"{here}/archive").json["archived_at"] is None
    told = db.scalars(text("SELECT payload ->> 'what' FROM events WHERE type = 'pipeline.changed' ORDER BY event_id"))
    assert told.all() == ["added", "renamed", "arranged", "archived", "restored"]


STATES = ("active", "archived")


def test_stages_are_added_and_put_away_with_somewhere_for_their_deals(api, db):
    way = make_pipeline()
    first, second, _third = way.open
    deal = make_deal(first)
    added = api.post(f"/pipelines/{way.pipeline.pipeline_id}/stages", {"name": "Sample", "win_share": "0.4"})
    assert (added.status_code, api.get(added.headers["Location"]).json["name"]) == (201, "Sample")
    here = f"/stages/{first.stage_id}/archive"
    refused = api.post(here, {})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"move_to"})
    assert api.post(here, {"move_to": str(second.stage_id)}).json["archived_at"]
    assert api.get(f"/deals/{deal.deal_id}").json["stage_id"] == str(second.stage_id)
    assert api.post(f"/stages/{way.won.stage_id}/archive", {}).status_code == 409
    assert api("DELETE", here).json["archived_at"] is None


def test_reasons_are_added_arranged_and_put_away(api):
    first, second = make_reason("Price"), make_reason("Late")
    added = api.post("/lost-reasons", {"name": "Gone"})
    assert (added.status_code, api.get(added.headers["Location"]).json["name"]) == (201, "Gone")
    wanted = [{"id": str(second.reason_id), "name": "Too late"}, {"id": str(first.reason_id), "name": "Price"}]
    arranged = api.post("/lost-reasons/arrangement", {"reasons": wanted}).json["reasons"]
    assert [one["name"] for one in arranged] == ["Too late", "Price", "Gone"]
    assert api.post(f"/lost-reasons/{first.reason_id}/archive").json["archived_at"]
    assert [one["name"] for one in api.get("/lost-reasons?state=archived").json["data"]] == ["Price"]
    assert api("DELETE", f"/lost-reasons/{first.reason_id}/archive").json["archived_at"] is None


@pytest.mark.parametrize(
    ("asked", "body", "field"),
    [
        ("", {"name": ""}, "name"),
        ("", {"name": "Taken"}, "name"),
        ("/{id}/stages", {"name": "New", "win_share": "1.2"}, "win_share"),
        ("/{id}/stages", {"name": "New", "win_share": "NaN"}, "win_share"),
        ("/{id}/stages", {"name": "New", "win_share": "0.5", "ageing_days": 0}, "ageing_days"),
        ("/{id}/arrangement", {"name": "x" * 61}, "name"),
    ],
)
def test_what_makes_no_sense_is_refused(api, asked, body, field):
    way = make_pipeline(name="Taken")
    answer = api.post(f"/pipelines{asked.format(id=way.pipeline.pipeline_id)}", body)
    assert (answer.status_code, field in answer.json["errors"]) == (422, True)


def test_arranging_takes_its_right(program, admin):
    way, reason = make_pipeline(), make_reason()
    reader = program(admin, "deals.read", "deals.edit")
    assert reader.get(f"/pipelines/{way.pipeline.pipeline_id}").status_code == 200
    for path, body in (
        ("/pipelines", {"name": "Retail"}),
        (f"/pipelines/{way.pipeline.pipeline_id}/arrangement", {"name": "Retail"}),
        (f"/stages/{way.open[0].stage_id}/archive", {}),
        ("/lost-reasons", {"name": "Gone"}),
        (f"/lost-reasons/{reason.reason_id}/archive", None),
    ):
        assert reader.post(path, body).status_code == 403
