"""004-02: one page names the number of sales, revenue and profit, and what open deals may bring, each with its rows."""

import re
from datetime import date
from html import unescape

from app.core.access import SYSTEM
from app.deals.actions import deals as actions
from app.sales import actions as sales
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_pipeline, make_product


def href_of(page, words):
    return unescape(re.search(rf'href="([^"]+)"[^>]*>\s*{words}', page.get_data(as_text=True))[1])


def test_sales_revenue_profit_and_what_may_come(browser, db):
    customer, manager = make_customer(), make_employee("manager")
    known, unknown = make_product(price_minor=1000, cost_minor=400), make_product(price_minor=1000)
    sales.record_sale(customer, [sales.SaleLine(known.product_id, 2)], actor=SYSTEM)
    sold = sales.record_sale(customer, [sales.SaleLine(unknown.product_id, 3)], actor=SYSTEM)
    sales.refund(sold, None, amount_minor=1000, reason="Broken", actor=SYSTEM)
    way = make_pipeline()
    make_deal(way.open[0], title="Mugs", value_minor=8000, expected_on=date(2031, 3, 15))
    later = make_deal(way.open[1], title="Soap", value_minor=2000, expected_on=date(2031, 4, 1))
    make_deal(way.open[1], title="Someday", value_minor=500)
    actions.move_deal(later, way.open[2], actor=SYSTEM)
    db.commit()
    browser = browser(manager)
    page = browser.get("/revenue")
    words = text_of(page)
    assert re.search(r"Sales .*? 2 ", words)
    assert "£40.00" in words
    assert "£12.00" in words
    assert "Costs are known for 50% of the revenue" in words
    assert "Mar 2031 1 £80.00 £40.00" in words
    assert "Apr 2031 1 £20.00 £10.00" in words
    assert "No day named 1 £5.00 £2.50" in words
    assert "£105.00" in words
    assert "£52.50" in words
    receipts = text_of(browser.get(href_of(page, "Revenue")))
    assert receipts.count("R-0000") >= 3
    march = text_of(browser.get(href_of(page, "Mar 2031")))
    assert "Mugs" in march
    assert "Soap" not in march
    someday = text_of(browser.get(href_of(page, "No day named")))
    assert "Someday" in someday
    assert "Mugs" not in someday


def test_without_costs_the_page_says_that_profit_is_not_known(browser, db):
    sales.record_sale(make_customer(), [sales.SaleLine(make_product().product_id)], actor=SYSTEM)
    db.commit()
    words = text_of(browser(make_employee("manager")).get("/revenue"))
    assert "No product that was sold has a cost, so the profit is not known." in words


def test_each_sees_what_they_may(browser):
    make_deal(owner_id=make_employee("manager").person_id, value_minor=9900)
    assert browser(make_customer()).get("/revenue").status_code == 403
