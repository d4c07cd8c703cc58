"""Deals: added, seen, changed, closed, each once."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.errors import Conflict, Invalid, NotAllowed
from app.deals import ranks
from app.deals.actions import closing, lines
from app.deals.actions import deals as actions
from app.deals.actions.lines import LineDetails
from app.deals.models import Deal, DealMove
from app.products.actions import archive_product
from app.sales.models import Receipt, Transaction
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_pipeline, make_product, make_reason
from tests.statements import counted


def actor_of(person):
    return sign_ins.actor_for(person.person_id)


def titles(stage, db):
    return list(db.scalars(select(Deal.title).where(Deal.stage_id == stage.stage_id).order_by(Deal.rank)))


def test_a_place_between_two_is_always_found_and_stays_short():
    above, below = ranks.FIRST, ranks.between(ranks.FIRST, None)
    for _time in range(200):
        middle = ranks.between(above, below)
        assert above < middle < below
        below = middle
    assert ranks.between(Decimal(1), Decimal(5)) == 3
    with pytest.raises(ValueError, match="nothing is between"):
        ranks.between(Decimal(1), Decimal(1))


def test_a_deal_is_added_listed_and_opened(browser, db):
    manager, customer = make_employee("manager"), make_customer(first_name="Ada", last_name="Byron")
    stage = make_pipeline().open[0]
    page = browser(manager)
    assert page.get(f"/deals/new?customer={customer.person_id}").status_code == 200
    form = {
        "title": "Forty mugs",
        "value": "1,250",
        "currency": "GBP",
        "stage_id": str(stage.stage_id),
        "owner_id": str(manager.person_id),
        "customer_id": str(customer.person_id),
        "expected_on": "2027-01-31",
        "next_step": "Send samples",
        "next_step_on": "2026-12-01",
    }
    record = page.follow(page.post("/deals", form))
    words = text_of(record)
    assert "Forty mugs" in words
    assert "£1,250.00" in words
    assert "Send samples" in words
    assert "Ada Byron" in words
    assert "Added in New by Manager" in words
    listed = text_of(page.get("/deals?q=mugs"))
    assert "Forty mugs" in listed
    assert "Ada Byron" in listed
    assert "Forty mugs" in text_of(page.get("/deals?q=byron"))
    assert "Forty mugs" not in text_of(page.get("/deals?state=won&q=mugs"))
    assert "Forty mugs" in text_of(page.get(f"/customers/{customer.person_id}"))


def test_a_customer_found_by_words_is_chosen_without_script(browser):
    manager, customer = make_employee("manager"), make_customer(first_name="Grace", last_name="Hopper")
    stage = make_pipeline().open[0]
    form = {"title": "Beans", "currency": "GBP", "stage_id": str(stage.stage_id), "customer_words": "hopper"}
    asked = browser(manager).post("/deals", form)
    assert asked.status_code == 422
    assert str(customer.person_id) in asked.get_data(as_text=True)


def test_scopes_own_and_team(db):
    mine = make_employee("agent", department="Support")
    mate, stranger = make_employee("agent", department="Support"), make_employee("agent", department="Shop")
    stage = make_pipeline().open[0]
    for owner in (mine, mate, stranger):
        make_deal(stage, title=owner.email, owner_id=owner.person_id)
    from dataclasses import replace

    from app.deals.queries import deals as queries

    found = {}
    for scope in ("own", "team", "all"):
        who = replace(actor_of(mine), grants={"deals.read": scope})
        found[scope] = {deal.title for deal in queries.list_deals(who, queries.DealFilter()).rows}
    assert found["own"] == {mine.email}
    assert found["team"] == {mine.email, mate.email}
    assert len(found["all"]) == 3


def test_who_may_not_see_or_change(browser):
    deal, customer = make_deal(), make_customer()
    assert browser(customer).get(f"/deals/{deal.deal_id}").status_code == 403
    assert browser().get("/deals").status_code in (302, 303)
    assert browser(make_employee("agent")).get(f"/deals/{customer.person_id}").status_code == 404


def test_two_who_edit_different_fields_are_both_kept(db):
    deal = make_deal(title="Soap", source="Fair")
    actions.edit_deal(deal, {"title": "Soaps"}, actor=SYSTEM, seen={"title": "Soap"})
    actions.edit_deal(deal, {"title": "Soap", "source": "Web"}, actor=SYSTEM, seen={"title": "Soap", "source": "Fair"})
    assert (deal.title, deal.source) == ("Soaps", "Web")
    with pytest.raises(Conflict) as refused:
        actions.edit_deal(deal, {"title": "Bars"}, actor=SYSTEM, seen={"title": "Soap"})
    assert refused.value.conflicts == [{"field": "title", "label": "Title", "yours": "Bars", "theirs": "Soaps"}]


def test_lines_make_the_value_and_a_discount_takes_off(db):
    product = make_product(price_minor=999)
    deal = make_deal(value_minor=5)
    lines.set_lines(deal, [LineDetails(product.product_id, 3, discount_share=Decimal("0.1"))], actor=SYSTEM)
    assert deal.value_minor == 2697
    with pytest.raises(Invalid):
        actions.edit_deal(deal, {"value_minor": 1}, actor=SYSTEM)


def test_another_price_takes_the_right_but_one_agreed_stays(db):
    agent, product, deal = actor_of(make_employee("agent")), make_product(price_minor=1000), make_deal()
    cheap = LineDetails(product.product_id, 1, unit_price_minor=800)
    with pytest.raises(NotAllowed):
        lines.set_lines(deal, [cheap], actor=agent)
    lines.set_lines(deal, [cheap], actor=SYSTEM)
    lines.set_lines(deal, [LineDetails(product.product_id, 4, unit_price_minor=800)], actor=agent)
    assert deal.value_minor == 3200


def test_moving_keeps_the_order_and_the_history(db):
    way = make_pipeline()
    first, second = way.open[:2]
    a, b, c = (make_deal(first, title=title) for title in "ABC")
    assert titles(first, db) == ["C", "B", "A"]
    actions.move_deal(a, first, actor=SYSTEM)
    assert titles(first, db) == ["A", "C", "B"]
    actions.move_deal(a, first, below=c.deal_id, actor=SYSTEM)
    assert titles(first, db) == ["C", "A", "B"]
    actions.move_deal(b, second, actor=SYSTEM, seen_stage_id=first.stage_id)
    actions.move_deal(c, second, below=b.deal_id, actor=SYSTEM)
    assert (titles(first, db), titles(second, db)) == (["A"], ["B", "C"])
    steps = db.scalars(select(DealMove).where(DealMove.deal_id == b.deal_id).order_by(DealMove.move_id)).all()
    assert [(step.before, step.after) for step in steps] == [
        (None, first.stage_id),
        (first.stage_id, second.stage_id),
    ]


def test_who_saw_it_elsewhere_is_told_where_it_is(db):
    way = make_pipeline()
    deal = make_deal(way.open[0])
    actions.move_deal(deal, way.open[2], actor=SYSTEM, seen_stage_id=way.open[0].stage_id)
    with pytest.raises(actions.MovedMeanwhile, match="Agreed"):
        actions.move_deal(deal, way.open[1], actor=SYSTEM, seen_stage_id=way.open[0].stage_id)
    with pytest.raises(Invalid):
        actions.move_deal(deal, way.won, actor=SYSTEM)


def test_won_makes_the_sale_at_the_agreed_price(db):
    product, customer = make_product(price_minor=999), make_customer(stage="lead")
    deal = make_deal(customer_id=customer.person_id)
    with pytest.raises(closing.NothingSold):
        closing.win_deal(deal, actor=SYSTEM)
    lines.set_lines(deal, [LineDetails(product.product_id, 3, discount_share=Decimal("0.1"))], actor=SYSTEM)
    receipt = closing.win_deal(deal, actor=actor_of(make_employee("agent")))
    assert (receipt.total_minor, deal.state, deal.receipt_id) == (2697, "won", receipt.receipt_id)
    line = db.scalar(select(Transaction).where(Transaction.receipt_id == receipt.receipt_id))
    assert (line.amount_minor, line.unit_price) == (2697, Decimal("8.99"))
    db.refresh(customer)
    assert customer.stage == "customer"
    closing.reopen_deal(deal, actor=SYSTEM)
    assert deal.is_open
    assert closing.win_deal(deal, actor=SYSTEM).receipt_id == receipt.receipt_id
    assert db.scalar(select(func.count()).select_from(Receipt)) == 1


def test_what_was_agreed_is_sold_though_the_shop_has_it_no_more(db):
    product = make_product(price_minor=1000, name="Old lamp")
    deal = make_deal(customer_id=make_customer().person_id, lines=[product])
    archive_product(product, actor=SYSTEM)
    product.currency = "USD"
    db.flush()
    receipt = closing.win_deal(deal, actor=SYSTEM)
    assert (receipt.total_minor, receipt.currency) == (1000, deal.currency)


def test_nobody_named_nobody_sold_to(db):
    deal = make_deal(lines=[make_product()])
    with pytest.raises(Invalid) as refused:
        closing.win_deal(deal, actor=SYSTEM)
    assert refused.value.errors == {"customer_id": ["Say who bought."]}


def test_sixty_four_who_win_and_move_at_once_make_one_sale(app, db):
    way = make_pipeline()
    deal = make_deal(way.open[0], customer_id=make_customer().person_id, lines=[make_product()])
    deal_id, stages = deal.deal_id, [stage.stage_id for stage in way.open]

    def press(number: int) -> str:
        from app.core.db import db as database
        from app.deals.models import Stage

        with app.app_context():
            mine = database.session.get(Deal, deal_id)
            try:
                if number % 2:
                    closing.win_deal(mine, actor=SYSTEM)
                else:
                    stage = database.session.get(Stage, stages[number % 3])
                    actions.move_deal(mine, stage, actor=SYSTEM)
            except Conflict:
                database.session.rollback()
                return "refused"
            database.session.commit()
            return "done"

    with ThreadPoolExecutor(16) as crowd:
        outcomes = list(crowd.map(press, range(64)))
    db.expire_all()
    assert db.scalar(select(func.count()).select_from(Receipt)) == 1
    assert db.get(Deal, deal_id).state == "won"
    assert outcomes[1::2] == ["done"] * 32


def test_lost_asks_why_and_can_be_opened_again(browser, db):
    manager, reason = make_employee("manager"), make_reason()
    deal = make_deal()
    page = browser(manager)
    assert "Too expensive" in text_of(page.get(f"/deals/{deal.deal_id}/loss"))
    refused = page.post(f"/deals/{deal.deal_id}/loss", {"note": "hm"})
    assert refused.status_code == 422
    assert "Say why it is lost" in text_of(refused)
    lost = page.follow(
        page.post(f"/deals/{deal.deal_id}/loss", {"reason": str(reason.reason_id), "note": "By a third"})
    )
    assert "Lost: Too expensive. By a third" in text_of(lost)
    again = page.follow(page.post(f"/deals/{deal.deal_id}/closure/delete"))
    assert "Agreed → Lost" not in text_of(again)
    assert "Lost → Agreed" in text_of(again)


def test_winning_through_the_page_asks_what_was_sold(browser, db):
    manager, customer, product = make_employee("manager"), make_customer(), make_product()
    deal = make_deal()
    page = browser(manager)
    asked = page.post(f"/deals/{deal.deal_id}/win", {})
    assert asked.status_code == 422
    assert "Say what was sold" in text_of(asked)
    draft = page.post(f"/deals/{deal.deal_id}/win/draft", {"do": f"add {product.product_id}"})
    assert product.name in text_of(draft)
    form = {
        "product": str(product.product_id),
        "quantity": "2",
        "price": "9.50",
        "discount": "10",
        "customer_id": str(customer.person_id),
    }
    won = page.follow(page.post(f"/deals/{deal.deal_id}/win", form))
    assert "Sold with receipt R-000001" in text_of(won)
    assert db.scalar(select(Receipt.total_minor)) == 1710
    assert page.post(f"/deals/{deal.deal_id}/win", form).status_code == 303
    assert db.scalar(select(func.count()).select_from(Receipt)) == 1


def test_list_and_record_ask_little(browser, db):
    manager, way = make_employee("manager"), make_pipeline()
    for _n in range(30):
        make_deal(way.open[0], customer_id=make_customer().person_id, owner_id=manager.person_id)
    deal = make_deal(way.open[0], lines=[make_product()])
    page = browser(manager)
    for path in ("/deals", f"/deals/{deal.deal_id}"):
        page.get(path)
        with counted() as statements:
            assert page.get(path).status_code == 200
        assert len(statements) <= 8, statements


def test_a_deal_belongs_to_the_customer_s_company_and_follows_a_merge(browser, db):
    from app.companies import actions as companies
    from app.companies.models import Company

    employer, other = Company(name="Byron Ltd"), Company(name="Lovelace Ltd")
    db.add_all([employer, other])
    db.commit()
    customer = make_customer(company_id=employer.company_id)
    page, stage = browser(make_employee("manager")), make_pipeline().open[0]
    form = {
        "title": "Cards",
        "currency": "GBP",
        "stage_id": str(stage.stage_id),
        "customer_id": str(customer.person_id),
    }
    assert "Byron Ltd" in text_of(page.follow(page.post("/deals", form)))
    assert "Cards" in text_of(page.get(f"/companies/{employer.company_id}"))
    assert "Cards" in text_of(page.get("/deals?q=byron"))
    companies.merge_companies(other, employer, actor=SYSTEM)
    db.commit()
    assert db.scalar(select(Deal.company_id)) == other.company_id
    named = page.follow(
        page.post("/deals", {**form, "title": "Pens", "customer_id": "", "company_id": "Wordsworth & Co"})
    )
    assert "Wordsworth & Co" in text_of(named)
    assert "Wordsworth & Co" in text_of(page.get("/deals/board"))


def test_a_fact_is_edited_where_it_stands(browser, db):
    deal = make_deal(title="Mugs", value_minor=1000)
    page = browser(make_employee("agent"))
    here = f"/records/deal/{deal.deal_id}/fields"
    assert "2026" not in text_of(page.get(f"{here}/expected_on", fragment=True))
    page.post(f"{here}/expected_on", {"expected_on": "2026-12-24", "seen_expected_on": ""}, fragment=True)
    page.post(f"{here}/value", {"value": "12.50", "seen_value": "10.00"}, fragment=True)
    assert page.post(f"{here}/value", {"value": "much", "seen_value": "12.50"}, fragment=True).status_code == 422
    assert page.post(f"{here}/value", {"value": "9", "seen_value": "10.00"}, fragment=True).status_code == 409
    words = text_of(page.get(f"/deals/{deal.deal_id}"))
    assert "24 Dec 2026" in words
    assert "£12.50" in words
