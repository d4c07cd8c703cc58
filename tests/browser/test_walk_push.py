"""Pop-ups, notices on devices, and which ways one hears of what, in a real browser.

A headless browser has no vendor's push service to subscribe with, so that one step is played by ours; what is sent is
decrypted by it, and the service worker is given what a vendor's would give it.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import AXE, FIND_VIOLATIONS
from tests.browser.test_walk_by_hand import check
from tests.fakes.push_service import PushServiceProcess
from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

PUT = """
    INSERT INTO notices (person_id, key, kind, title, body, url, created_at)
    SELECT person_id, %s, 'popup', %s, 'Everything for less, until Sunday.', '/help', now() FROM people WHERE email = %s
"""
SUBSCRIBES = """
    (made) => {
      const subscription = { endpoint: made.endpoint, options: {}, unsubscribe: async () => true,
        toJSON: () => ({ endpoint: made.endpoint, keys: { p256dh: made.p256dh, auth: made.auth } }) };
      PushManager.prototype.subscribe = async () => { sessionStorage.on = "yes"; return subscription; };
      PushManager.prototype.getSubscription = async () => sessionStorage.on ? subscription : null;
    }
"""
TYPES_AT_ONCE = """
    document.addEventListener("DOMContentLoaded", () => {
      const field = document.querySelector("main input[type=text]");
      if (field) { field.focus(); field.value = "Ada"; }
    });
"""


@pytest.fixture
def service() -> Iterator[PushServiceProcess]:
    playing = PushServiceProcess()
    yield playing
    playing.stop()


def put(house, key: str, title: str, role: str = "agent") -> None:
    with house.connect() as connection:
        connection.execute(PUT, [key, title, house.people[role].email])


def look_at_dialog(page: Page) -> None:
    """A pop-up is gone with the page it came on, so it is looked at without loading it anew."""
    page.evaluate(AXE)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate(FIND_VIOLATIONS, None) == []


def test_a_pop_up_comes_once_and_not_over_what_is_typed(window, house):
    page = window("agent", closes_popups=False)
    put(house, "walk:1", "Spring sale")
    page.goto("/help")
    dialog = page.get_by_role("dialog", name="Spring sale")
    expect(dialog).to_contain_text("Everything for less")
    look_at_dialog(page)
    other = page.context.new_page()
    other.goto("/help")
    expect(other.locator("#popup")).to_have_count(0)
    other.close()
    page.bring_to_front()
    with page.expect_response(re.compile("/dismissal")):
        page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    put(house, "walk:2", "Second thoughts")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install()
    page.add_init_script(TYPES_AT_ONCE)
    page.goto("/customers/new")
    page.clock.run_for(10_000)
    assert not [url for url in asked if url.endswith("/notices/showing")]
    page.evaluate("document.activeElement.blur()")
    second = page.get_by_role("dialog", name="Second thoughts")
    expect(second).to_be_visible()
    second.get_by_role("button", name="Have a look").click()
    page.wait_for_url(re.compile("/help$"))
    page.goto("/notices")
    expect(page.locator("#notices")).to_contain_text("Spring sale")
    check(page)


def test_customers_see_one_on_a_phone(window, house):
    page = window("customer", width=360, closes_popups=False)
    put(house, "walk:3", "A gift for you", "customer")
    page.goto("/portal")
    dialog = page.get_by_role("dialog", name="A gift for you")
    expect(dialog).to_be_visible()
    look_at_dialog(page)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)


def test_a_browser_is_switched_on_tried_and_off(window, service):
    page = window("agent", permissions=["notifications"])
    page.goto("/settings/notices")
    devices = page.locator("#devices")
    on = devices.get_by_role("button", name="Show notices in this browser")
    expect(on).to_be_visible()
    made = service.ask("subscribe", key=devices.get_attribute("data-push-key"))
    page.add_init_script(f"({SUBSCRIBES})({json.dumps(made)})")
    page.reload()
    on.click()
    expect(devices).to_contain_text("This browser")
    expect(on).to_be_hidden()
    devices.get_by_role("button", name="Try").click()
    expect(page.locator("#toasts")).to_contain_text("On its way")
    (shown,) = wait_until(lambda: service.shown(made["endpoint"]), 30, "the push service has it")
    assert "reaches you here" in shown["said"]["title"]
    check(page)
    _show(page, shown["said"])
    page.get_by_label("Calls: Mail").check()
    page.get_by_label("Calls: Bell").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    expect(page.get_by_label("Calls: Mail")).to_be_checked()
    expect(page.get_by_label("Calls: Bell")).not_to_be_checked()
    devices.get_by_role("button", name="Switch off").click()
    expect(devices.locator("[data-device]")).to_have_count(0)
    expect(on).to_be_visible()


def _show(page: Page, said: dict[str, Any]) -> None:
    """Give the service worker what a push service would, and look at what it shows."""
    wait_until(lambda: page.wait_for_timeout(50) or page.context.service_workers, 10, "the service worker")
    worker = page.context.service_workers[0]
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    wait_until(lambda: page.wait_for_timeout(50) or found, 10, "the browser knows the service worker")
    origin = page.evaluate("location.origin")
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": found[0], "data": json.dumps(said)},
    )
    listed = "registration.getNotifications().then((all) => all.map((one) => [one.title, one.body, one.data.url]))"
    wait_until(lambda: worker.evaluate(listed), 10, "it is shown")
    assert worker.evaluate(listed) == [[said["title"], said["body"], said["url"]]]
    assert worker.evaluate("ours('https://elsewhere.example/x')") == f"{origin}/"
    assert worker.evaluate("ours('/notices')") == f"{origin}/notices"


def test_a_browser_that_blocks_us_says_so(window):
    page = window("customer", width=360)
    page.goto("/portal/consent")
    expect(page.locator("#devices")).to_contain_text("Notices on your devices")
    blocked = page.evaluate("Notification.permission") == "denied"
    place = page.locator('[data-push-is="blocked"]' if blocked else '[data-push-is="off"]')
    expect(place).to_be_visible()
    check(page)
