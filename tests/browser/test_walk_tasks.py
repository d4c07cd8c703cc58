"""A task is added, reminded of, done and undone; a filtered list is worked through by keys, and gone on with."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow, press
from tests.browser.test_accessibility import look_at
from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    assert look_at(page, page.url) == []


def test_a_task_on_a_customer_from_words_to_undo(window):
    agent = window("agent")
    agent.goto("/customers?q=Carla+Moreau")
    follow(agent.locator("tr[data-row] a.person-name", has_text="Carla Moreau").first)
    expect(agent.locator("h1")).to_have_text("Carla Moreau")
    agent.get_by_label("Add a task in a few words").fill("call about the lease tomorrow 10:00")
    agent.keyboard.press("Enter")
    line = agent.locator(".task-line", has_text="Call about the lease")
    expect(line).to_contain_text("Tomorrow, 10:00")
    line.get_by_role("button", name="Done: Call about the lease").click()
    expect(agent.locator(".task-line.is-done", has_text="Call about the lease")).to_be_visible()
    agent.locator("[data-toast] button", has_text="Undo").last.click()
    expect(agent.locator(".task-line:not(.is-done)", has_text="Call about the lease")).to_be_visible()

    agent.goto("/tasks/new")
    agent.get_by_label("What is to be done").fill("Look into the till")
    agent.get_by_label("Due").fill("2030-01-01")
    agent.get_by_label("Reminder").select_option(label="1 week before")
    agent.get_by_role("button", name="Add task").click()
    expect(agent.locator("h1")).to_have_text("Look into the till")


def test_a_reminder_comes_under_the_bell(window):
    agent = window("agent")
    agent.goto("/tasks/new")
    soon = agent.evaluate("new Date(Date.now() + 20 * 60000).toLocaleString('sv', {timeZone: 'Europe/London'})")
    day, clock = soon.split(" ")
    agent.get_by_label("What is to be done").fill("Ring the bell")
    agent.get_by_label("Due").fill(day)
    agent.get_by_label("At", exact=True).fill(clock[:5])
    agent.get_by_label("Reminder").select_option(label="1 hour before")
    agent.get_by_role("button", name="Add task").click()
    expect(agent.locator("h1")).to_have_text("Ring the bell")
    reminder = agent.get_by_text("Reminder: Ring the bell")
    wait_until(lambda: agent.goto("/notices") and reminder.count(), 60, "the reminder")


def test_the_calendar_by_keys_and_by_drag(window):
    agent = window("agent")
    agent.goto("/calendar")
    entry = agent.locator("[data-drag]", has_text="Renew the market stall").first
    if not entry.count():
        press(agent, "n")
        expect(entry).to_be_visible()
        agent.wait_for_load_state()
    before = entry.locator("xpath=..").get_attribute("data-drop")
    entry.locator("a").focus()
    agent.keyboard.press("Alt+ArrowRight")
    expect(agent.locator("[data-toast]").last).to_contain_text("Moved: Renew the market stall")
    expect(entry.locator("xpath=..")).not_to_have_attribute("data-drop", before)
    agent.goto("/calendar?view=week")
    check(agent)


def test_a_filtered_list_is_worked_through_by_keys_and_gone_on_with(window):
    agent = window("agent")
    agent.goto("/customers?stage=lead")
    press(agent, "w")
    expect(agent.locator("h1")).to_have_text(re.compile(r"Work through \d+ customers"))
    agent.get_by_role("button", name="Begin").click()
    expect(agent.locator(".work-progress")).to_contain_text("1 of")
    check(agent)
    names = [agent.locator("h1").inner_text()]
    press(agent, "n")
    agent.keyboard.type("Wants the catalogue")
    press(agent, "d")
    expect(agent.locator(".work-progress")).to_contain_text("1 done")
    names.append(agent.locator("h1").inner_text())
    press(agent, "s")
    expect(agent.locator(".work-progress")).to_contain_text("1 skipped")
    names.append(agent.locator("h1").inner_text())
    press(agent, "z")
    expect(agent.locator(".work-progress")).to_contain_text("1 put off")
    names.append(agent.locator("h1").inner_text())
    assert len(set(names)) == 4
    agent.get_by_role("button", name="Stop for now").click()
    expect(agent.get_by_text("3 of").first).to_be_visible()
    agent.get_by_role("link", name="Go on").first.click()
    expect(agent.locator("h1")).to_have_text(names[3])
    press(agent, "b")
    expect(agent.locator("h1")).to_have_text(names[2])
    check(agent)
    press(agent, "?")
    expect(agent.locator("#shortcuts")).to_contain_text("Done, next")


def test_a_star_and_the_way_back(window):
    agent = window("agent")
    agent.goto("/products")
    follow(agent.locator("a.person-name").first)
    name = agent.locator("h1").inner_text()
    press(agent, "f")
    expect(agent.locator("#star")).to_contain_text("Starred")
    agent.goto("/recent")
    agent.keyboard.press("Control+k")
    expect(agent.locator("#palette-list")).to_contain_text(name)


def test_without_script_on_a_phone(window):
    agent = window("agent", width=360, java_script_enabled=False)
    agent.goto("/work/new?list=/customers&query=stage=former")
    agent.get_by_role("button", name="Begin").click()
    first = agent.locator("h1").inner_text()
    agent.get_by_role("button", name="Skip").click()
    expect(agent.locator("h1")).not_to_have_text(first)
    agent.goto("/calendar")
    expect(agent.locator(".cal-agenda")).to_be_visible()
