"""Pipelines, stages and reasons, arranged in the browser; no deal is ever lost by it."""

import threading
import time

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.errors import Conflict, Invalid
from app.deals.actions import closing, deals
from app.deals.actions import pipelines as actions
from app.deals.models import Deal, LostReason, Pipeline, Stage
from app.deals.queries import pipelines as queries
from tests.browser_client import text_of
from tests.factories import make_deal, make_employee, make_pipeline, make_reason

HERE = "/settings/pipelines"


def form_of(way, **changes):
    stages = way.stages
    return {
        "name": way.pipeline.name,
        "stage": [str(stage.stage_id) for stage in stages],
        "stage_name": [stage.name for stage in stages],
        "share": ["50" if stage.is_open else "0" for stage in stages],
        "days": ["" for stage in stages],
        **changes,
    }


def names(way):
    return [stage.name for stage in queries.way_among(queries.list_ways(), way.pipeline.pipeline_id).stages]


def test_the_first_pipeline_has_five_stages_and_two_ends(browser, db):
    page = browser(make_employee("manager"))
    assert "No pipeline yet" in text_of(page.get(HERE))
    assert page.post(f"{HERE}/usual").status_code == 303
    (way,) = queries.list_ways()
    assert [stage.name for stage in way.open] == ["New", "Qualified", "Proposal", "Negotiation", "Agreed"]
    assert (way.won.name, way.lost.name) == ("Won", "Lost")
    assert len(queries.list_reasons()) == 6
    actions.make_usual(actor=SYSTEM)
    assert len(queries.list_ways()) == 1


def test_stages_are_renamed_moved_and_added(browser, db):
    way = make_pipeline()
    page = browser(make_employee("manager"))
    up = page.post(f"{HERE}/{way.pipeline.pipeline_id}", form_of(way, do=f"up:{way.open[2].stage_id}"))
    assert up.status_code == 303
    db.expire_all()
    assert names(way) == ["New", "Agreed", "Proposal", "Won", "Lost"]
    way = queries.list_ways()[0]
    dragged = form_of(
        way, do=f"move:{way.open[0].stage_id}:stages:2", new_stage="Waiting", new_share="40", new_days="3"
    )
    page.post(f"{HERE}/{way.pipeline.pipeline_id}", dragged)
    db.expire_all()
    assert names(way) == ["Agreed", "Proposal", "New", "Waiting", "Won", "Lost"]
    waiting = db.scalar(select(Stage).where(Stage.name == "Waiting"))
    assert (float(waiting.win_share), waiting.ageing_days) == (0.4, 3)
    refused = page.post(
        f"{HERE}/{way.pipeline.pipeline_id}", form_of(queries.list_ways()[0], new_stage="X", new_share="200")
    )
    assert refused.status_code == 422
    assert "between 0 and 100" in text_of(refused)


def test_a_stage_in_use_is_archived_and_its_deals_go_on_in_order(browser, db):
    way = make_pipeline()
    first, second, _third = way.open
    for title in ("B", "A"):
        make_deal(first, title=title)
    make_deal(second, title="Z")
    page = browser(make_employee("manager"))
    assert "2 deals stand in this stage" in text_of(page.get(f"/settings/stages/{first.stage_id}/archive"))
    asked = page.post(f"/settings/stages/{first.stage_id}/archive", {})
    assert asked.status_code == 422
    moved = page.follow(page.post(f"/settings/stages/{first.stage_id}/archive", {"stage": str(second.stage_id)}))
    assert "2 deals went on" in text_of(moved)
    db.expire_all()
    in_order = select(Deal.title).where(Deal.stage_id == second.stage_id).order_by(Deal.rank)
    assert list(db.scalars(in_order)) == ["Z", "A", "B"]
    assert names(way) == ["Proposal", "Agreed", "Won", "Lost"]
    page.post(f"/settings/stages/{first.stage_id}/archive/delete")
    db.expire_all()
    assert names(way)[0] == "New"


def test_ends_last_stages_and_pipelines_with_deals_stay(db):
    way = make_pipeline("Only")
    with pytest.raises(Conflict):
        actions.archive_stage(way.won, None, actor=SYSTEM)
    with pytest.raises(Conflict, match="last open stage"):
        actions.archive_stage(way.open[0], None, actor=SYSTEM)
    with pytest.raises(Conflict, match="last pipeline"):
        actions.archive_pipeline(way.pipeline, actor=SYSTEM)
    other = make_pipeline()
    make_deal(other.open[0])
    with pytest.raises(Conflict, match="1 open deals"):
        actions.archive_pipeline(other.pipeline, actor=SYSTEM)


def test_reasons_are_arranged_and_put_away(browser, db):
    first, second = make_reason("Price"), make_reason("Late")
    page = browser(make_employee("manager"))
    ids, do = [str(first.reason_id), str(second.reason_id)], f"archive:{first.reason_id}"
    form = {"reason": ids, "reason_name": ["Price", "Too late"], "new_reason": "Gone", "do": do}
    assert page.post("/settings/lost-reasons", form).status_code == 303
    db.expire_all()
    assert [reason.name for reason in queries.list_reasons()] == ["Too late", "Gone"]
    assert db.get(LostReason, first.reason_id).name == "Price"
    assert page.post("/settings/lost-reasons", {"new_reason": "Gone"}).status_code == 422


def test_only_who_may_arrange_does(browser):
    way = make_pipeline()
    page = browser(make_employee("agent"))
    assert page.get(HERE).status_code == 403
    assert page.post(f"{HERE}/{way.pipeline.pipeline_id}", form_of(way)).status_code == 403


WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
HOLD = text("SELECT FROM deal_stages WHERE stage_id = :stage FOR NO KEY UPDATE")
ARCHIVE = text("UPDATE deal_stages SET archived_at = now() WHERE stage_id = :stage")
PUT = text("UPDATE deals SET stage_id = :stage, version = version + 1 WHERE deal_id = :deal")


def refused_after(app, act, somebody, **values) -> bool:
    """Let an action begin while somebody else holds a stage, who then commits; True when it was refused."""
    refusals = []

    def run():
        with app.app_context():
            try:
                act()
                database.session.commit()
            except (Invalid, Conflict) as refusal:
                refusals.append(refusal)

    with database.engine.connect() as other, database.engine.connect() as watch:
        other.execute(HOLD, {"stage": values["stage"]})
        other.execute(somebody, values)
        thread = threading.Thread(target=run)
        thread.start()
        while thread.is_alive() and not watch.scalar(WAITS):
            time.sleep(0.02)
            watch.rollback()
        other.commit()
    thread.join()
    return bool(refusals)


@pytest.mark.parametrize("how", ["move", "create", "archive"])
def test_no_deal_comes_into_a_stage_that_is_put_away_meanwhile(app, db, how):
    first, second, _third = make_pipeline().open
    deal_id, stage_id = make_deal(first).deal_id, second.stage_id

    def act():
        stage = queries.get_stage(stage_id)
        if how == "move":
            deals.move_deal(db.get(Deal, deal_id), stage, actor=SYSTEM)
        elif how == "create":
            deals.create_deal(deals.DealDetails(title="Late", currency="GBP"), stage, actor=SYSTEM)
        else:
            actions.archive_stage(stage, None, actor=SYSTEM)

    assert refused_after(app, act, PUT if how == "archive" else ARCHIVE, stage=stage_id, deal=deal_id)
    lost = select(Deal.title).join(Stage).where(Stage.archived_at.is_not(None))
    assert db.scalars(lost).all() == []


ARCHIVE_ALL = text("UPDATE pipelines SET archived_at = now() WHERE pipeline_id = :pipeline")
PUT_ELSEWHERE = text("UPDATE deals SET stage_id = :stage, pipeline_id = :pipeline, version = version + 1")


@pytest.mark.parametrize("how", ["move", "create", "reopen", "archive"])
def test_no_deal_comes_into_a_pipeline_that_is_put_away_meanwhile(app, db, how):
    make_pipeline()
    way = make_pipeline()
    stage_id, pipeline_id = way.open[-1].stage_id, way.pipeline.pipeline_id
    deal = make_deal(way.open[0] if how == "reopen" else None)
    if how == "reopen":
        closing.lose_deal(deal, make_reason().reason_id, actor=SYSTEM)
        db.commit()
    deal_id = deal.deal_id

    def act():
        stage = queries.get_stage(stage_id)
        if how == "move":
            deals.move_deal(db.get(Deal, deal_id), stage, actor=SYSTEM)
        elif how == "create":
            deals.create_deal(deals.DealDetails(title="Late", currency="GBP"), stage, actor=SYSTEM)
        elif how == "reopen":
            closing.reopen_deal(db.get(Deal, deal_id), actor=SYSTEM)
        else:
            actions.archive_pipeline(queries.get_pipeline(pipeline_id), actor=SYSTEM)

    somebody = PUT_ELSEWHERE if how == "archive" else ARCHIVE_ALL
    assert refused_after(app, act, somebody, stage=stage_id, pipeline=pipeline_id)
    lost = select(Deal.title).join(Pipeline).where(Pipeline.archived_at.is_not(None), Deal.state == "open")
    assert db.scalars(lost).all() == []


def test_of_two_pipelines_put_away_at_once_one_stays(app, db):
    first, second = make_pipeline(), make_pipeline()

    def act():
        actions.archive_pipeline(queries.get_pipeline(first.pipeline.pipeline_id), actor=SYSTEM)

    values = {"stage": second.open[0].stage_id, "pipeline": second.pipeline.pipeline_id}
    assert refused_after(app, act, ARCHIVE_ALL, **values)
    assert len(queries.list_ways()) == 1


def test_an_archived_pipeline_takes_no_deal_and_says_so(browser, db):
    way, _other = make_pipeline(), make_pipeline()
    deal = make_deal(way.open[0])
    closing.lose_deal(deal, make_reason().reason_id, actor=SYSTEM)
    actions.archive_pipeline(way.pipeline, actor=SYSTEM)
    db.commit()
    page = browser(make_employee("manager"))
    assert page.post(f"/deals/{deal.deal_id}/closure/delete").status_code == 422
    with pytest.raises(Invalid, match="is archived"):
        closing.reopen_deal(deal, actor=SYSTEM)
