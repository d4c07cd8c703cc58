"""Segments follow what happens to customers, at once and in the order in which they ask about each other."""

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Conflict
from app.engine.codes import actions as codes
from app.engine.codes import fields
from app.engine.events.models import Event
from app.people import actions as people
from app.sales import actions as sales
from app.segments import actions, membership, queries
from app.segments.actions import SegmentDetails
from app.segments.models import Member, Segment, Touch
from tests.factories import make_customer, make_product

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}
BOUGHT_LATELY = {"agg": "count", "of": "purchases", "window": {"last": "90d"}, "op": "ge", "v": 1}


def make_segment(name: str, where, **details) -> Segment:
    segment = actions.create(SegmentDetails(name, where, **details), actor=SYSTEM)
    database.session.commit()
    return segment


def make_sale(customer) -> None:
    sales.record_sale(customer, [sales.SaleLine(make_product().product_id, 1)], actor=SYSTEM)
    database.session.commit()


def members(segment: Segment) -> set:
    return set(database.session.scalars(select(Member.person_id).where(Member.segment_id == segment.segment_id)))


def test_a_purchase_brings_a_customer_in_at_once(db, work):
    buyers = make_segment("Buyers", BOUGHT_LATELY)
    work()
    carla, other = make_customer(), make_customer()
    make_sale(carla)
    work()
    db.expire_all()
    assert members(buyers) == {carla.person_id}
    assert buyers.member_count == 1
    told = db.execute(select(Event.subject_id, Event.payload["name"].astext).where(Event.type == "segment.entered"))
    assert told.all() == [(carla.person_id, "Buyers")]
    assert db.scalars(select(Touch)).all() == []
    assert other.person_id not in members(buyers)


def test_a_change_moves_a_customer_through_segments_within_segments(db, work):
    carla = make_customer(country="Spain")
    make_sale(carla)
    norwegians = make_segment("Norwegians", NORWAY)
    asked = {"in": "segment", "v": str(norwegians.segment_id)}
    buyers = make_segment("Norwegian buyers", {"all": [asked, BOUGHT_LATELY]})
    strangers = make_segment("Others", {"not": asked})
    work()
    assert members(strangers) == {carla.person_id}
    people.edit_customer(carla, {"country": "Norway"}, actor=SYSTEM)
    database.session.commit()
    work()
    assert members(norwegians) == members(buyers) == {carla.person_id}
    assert members(strangers) == set()


def test_somebody_touched_while_the_last_catching_up_ends_is_not_forgotten(db, work):
    norwegians = make_segment("Norwegians", NORWAY)
    carla = make_customer(country="Norway")
    db.add(Touch(person_id=carla.person_id, touched_at=carla.created_at))
    db.commit()
    work()
    assert members(norwegians) == set()
    membership.ring_for_touched()
    db.commit()
    work()
    assert members(norwegians) == {carla.person_id}


def test_a_whole_refresh_lets_those_follow_who_ask_about_it(db, work):
    norwegians = make_segment("Norwegians", NORWAY)
    buyers = make_segment("Guests", {"in": "segment", "v": str(norwegians.segment_id)})
    carla = make_customer(country="Norway")
    membership.refresh(norwegians)
    db.commit()
    work()
    assert members(buyers) == {carla.person_id}


@pytest.mark.parametrize(("on_stale", "goes_on"), [("proceed", True), ("wait", False)])
def test_what_a_segment_does_while_another_is_not_known(db, work, on_stale, goes_on):
    norwegians = make_segment("Norwegians", NORWAY)
    asked = {"any": [{"in": "segment", "v": str(norwegians.segment_id)}, {"f": "stage", "op": "in", "v": ["lead"]}]}
    guests = make_segment("Guests", asked, on_stale=on_stale)
    db.execute(
        text("UPDATE segments SET problem = 'The question took longer than a minute.' WHERE name = 'Norwegians'")
    )
    lead = make_customer(stage="lead")
    assert (membership.refresh(guests) is not None) is goes_on
    db.commit()
    assert members(guests) == ({lead.person_id} if goes_on else set())
    assert guests.problem == ("" if goes_on else "It waits for “Norwegians”, which could not be counted.")
    membership.refresh(norwegians)
    db.commit()
    work()
    db.expire_all()
    assert members(guests) == {lead.person_id}
    assert guests.problem == ""


def test_what_happened_and_what_did_not_can_be_asked(db, work):
    carla, doris = make_customer(), make_customer()
    rated = {"agg": "count", "of": "events", "where": {"f": "kind", "op": "in", "v": ["customer.deactivated"]}}
    lately = {**rated, "window": {"last": "30d"}}
    left = make_segment("Left lately", {**lately, "op": "ge", "v": 1})
    stayed = make_segment("Did not leave", {**lately, "op": "is", "v": 0})
    people.deactivate(carla, actor=SYSTEM)
    database.session.commit()
    work()
    assert members(left) == {carla.person_id}
    assert members(stayed) == {doris.person_id}


def test_a_change_of_codes_asks_everybody_anew(db, work):
    rhea = make_customer(source="the spring fair")
    work()
    fair = fields.get("customer.source")
    codes.add_rule(fair, "fair", "Fairs", how="contains", actor=SYSTEM)
    database.session.commit()
    work()
    key = fields.choices(fair)[0][0]
    visitors = make_segment("Met at fairs", {"f": "source_code", "op": "in", "v": [key]})
    assert members(visitors) == {rhea.person_id}
    doris = make_customer(source="open day")
    work()
    codes.add_rule(fair, "open day", "Fairs", how="exact", actor=SYSTEM)
    database.session.commit()
    work()
    assert members(visitors) == {rhea.person_id, doris.person_id}


def test_a_segment_made_by_hand_stays_until_a_hand_changes_it(db, work):
    carla, doris, emil = make_customer(country="Norway"), make_customer(), make_customer()
    picked = make_segment("Picked", {"all": []}, mode="static", people=[carla.person_id, doris.person_id])
    assert members(picked) == {carla.person_id, doris.person_id}
    assert actions.add_members(picked, [emil.person_id, carla.person_id], actor=SYSTEM) == 1
    assert actions.remove_members(picked, [doris.person_id], actor=SYSTEM) == 1
    actions.change(picked, SegmentDetails("Picked", {"all": []}, "static"), actor=SYSTEM)
    db.commit()
    work()
    assert members(picked) == {carla.person_id, emil.person_id}
    assert picked.member_count == 2
    told = db.execute(select(Event.type, Event.subject_id).where(Event.type.in_(["segment.entered", "segment.left"])))
    assert set(told.all()) == {("segment.entered", emil.person_id), ("segment.left", doris.person_id)}
    with pytest.raises(Conflict, match="stays as it was made"):
        actions.refresh(picked, actor=SYSTEM)
    with pytest.raises(Conflict, match="follows its filter"):
        actions.add_members(make_segment("Norwegians", NORWAY), [emil.person_id], actor=SYSTEM)


def test_a_copy_keeps_the_members_of_today(db):
    carla = make_customer(country="Norway")
    norwegians = make_segment("Norwegians", NORWAY)
    kept, again = actions.copy(norwegians, actor=SYSTEM), actions.copy(norwegians, actor=SYSTEM)
    db.commit()
    db.execute(text("UPDATE customers SET country = 'Spain'"))
    membership.refresh(norwegians)
    db.commit()
    assert members(norwegians) == set()
    assert members(kept) == {carla.person_id}
    assert again.name == f"{kept.name} (2)"
    assert queries.list_users(norwegians) == []
