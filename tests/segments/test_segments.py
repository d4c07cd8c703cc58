"""Segments: made of a filter, kept true by the difference, asked about by other filters."""

import json
import threading
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select, text

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Conflict
from app.engine.changes.models import ChangeSet
from app.engine.events.models import Event
from app.engine.schedules.models import Schedule
from app.people import actions as people
from app.segments import actions, membership, queries
from app.segments.actions import SegmentDetails
from app.segments.models import Change, Member, Segment
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.statements import counted

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


def make_segment(name: str = "Norwegians", where=NORWAY, mode: str = "dynamic") -> Segment:
    segment = actions.create(SegmentDetails(name, where, mode), actor=SYSTEM)
    database.session.commit()
    return segment


def members(segment: Segment) -> set:
    return set(database.session.scalars(select(Member.person_id).where(Member.segment_id == segment.segment_id)))


def move(customer, country: str) -> None:
    database.session.execute(
        text("UPDATE customers SET country = :country WHERE person_id = :id"),
        {"country": country, "id": customer.person_id},
    )
    database.session.commit()


@pytest.fixture
def marta(browser, db):
    return browser(make_employee("manager"))


def test_a_refresh_changes_the_difference_alone(db):
    stays, goes, comes = make_customer(country="Norway"), make_customer(country="Norway"), make_customer()
    segment = make_segment()
    assert members(segment) == {stays.person_id, goes.person_id}
    since = db.scalar(select(Member.entered_at).where(Member.person_id == stays.person_id))
    move(goes, "Spain")
    move(comes, "Norway")
    assert membership.refresh(segment) == membership.Refreshed(entered=1, left=1, members=2)
    db.commit()
    assert members(segment) == {stays.person_id, comes.person_id}
    assert db.scalar(select(Member.entered_at).where(Member.person_id == stays.person_id)) == since
    told = db.execute(select(Change.kind, Change.person_id).order_by(Change.change_id)).all()
    assert set(told[2:]) == {("left", goes.person_id), ("entered", comes.person_id)}
    events = db.execute(
        select(Event.type, Event.subject_id, Event.payload["name"].astext).where(
            Event.type.in_(["segment.entered", "segment.left"])
        )
    ).all()
    assert set(events) == {
        ("segment.entered", comes.person_id, "Norwegians"),
        ("segment.left", goes.person_id, "Norwegians"),
    }
    assert membership.refresh(segment) == membership.Refreshed(0, 0, 2)


def test_two_refreshes_at_once_do_it_once(app, db):
    segment = make_segment()
    for _number in range(20):
        make_customer(country="Norway")
    gate, segment_id = threading.Barrier(4), segment.segment_id

    def refresh() -> None:
        with app.app_context():
            gate.wait()
            membership.refresh(queries.get_segment(segment_id))
            database.session.commit()

    threads = [threading.Thread(target=refresh) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(members(segment)) == 20
    assert db.scalar(select(func.count()).select_from(Change)) == 20


def test_an_erased_customer_is_in_no_segment(db):
    carla = make_customer(country="Norway")
    segment = make_segment()
    people.erase_customer(carla, actor=SYSTEM, reason="Asked")
    move(carla, "Norway")
    membership.refresh(segment)
    db.commit()
    assert members(segment) == set()


def test_segments_in_segments_read_what_is_stored_and_never_themselves(db):
    lead, buyer = make_customer(country="Norway", stage="lead"), make_customer(country="Norway")
    norwegians = make_segment()
    asked = {"in": "segment", "v": str(norwegians.segment_id)}
    leads = make_segment("Leads", {"all": [asked, {"f": "stage", "op": "in", "v": ["lead"]}]})
    assert members(leads) == {lead.person_id}
    assert buyer.person_id not in members(leads)
    circle = SegmentDetails("Norwegians", {"in": "segment", "v": str(leads.segment_id)})
    with pytest.raises(Conflict, match="ask about itself"):
        actions.change(norwegians, circle, actor=SYSTEM)
    db.rollback()
    with pytest.raises(Conflict, match="“Leads” asks about this segment"):
        actions.remove(norwegians, actor=SYSTEM)


def test_a_segment_that_follows_has_a_schedule(db):
    segment = make_segment()
    owned = select(Schedule).where(Schedule.owner_id == segment.segment_id)
    schedule = db.scalars(owned).one()
    assert (schedule.job, schedule.rule_text) == ("segments.refresh", "1 hour")
    actions.change(segment, SegmentDetails("Norwegians", NORWAY, "static"), actor=SYSTEM)
    db.commit()
    assert db.scalars(owned).all() == []


def test_a_question_that_takes_too_long_leaves_the_last_members(db, monkeypatch):
    carla = make_customer(country="Norway")
    segment = make_segment()
    monkeypatch.setattr(membership, "BUDGET", "50ms")
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE segment_members IN ACCESS EXCLUSIVE MODE"))
        assert membership.refresh(segment) is None
    db.commit()
    assert members(segment) == {carla.person_id}
    assert "longer than a minute" in segment.problem


def test_a_manager_makes_changes_and_removes_one(marta, db):
    make_customer(first_name="Fridtjof", last_name="Nansen", country="Norway")
    where = json.dumps(NORWAY)
    assert "Country is Norway" in text_of(marta.get("/segments/new", query_string={"where": where}))
    made = marta.post("/segments", {"where": where, "name": "Norwegians", "mode": "dynamic"})
    page = text_of(marta.get(made.headers["Location"]))
    assert "Norwegians 1 customer" in page
    assert "Fridtjof Nansen came" in page
    assert "Norwegians" in text_of(marta.get("/segments"))
    here = made.headers["Location"]
    asked = json.dumps({"in": "segment", "v": here.rsplit("/", 1)[1]})
    assert "Fridtjof" in text_of(marta.get("/customers", query_string={"where": asked}))
    assert marta.post(f"{here}/refresh").status_code == 303
    changed = {"where": json.dumps({"not": NORWAY}), "name": "Others", "mode": "static"}
    marta.post(here, changed)
    assert "Others 0 customers" in text_of(marta.get(here))
    assert marta.post(f"{here}/deletion").headers["Location"] == "/segments"
    assert marta.get(here).status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "norwegians"}, "There is a segment of this name"),
        ({"where": '{"all":[]}'}, "a segment of everybody says nothing"),
        ({"where": '{"f":"password_hash","op":"filled"}'}, "There is no field"),
        ({"where": "{"}, "cannot be read"),
    ],
)
def test_what_cannot_be_a_segment_is_said(marta, form, sentence):
    make_segment()
    answer = marta.post("/segments", {"where": json.dumps(NORWAY), "name": "New", "mode": "dynamic", **form})
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_a_field_that_is_gone_leaves_the_members(marta, db):
    make_customer(country="Norway")
    segment = make_segment()
    db.execute(text("UPDATE segments SET tree = :tree"), {"tree": '{"f": "shoe_size", "op": "filled"}'})
    db.commit()
    page = text_of(marta.get(f"/segments/{segment.segment_id}"))
    assert "asks about a field that is gone" in page
    assert "1 customer" in page


def test_agents_look_and_do_not_touch(browser, db):
    agent, segment = browser(make_employee("agent")), make_segment()
    assert agent.get(f"/segments/{segment.segment_id}").status_code == 200
    assert agent.post(f"/segments/{segment.segment_id}/refresh").status_code == 403
    assert browser(make_customer()).get("/segments").status_code == 403


def test_only_visible_members_are_listed(db):
    make_customer(country="Norway")
    segment = make_segment()
    stranger = sign_ins.actor_for(make_customer().person_id)
    assert queries.list_members(stranger, segment).rows == []


def test_customers_are_ticked_in_their_list_and_kept(marta, browser, db):
    nansen, berg = make_customer(last_name="Nansen"), make_customer(last_name="Berg")
    assert f'name="id" value="{nansen.person_id}"' in marta.get("/customers").get_data(as_text=True)
    form = marta.get(f"/segments/new?people={nansen.person_id}&people={berg.person_id}")
    assert "2 customers chosen by hand" in text_of(form)
    made = marta.post("/segments", {"name": "Picked", "people": f"{nansen.person_id},{berg.person_id}", "where": ""})
    here = made.headers["Location"]
    assert "Picked 2 customers" in text_of(marta.get(here))
    marta.post(f"{here}/members/removal", {"people": str(berg.person_id)})
    page = text_of(marta.get(here))
    assert "Nansen" in page
    assert "Berg" in page[page.index("Came and went") :]
    again = marta.get(f"/segments/new?people={berg.person_id}")
    assert "Or add them to one that is there" in text_of(again)
    marta.post(f"{here}/members", {"people": str(berg.person_id)})
    assert "Picked 2 customers" in text_of(marta.get(here))
    assert marta.get("/segments/new?people=nobody").status_code == 404
    agent = browser(make_employee("agent"))
    assert 'value="segment"' not in agent.get("/customers").get_data(as_text=True)


def test_what_stands_on_a_segment_is_listed(marta, db):
    norwegians = make_segment()
    asked = {"in": "segment", "v": str(norwegians.segment_id)}
    make_segment("Leads", {"all": [asked, {"f": "stage", "op": "in", "v": ["lead"]}]})
    state = urlencode({"where": json.dumps(asked)})
    marta.post("/views", {"list": "/customers", "query": state, "name": "To call"})
    page = text_of(marta.get(f"/segments/{norwegians.segment_id}"))
    assert "Asked about by Leads , the view To call ." in page


def test_many_segments_are_listed_by_few_statements(marta, db):
    norwegians = make_segment()
    asked = {"in": "segment", "v": str(norwegians.segment_id)}
    for number in range(6):
        make_segment(f"Leads {number}", {"all": [asked, NORWAY, {"f": "stage", "op": "in", "v": ["lead"]}]})
    marta.get("/segments")
    with counted() as statements:
        page = text_of(marta.get("/segments"))
    assert page.count("In segment Norwegians") == 6, page
    assert len(statements) <= 8, statements


def test_many_customers_are_put_in_by_their_list_and_taken_out_by_undo(marta, db):
    nansen, berg = make_customer(last_name="Nansen"), make_customer(last_name="Berg")
    people = [nansen.person_id, berg.person_id]
    asked = {"list": "/customers", "query": "", "do": "segment", "expected": "2", "id": people}
    marta.post("/bulk", data={**asked, "segment": "new", "name": "Guild"})
    guild = db.scalars(select(Segment).where(Segment.name == "Guild")).one()
    assert guild.member_count == 2
    undo = db.scalars(select(ChangeSet.change_set_id).where(ChangeSet.kind == "bulk")).one()
    marta.post(f"/changes/{undo}/undo")
    db.refresh(guild)
    assert guild.member_count == 0
    assert db.scalars(select(Member)).all() == []
