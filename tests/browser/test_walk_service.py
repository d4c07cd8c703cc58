"""Service: hours and targets are set, the inbox counts down, a rating comes in, and every number opens its rows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import look_at
from tests.browser.test_walk_by_hand import check

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


# Some of a chart is neither black nor white nor grey.
COLOURED = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue, seen] = data.slice(at, at + 4);
        if (seen > 200 && Math.max(red, green, blue) - Math.min(red, green, blue) > 60) return true;
    }
    return false;
}"""
LIBRARIES = "performance.getEntriesByType('resource').filter(one => one.name.includes('echarts')).length"


def test_a_manager_sets_hours_and_targets(window):
    page = window("manager")
    page.goto("/settings/opening-hours")
    page.get_by_label("Sunday opens", exact=True).fill("10:00")
    page.get_by_label("Sunday closes", exact=True).fill("09:00")
    page.get_by_role("button", name="Save hours").click()
    expect(page.locator(".field-error")).to_contain_text("Closing must be later than opening")
    expect(page.get_by_label("Sunday opens", exact=True)).to_have_value("10:00")
    check(page)
    page.get_by_label("Sunday closes", exact=True).fill("14:00")
    page.get_by_role("button", name="Save hours").click()
    expect(page.locator("#toasts")).to_contain_text("Opening hours saved")
    page.get_by_label("Date").fill("2027-05-03")
    page.get_by_label(re.compile("^Name")).fill("May Day")
    page.get_by_role("button", name="Add date").press("Enter")
    expect(page.locator(".offer", has_text="May Day")).to_contain_text("Closed")
    check(page)
    page.goto("/settings/targets")
    page.get_by_label("For", exact=True).select_option(label="Urgent and above")
    page.get_by_label("First answer").fill("2 min")
    page.get_by_role("button", name="Add targets").click()
    expect(page.locator(".offer", has_text="Urgent and above")).to_contain_text("First answer within 2 min")
    check(page)


def test_the_inbox_says_what_is_due(window):
    page = window("manager")
    page.goto("/conversations?tab=waiting")
    waiting = page.locator(".waiting").first
    expect(waiting).to_contain_text(re.compile("due in|late by"))
    waiting.click()
    expect(page.locator("#conversation-head .due")).to_contain_text(re.compile("answer (due in|late by)"))
    assert look_at(page, "a conversation") == []


def test_a_low_rating_is_changed_and_excluded(window):
    customer, manager = window("customer", width=360), window("manager")
    customer.goto("/portal/chats")
    customer.get_by_role("link", name=re.compile("A chipped mug")).first.click()
    customer.locator("label[title^='2 stars']").click()
    customer.get_by_label("Anything we should know?").fill("On second thought, slow")
    customer.get_by_role("button", name="Change the rating").click()
    expect(customer.locator("#conversation-foot")).to_contain_text("Thank you for your rating")
    assert look_at(customer, "a rated chat") == []
    manager.goto("/insights?period=7d")
    manager.get_by_role("link", name=re.compile("A chipped mug")).first.click()
    rating = manager.locator("#rating")
    expect(rating).to_contain_text("On second thought, slow")
    rating.get_by_text("Not about who answered?").click()
    rating.get_by_label("Why it counts nowhere").fill("The carrier was slow")
    rating.get_by_role("button", name="Exclude").click()
    expect(manager.locator("#rating")).to_contain_text("The carrier was slow")
    assert look_at(manager, "an excluded rating") == []


def test_every_number_opens_its_rows(window):
    page = window("manager", color_scheme="dark")
    page.goto("/insights?period=90d")
    chart = page.locator("#chart-first canvas")
    expect(chart).to_be_visible()
    page.wait_for_function(COLOURED, arg=chart.element_handle())
    assert page.evaluate(LIBRARIES) == 1
    check(page)
    page.locator(".figures > summary").first.click()
    row = page.locator(".figures").first.locator("tbody tr").first
    number = row.get_by_role("link").inner_text()
    row.get_by_role("link").click()
    expect(page.locator("tbody tr")).to_have_count(int(number))
    check(page)
    page.go_back()
    page.locator(".heat a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Load")
