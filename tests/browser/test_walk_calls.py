"""Phone: set up, one's own number, and a call that rings wherever one is and opens the customer's page."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import look_at
from tests.fakes.twilio import signature

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

TOKEN, NUMBER = "a token of theirs", "+442079460901"
CALLER = "+442079461234"


def tell(house, sid: str, state: str, path: str = "") -> None:
    fields = {"CallSid": sid, "CallStatus": state, "Direction": "inbound", "From": CALLER, "To": "+442079460900"}
    here = f"{house.url}/hooks/phone/twilio{path}"
    headers = {"X-Twilio-Signature": signature(TOKEN, here, fields)}
    assert httpx.post(here, data=fields, headers=headers).status_code < 300


def set_up(page: Page) -> None:
    page.goto("/settings/phone")
    page.get_by_label("Account SID").fill("AC0123")
    page.get_by_label("Auth token").fill(TOKEN)
    page.get_by_label("Our number").fill("+44 20 7946 0900")
    page.get_by_label("Who answers").fill(NUMBER)
    page.get_by_label("In use").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    assert look_at(page, "setting up the phone") == []


def ask_for(page: Page, *, opens: bool) -> None:
    page.goto("/settings/my-phone")
    page.get_by_label("My number").fill(NUMBER)
    page.get_by_label("Open the customer’s page when the phone rings").set_checked(opens)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")


def test_a_call_rings_wherever_one_is(window, house):
    set_up(window("admin"))
    page = window("agent")
    ask_for(page, opens=False)
    assert look_at(page, "one's own phone") == []
    with page.expect_response(re.compile("/conversations/stream")):
        page.goto("/tasks")
    tell(house, "CA-first", "ringing")
    word = page.locator("#calls .call-ring")
    expect(word).to_contain_text("calls")
    assert look_at(page, "a page that rings") == []
    tell(house, "CA-first", "in-progress", "/status")
    expect(word).to_have_count(0)

    streams = []
    page.on("request", lambda asked: streams.append(asked.url) if "/stream" in asked.url else None)
    with page.expect_response(re.compile("/stream")):
        page.goto("/conversations")
    assert len(streams) == 1

    ask_for(page, opens=True)
    page.goto("/customers/new")
    page.get_by_label("First name").fill("Begun")
    tell(house, "CA-second", "ringing")
    expect(word).to_be_visible()
    expect(page).to_have_url(re.compile("/customers/new"))
    tell(house, "CA-second", "canceled", "/status")
    page.on("dialog", lambda dialog: dialog.accept())
    with page.expect_response(re.compile("/conversations/stream")):
        page.goto("/customers")
    tell(house, "CA-third", "ringing")
    page.wait_for_url(re.compile(r"/calls/|/customers/[0-9a-f]{8}"))
