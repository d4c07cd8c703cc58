"""Ratings, read and excluded by programs."""

from app.accounts import sign_ins
from app.conversations.actions import ratings
from tests.factories import make_channel, make_customer, make_employee


def rated(db, stars: int):
    carla = make_customer()
    channel = make_channel(carla, owner=make_employee(), closed=True)
    made = ratings.rate_channel(channel, stars, actor=sign_ins.actor_for(carla.person_id))
    db.commit()
    return made


def test_programs_read_and_exclude(db, api):
    low = rated(db, 1)
    rated(db, 5)
    found = api.get("/ratings?most=2").json["data"]
    assert [(one["stars"], one["answered_by"]) for one in found] == [(1, str(low.answered_by))]
    here = f"/ratings/{low.rating_id}"
    assert api.post(f"{here}/exclusion", {"reason": "Lost parcel"}).json["excluded_reason"] == "Lost parcel"
    assert api("DELETE", f"{here}/exclusion").json["excluded_at"] is None
    assert api.get(here).json["stars"] == 1
