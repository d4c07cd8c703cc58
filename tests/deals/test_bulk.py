"""Many deals changed at once, and back."""

from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.deals.actions import closing
from app.deals.models import Deal, DealMove
from app.engine.changes.models import ChangeSet
from app.engine.events.models import Event
from tests.factories import make_deal, make_employee, make_pipeline, make_reason
from tests.statements import counted


@pytest.fixture
def mona(db):
    return make_employee("manager", first_name="Mona")


@pytest.fixture
def page(browser, mona):
    return browser(mona)


def send(page, deals, do, **values):
    ids = [getattr(deal, "deal_id", deal) for deal in deals]
    return page.post("/bulk", data={"list": "/deals", "query": "", "do": do, "id": ids, "expected": len(ids), **values})


def undo(page, db):
    latest = db.scalars(select(ChangeSet).order_by(ChangeSet.at.desc())).first()
    page.post(f"/changes/{latest.change_set_id}/undo")
    db.expire_all()


def test_the_list_offers_what_one_may(page, browser, mona, db):
    make_deal(title="Mugs")
    shown = page.get("/deals").text
    assert all(f'value="{key}"' in shown for key in ("edit", "move", "tag", "export"))
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'deals.edit', NULL)"))
    db.commit()
    reader = browser(make_employee("agent"))
    assert 'value="move"' not in reader.get("/deals").text
    deal = db.scalars(select(Deal)).one()
    assert send(reader, [deal], "move", stage=deal.stage_id).status_code == 404


def test_an_owner_and_a_day_for_many_and_back(page, mona, db):
    deals = [make_deal(title=name) for name in ("One", "Two")]
    form = page.get(f"/bulk/new?list=/deals&query=&do=edit&id={deals[0].deal_id}&id={deals[1].deal_id}").text
    assert "Edit: 2 deals" in form
    assert 'type="date"' in form
    values = {"set_owner_id": "1", "owner_id": mona.person_id, "set_expected_on": "1", "expected_on": "2031-03-30"}
    versions = [deal.version for deal in deals]
    send(page, deals, "edit", **values)
    db.expire_all()
    assert [(str(deal.expected_on), deal.owner_id) for deal in deals] == [("2031-03-30", mona.person_id)] * 2
    assert all(deal.version > before for deal, before in zip(deals, versions, strict=True))
    undo(page, db)
    assert [(deal.expected_on, deal.owner_id) for deal in deals] == [(None, None)] * 2


@pytest.mark.parametrize(
    ("field", "typed"), [("owner_id", "nobody"), ("owner_id", str(UUID(int=0))), ("expected_on", "soon")]
)
def test_what_makes_no_sense_is_refused_on_the_form(page, db, field, typed):
    deal = make_deal()
    answer = send(page, [deal], "edit", **{f"set_{field}": "1", field: typed})
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_open_deals_move_on_top_in_their_order_and_back(page, db):
    way = make_pipeline("First", "Second")
    first, second = way.open
    lower, upper = make_deal(first, title="Lower"), make_deal(first, title="Upper")
    there, won = make_deal(second, title="There"), make_deal(first, title="Lost")
    closing.lose_deal(won, make_reason().reason_id, actor=SYSTEM)
    db.commit()
    answer = send(page, [lower, upper, there, won], "move", stage=second.stage_id)
    report = page.get(answer.location).text
    assert "Moved 4 deals to Second" in report
    assert "It is lost. Open it again to move it." in report
    db.expire_all()
    stands = select(Deal.title).where(Deal.stage_id == second.stage_id).order_by(Deal.rank)
    assert db.scalars(stands).all() == ["Upper", "Lower", "There"]
    assert (
        db.scalars(select(DealMove.after).where(DealMove.deal_id == upper.deal_id).order_by(DealMove.move_id)).all()[-1]
        == second.stage_id
    )
    told = db.scalars(select(Event.payload).where(Event.type == "deal.moved")).all()
    assert {(one["title"], one["before"], one["after"]) for one in told} == {
        ("Lower", "First", "Second"),
        ("Upper", "First", "Second"),
    }
    undo(page, db)
    assert db.scalars(stands).all() == ["There"]


def test_a_stage_that_takes_no_deals_is_refused(page, db):
    way = make_pipeline("First")
    deal = make_deal(way.open[0])
    for stage in (way.won.stage_id, "nothing", UUID(int=0)):
        answer = send(page, [deal], "move", stage=stage)
        assert (answer.status_code, "Choose a stage that is open." in answer.text) == (422, True)


def test_deals_of_others_are_not_touched(browser, mona, db):
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'deals.read', 'own')"))
    db.commit()
    way = make_pipeline("First", "Second")
    mine, other = make_deal(way.open[0], owner_id=mona.person_id), make_deal(way.open[0])
    report = browser(mona).get(send(browser(mona), [mine, other], "move", stage=way.open[1].stage_id).location).text
    assert "not yours to change" in report
    db.expire_all()
    assert [mine.stage_id, other.stage_id] == [way.open[1].stage_id, way.open[0].stage_id]


def test_a_hundred_take_no_more_statements_than_two(page, db):
    way = make_pipeline("First", "Second")
    deals = [make_deal(way.open[0]).deal_id for _ in range(100)]
    stage_id = way.open[1].stage_id
    with counted() as few:
        send(page, deals[:2], "move", stage=stage_id)
    with counted() as many:
        send(page, deals[2:], "move", stage=stage_id)
    assert len(many) <= len(few) + 2
