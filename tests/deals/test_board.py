"""The board: columns, sums, and cards that move without anything getting lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import insert, select

from app.core.access import SYSTEM
from app.core.db import db as database
from app.core.db import new_id
from app.deals.actions import deals as actions
from app.deals.models import Deal, Stage
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_pipeline
from tests.statements import counted


def titles(stage, db):
    return list(db.scalars(select(Deal.title).where(Deal.stage_id == stage.stage_id).order_by(Deal.rank)))


def fill(stage, number, **values):
    """So many deals in a stage, by one statement."""
    rows = [
        {
            "deal_id": new_id(),
            "title": f"Deal {n}",
            "currency": "GBP",
            "value_minor": 100,
            "pipeline_id": stage.pipeline_id,
            "stage_id": stage.stage_id,
            "rank": n,
            **values,
        }
        for n in range(number)
    ]
    database.session.execute(insert(Deal), rows)
    database.session.commit()


def test_a_column_has_its_count_its_sums_and_its_first_cards(browser, db):
    way = make_pipeline()
    fill(way.open[0], 60)
    page = browser(make_employee("manager"))
    board = page.get("/deals/board")
    words = text_of(board)
    assert "New 60" in words
    assert "£60.00 likely £30.00" in words
    assert "Deal 24" in words
    assert "Deal 25" not in words
    more = board.get_data(as_text=True).split(f'hx-get="/deals/board/{way.open[0].stage_id}')[1].split('"')[0]
    rest = page.get(f"/deals/board/{way.open[0].stage_id}{more.replace('&amp;', '&')}", fragment=True)
    assert "Deal 25" in text_of(rest)
    assert "Deal 49" in text_of(rest)
    assert "Deal 24" not in text_of(rest)
    assert "Deal 50" not in text_of(rest)


@pytest.mark.slow
def test_ten_thousand_deals_take_eight_statements(browser, db):
    way = make_pipeline("New", "Qualified", "Proposal", "Negotiation", "Agreed")
    owner, customer = make_employee("manager"), make_customer()
    for stage in way.open:
        fill(stage, 2_000, owner_id=owner.person_id, customer_id=customer.person_id)
    page = browser(owner)
    page.get("/deals/board")
    with counted() as statements:
        assert page.get("/deals/board").status_code == 200
    assert len(statements) <= 8, statements


def test_the_filter_is_shared_with_the_list(browser, db):
    stage, manager = make_pipeline().open[0], make_employee("manager")
    make_deal(stage, title="Mugs", owner_id=manager.person_id)
    make_deal(stage, title="Soap")
    page = browser(manager)
    board = page.get(f"/deals/board?owner={manager.person_id}")
    assert "Mugs" in text_of(board)
    assert "Soap" not in text_of(board)
    assert f'href="/deals?owner={manager.person_id}"' in board.get_data(as_text=True)
    assert "Soap" in text_of(page.get("/deals/board?q=soap"))


def test_a_card_says_what_is_wrong_with_it(browser, db):
    from datetime import timedelta

    from app.core.clock import now

    way = make_pipeline()
    way.open[0].ageing_days = 7
    fresh, ageing, old = (make_deal(way.open[0], title=title, next_step="Call") for title in ("A", "B", "C"))
    ageing.stage_since, old.stage_since = now() - timedelta(days=9), now() - timedelta(days=20)
    fresh.next_step = ""
    db.commit()
    words = text_of(browser(make_employee("manager")).get("/deals/board"))
    assert "No next step" in words
    assert "Ageing: 9 days here" in words
    assert "Old: 20 days here" in words


def test_a_card_is_put_below_another_and_the_sums_follow(browser, db):
    way = make_pipeline()
    first, second = way.open[:2]
    deal, other = make_deal(first, title="Mugs", value_minor=1000), make_deal(second, title="Soap", value_minor=500)
    page = browser(make_employee("agent"))
    form = {"stage": str(second.stage_id), "below": str(other.deal_id), "seen": str(first.stage_id)}
    moved = page.post(f"/deals/{deal.deal_id}/place", form, fragment=True)
    assert "£15.00 likely £7.50" in text_of(moved)
    assert "Mugs is in Proposal." in moved.headers["HX-Trigger"]
    assert titles(second, db) == ["Soap", "Mugs"]
    late = page.post(f"/deals/{deal.deal_id}/place", form, fragment=True)
    assert late.status_code == 409
    assert "is in Proposal now" in text_of(late)


def test_who_only_reads_moves_nothing(browser, db):
    deal = make_deal()
    assert browser(make_customer()).post(f"/deals/{deal.deal_id}/place", {}).status_code == 403


def test_a_deal_is_added_in_a_column(browser, db):
    stage = make_pipeline().open[1]
    page = browser(make_employee("agent"))
    lane = page.post(f"/deals/board/{stage.stage_id}/deals", {"title": "Beans", "value": "12.50"}, fragment=True)
    assert "Beans" in text_of(lane)
    assert "£12.50" in text_of(lane)
    assert page.post(f"/deals/board/{stage.stage_id}/deals", {"title": " "}, fragment=True).status_code == 422


def test_without_script_a_card_is_moved_by_a_form(browser, db):
    way = make_pipeline()
    deal = make_deal(way.open[0], title="Mugs")
    page = browser(make_employee("agent"))
    assert "Proposal" in text_of(page.get(f"/deals/{deal.deal_id}/move?next=/deals/board"))
    form = {"stage": str(way.open[1].stage_id), "seen": str(way.open[0].stage_id), "next": "/deals/board"}
    board = page.follow(page.post(f"/deals/{deal.deal_id}/move", form))
    assert "Mugs is in Proposal." in text_of(board)


def test_many_who_move_at_once_keep_every_card_at_a_place_of_its_own(app, db):
    way = make_pipeline()
    ids = [make_deal(way.open[0], title=str(n)).deal_id for n in range(32)]
    target = way.open[1].stage_id

    def drop(deal_id) -> None:
        with app.app_context():
            stage = database.session.get(Stage, target)
            actions.move_deal(database.session.get(Deal, deal_id), stage, actor=SYSTEM)
            database.session.commit()

    with ThreadPoolExecutor(8) as crowd:
        list(crowd.map(drop, ids))
    ranks = db.scalars(select(Deal.rank).where(Deal.stage_id == target)).all()
    assert len(set(ranks)) == 32


def test_a_damaged_cursor_is_refused(browser, db):
    stage = make_pipeline().open[0]
    for after in ("x~y", "NaN~" + str(stage.stage_id), "1~1"):
        assert browser(make_employee("manager")).get(f"/deals/board/{stage.stage_id}?after={after}").status_code == 422


def test_without_a_pipeline_the_board_says_so(browser):
    assert "No pipeline yet" in text_of(browser(make_employee("manager")).get("/deals/board"))


def test_a_move_is_undone_from_its_toast(browser, db):
    import json

    way = make_pipeline()
    first, second = way.open[:2]
    under, deal = make_deal(first, title="Under"), make_deal(first, title="Mugs")
    page = browser(make_employee("agent"))
    form = {"stage": str(second.stage_id), "seen": str(first.stage_id)}
    moved = page.post(f"/deals/{deal.deal_id}/place", form, fragment=True)
    assert titles(first, db) == ["Under"]
    undo = json.loads(moved.headers["HX-Trigger"])["toast"]["undo"]
    assert page.post(undo).status_code == 303
    assert titles(first, db) == ["Mugs", "Under"]
    db.expire_all()
    assert deal.is_open
    assert under.stage_id == first.stage_id
