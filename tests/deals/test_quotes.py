"""Quotes: made from a deal, sent, read behind a link, answered once."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.clock import now, today
from app.core.db import db as database
from app.core.errors import Conflict, Invalid
from app.deals.actions import lines
from app.deals.actions.lines import LineDetails
from app.deals.models import Deal
from app.deals.quotes import actions, queries
from app.deals.quotes.models import Quote
from app.engine.events.models import Event
from app.engine.notices.models import Notice
from app.sales.models import Receipt
from app.taxes import actions as taxes
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_pipeline, make_product

SOON = timedelta(days=10)


def details(**what_matters):
    return actions.QuoteDetails(**{"valid_until": today() + SOON, **what_matters})


def make_quote(db, deal=None, **what_matters):
    deal = deal or make_deal(customer_id=make_customer().person_id, lines=[make_product()])
    quote = actions.make_quote(deal, details(**what_matters), actor=SYSTEM)
    token = actions.make_link(quote)
    db.commit()
    return quote, token


def test_a_quote_is_made_sent_read_and_accepted(browser, db, work, mailbox):
    agent, customer = (
        make_employee("agent"),
        make_customer(first_name="Ada", last_name="Byron", email="ada@shop.example"),
    )
    product = make_product(name="Oak frame", price_minor=5000)
    taxes.save_rate(None, name="VAT", share=Decimal("0.2"), is_included=True, is_default=True)
    db.commit()
    deal = make_deal(title="Frames", customer_id=customer.person_id, owner_id=agent.person_id, lines=[product])
    page = browser(agent)
    assert "Oak frame" in text_of(page.get(f"/deals/{deal.deal_id}/quotes/new"))
    form = {"valid_until": str(today() + SOON), "terms": "Within a week", "accept_stage_id": ""}
    made = page.follow(page.post(f"/deals/{deal.deal_id}/quotes", form))
    assert "£50.00" in text_of(made)
    assert "Net, VAT 20% £41.67 VAT 20% £8.33 Total £50.00" in text_of(made)
    quote = db.scalar(select(Quote))
    page.post(f"/quotes/{quote.quote_id}/mail")
    work()
    letter = mailbox.to("ada@shop.example")[-1]
    path = re.search(r"http://crm\.test(/q/\S+)", letter.get_body(("plain",)).get_content())[1]
    visitor = browser()
    shown = visitor.get(path)
    assert shown.headers["X-Robots-Tag"].startswith("noindex")
    assert "Within a week" in text_of(shown)
    assert "Oak frame" in text_of(shown)
    assert visitor.get(f"{path}/quote.pdf").data.startswith(b"%PDF")
    assert "Type your name" in text_of(visitor.post(f"{path}/acceptance", {"name": " "}))
    thanks = visitor.follow(visitor.post(f"{path}/acceptance", {"name": "Ada Byron"}))
    assert "Accepted by Ada Byron" in text_of(thanks)
    db.expire_all()
    assert (quote.state, quote.answered_from) == ("accepted", "127.0.0.1")
    assert quote.seen_at is not None
    assert db.get(Deal, deal.deal_id).state == "won"
    receipt = db.scalar(select(Receipt))
    assert (receipt.total_minor, receipt.source) == (5000, "customer")
    notice = db.scalar(select(Notice).where(Notice.person_id == agent.person_id))
    assert "Ada Byron accepted quote" in notice.title
    assert db.scalar(select(func.count()).where(Event.type == "quote.accepted")) == 1
    assert visitor.post(f"{path}/acceptance", {"name": "Ada Byron"}).status_code == 409
    assert "accepted by Ada Byron" in text_of(page.get(f"/deals/{deal.deal_id}"))


def test_declined_with_a_reason_leaves_the_deal_open(browser, db):
    owner = make_employee("agent")
    deal = make_deal(customer_id=make_customer().person_id, owner_id=owner.person_id, lines=[make_product()])
    quote, token = make_quote(db, deal)
    visitor = browser()
    assert visitor.post(f"/q/{token}/refusal", {"reason": ""}).status_code == 422
    visitor.post(f"/q/{token}/refusal", {"reason": "Too dear"})
    db.expire_all()
    assert (quote.state, quote.decline_reason) == ("declined", "Too dear")
    assert db.get(Deal, deal.deal_id).is_open
    assert db.scalar(select(Notice.body).where(Notice.person_id == owner.person_id)) == "Too dear"


def test_acceptance_may_only_move_the_deal(browser, db):
    way = make_pipeline()
    deal = make_deal(way.open[0], lines=[make_product()])
    _quote, token = make_quote(db, deal, accept_stage_id=way.open[2].stage_id)
    browser().post(f"/q/{token}/acceptance", {"name": "Ada"})
    db.expire_all()
    assert db.get(Deal, deal.deal_id).stage_id == way.open[2].stage_id


def test_what_cannot_be_won_is_still_accepted_and_the_owner_told(browser, db):
    owner = make_employee("agent")
    deal = make_deal(owner_id=owner.person_id, lines=[make_product()])
    quote, token = make_quote(db, deal)
    browser().post(f"/q/{token}/acceptance", {"name": "Ada"})
    db.expire_all()
    assert quote.state == "accepted"
    assert db.get(Deal, deal.deal_id).is_open
    assert "Say who bought" in db.scalar(select(Notice.body).where(Notice.person_id == owner.person_id))


def test_what_was_quoted_is_sold_whatever_the_deal_says_later(browser, db):
    deal = make_deal(customer_id=make_customer().person_id, lines=[make_product(price_minor=1000)])
    _quote, token = make_quote(db, deal)
    dearer = LineDetails(make_product(price_minor=9000).product_id)
    lines.set_lines(deal, [dearer], actor=SYSTEM)
    db.commit()
    browser().post(f"/q/{token}/acceptance", {"name": "Ada"})
    assert db.scalar(select(Receipt.total_minor)) == 1000


def test_links_that_do_not_work(browser, db):
    quote, token = make_quote(db)
    visitor = browser()
    assert visitor.get("/q/guessed").status_code == 404
    assert visitor.get(f"/q/{token}").status_code == 200
    newer = actions.make_link(quote)
    db.commit()
    assert visitor.get(f"/q/{token}").status_code == 404
    actions.revoke_link(quote)
    db.commit()
    assert visitor.get(f"/q/{newer}").status_code == 404
    old = actions.make_link(quote)
    quote.token_expires_at = now() - timedelta(seconds=1)
    db.commit()
    assert visitor.get(f"/q/{old}").status_code == 404
    assert token.encode() not in b"".join(filter(None, db.scalars(select(Quote.token_hash))))


def test_too_late_withdrawn_or_replaced_is_not_accepted(browser, db):
    late, token = make_quote(db)
    late.valid_until = today() - timedelta(days=1)
    db.commit()
    visitor = browser()
    assert "not valid any more" in text_of(visitor.get(f"/q/{token}"))
    assert visitor.post(f"/q/{token}/acceptance", {"name": "Ada"}).status_code == 409
    first, token = make_quote(db)
    deal = db.get(Deal, first.deal_id)
    second = actions.make_quote(deal, details(), actor=SYSTEM, replaces=first)
    db.commit()
    assert (second.number, second.revision, first.state) == (first.number, 2, "replaced")
    assert second.label.endswith("/2")
    assert "newer version" in text_of(visitor.get(f"/q/{token}"))
    assert visitor.post(f"/q/{token}/acceptance", {"name": "Ada"}).status_code == 409
    actions.withdraw_quote(second, actor=SYSTEM)
    with pytest.raises(Conflict):
        actions.make_link(second)


def test_nothing_to_quote_and_days_gone_by_are_refused(db):
    with pytest.raises(Invalid) as refused:
        actions.make_quote(make_deal(), details(valid_until=today() - SOON), actor=SYSTEM)
    assert set(refused.value.errors) == {"lines", "valid_until"}


def test_thirty_two_acceptances_at_once_are_one(app, db):
    quote, token = make_quote(db)
    quote_id = quote.quote_id

    def accept(_n) -> bool:
        with app.app_context():
            try:
                held = queries.get_by_token(token, for_answer=True)
                actions.accept_quote(held, "Ada", "10.0.0.1")
            except Conflict:
                database.session.rollback()
                return False
            database.session.commit()
            return True

    with ThreadPoolExecutor(8) as crowd:
        outcomes = list(crowd.map(accept, range(32)))
    assert outcomes.count(True) == 1
    assert db.scalar(select(func.count()).select_from(Receipt)) == 1
    db.expire_all()
    assert db.get(Quote, quote_id).state == "accepted"


def test_an_erased_customer_is_on_no_quote(db, work):
    from app.people import actions as people

    customer = make_customer(first_name="Ada", last_name="Byron")
    deal = make_deal(customer_id=customer.person_id, lines=[make_product()])
    quote, _token = make_quote(db, deal)
    people.erase_customer(customer, actor=SYSTEM, reason="asked")
    db.commit()
    work()
    db.expire_all()
    assert (quote.customer_name, quote.token_hash) == ("Erased customer", None)


def test_who_may_not_see_the_deal_sees_no_quote(browser, db):
    quote, _token = make_quote(db)
    assert browser(make_customer()).get(f"/quotes/{quote.quote_id}").status_code == 403
    assert browser().get(f"/quotes/{quote.quote_id}").status_code in (302, 303)


@pytest.mark.parametrize("is_included", [True, False])
def test_each_line_has_the_tax_of_its_product_and_the_receipt_comes_to_the_same(browser, db, is_included):
    usual = taxes.save_rate(None, name="VAT", share=Decimal("0.2"), is_included=is_included, is_default=True)
    books = taxes.save_rate(None, name="Books", share=Decimal("0.05"), is_included=is_included, is_default=False)
    lamp, book = make_product(name="Lamp", price_minor=999), make_product(name="Book", price_minor=1050)
    taxes.set_rate_of(book.product_id, books)
    db.commit()
    deal = make_deal(customer_id=make_customer().person_id)
    lines.set_lines(
        deal, [LineDetails(lamp.product_id, 3, None, Decimal("0.1")), LineDetails(book.product_id, 1)], actor=SYSTEM
    )
    quote, token = make_quote(db, deal)
    kept = queries.list_lines(quote.quote_id)
    assert usual.name == "VAT"
    assert [(line.tax_name, line.net_minor + line.tax_minor == line.amount_minor) for line in kept] == [
        ("VAT", True),
        ("Books", True),
    ]
    assert quote.total_minor == sum(line.amount_minor for line in kept) == (3747 if is_included else 4340)
    shown = browser().get(f"/q/{token}")
    assert "VAT 20%" in text_of(shown)
    assert "Books 5%" in text_of(shown)
    assert browser().get(f"/q/{token}/pdf").status_code in (200, 404)
    browser().post(f"/q/{token}/acceptance", {"name": "Ada"})
    db.expire_all()
    assert db.scalars(select(Receipt)).one().total_minor == quote.total_minor


def test_a_later_rate_leaves_quotes_as_they_were(db):
    rate = taxes.save_rate(None, name="VAT", share=Decimal("0.2"), is_included=True, is_default=True)
    db.commit()
    quote, _token = make_quote(db)
    taxes.save_rate(rate, name="VAT", share=Decimal("0.25"), is_included=True, is_default=True)
    db.commit()
    db.expire_all()
    assert queries.list_lines(quote.quote_id)[0].tax_share == Decimal("0.2")


def test_the_list_finds_pages_narrows_and_groups(browser, db):
    page = browser(make_employee("agent"))
    assert "No quotes yet" in text_of(page.get("/quotes"))
    ada = make_deal(title="Frames", customer_id=make_customer(last_name="Ångström").person_id, lines=[make_product()])
    first, _token = make_quote(db, ada)
    second, _token = make_quote(db)
    actions.withdraw_quote(second, actor=SYSTEM)
    db.commit()
    for address, found, missing in (
        ("/quotes", (first.label, second.label), ()),
        ("/quotes?state=withdrawn", (second.label,), (first.label,)),
        (f"/quotes?q={first.label.lower()}", (first.label,), (second.label,)),
        ("/quotes?q=angstrom", (first.label,), (second.label,)),
        ("/quotes?q=frames&sort=-total&group=state", (first.label,), (second.label,)),
        ('/quotes?where={"f":"state","op":"in","v":["open"]}', (first.label,), (second.label,)),
    ):
        shown = text_of(page.get(address))
        assert all(label in shown for label in found), address
        assert "1 quotes" not in shown, address
        assert not any(label in shown for label in missing), address
    assert first.label in text_of(page.get(f"/search?q={first.label}"))
    assert page.get("/quotes?state=odd").status_code == 422
    for sort in ("at", "valid", "total"):
        one = queries.page_of_quotes(SYSTEM, queries.QuoteFilter(), sort=sort, size=1)
        two = queries.page_of_quotes(SYSTEM, queries.QuoteFilter(), sort=sort, size=1, cursor=one.next)
        assert {row.quote.label for row in (*one.rows, *two.rows)} == {first.label, second.label}


def test_who_may_not_see_a_deal_sees_none_of_its_quotes(browser, db):
    make_quote(db)
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'deals.read', 'own')"))
    db.commit()
    assert "No quotes yet" in text_of(browser(make_employee("agent")).get("/quotes"))
