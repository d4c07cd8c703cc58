"""Channels: a provider set up, tried and switched off, an address suppressed, and the way out of a mail."""

import base64
import hashlib
import hmac
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import look_at
from tests.fakes.smtp import mail_server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

ADDRESS = "no.more@example.com"


def way_out(house, person_id: UUID, run_id: int) -> str:
    """The link of a mail, made as its form is described: a seal, whom and which run it is about, and what for."""
    said = person_id.bytes + run_id.to_bytes(6, "big") + b"email:marketing"
    key = base64.b64decode(house.env["BLIND_INDEX_KEY"])
    seal = hmac.digest(key, f"reach.unsubscribe|{said.hex()}".encode(), hashlib.sha256)[:12]
    return "/u/" + base64.urlsafe_b64encode(seal + said).decode().rstrip("=")


def set_up(page: Page, port: int) -> None:
    page.goto("/reach/channels")
    assert look_at(page, "channels") == []
    page.get_by_role("link", name="Mail server (SMTP)").click()
    page.get_by_label("Name", exact=True).fill("Relay in the cellar")
    page.get_by_label("Server", exact=True).fill("127.0.0.1")
    page.get_by_label("Encryption").select_option("none")
    page.get_by_label("Port").fill("a lot")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#set-port-error")).to_contain_text("Enter a number")
    assert look_at(page, "a provider with a mistake") == []
    page.get_by_label("Port").fill(str(port))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("It is set up.")


def test_a_provider_is_set_up_tried_and_switched_off(window):
    page = window("admin")
    with mail_server() as server:
        set_up(page, server.port)
        page.get_by_role("button", name="Test").click()
        expect(page.locator("#toasts")).to_contain_text("answers without encryption")
    page.get_by_role("button", name="Test").click()
    expect(page.locator("#main")).to_contain_text("cannot be reached")
    assert look_at(page, "a provider in trouble") == []
    page.goto("/reach/channels")
    expect(page.get_by_role("listitem").filter(has_text="Relay in the cellar")).to_contain_text("Trouble")
    page.get_by_role("link", name="Relay in the cellar").click()
    page.get_by_label("On", exact=True).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("On", exact=True)).not_to_be_checked()
    page.goto("/reach/channels")
    expect(page.get_by_role("listitem").filter(has_text="Relay in the cellar")).to_contain_text("Off")
    expect(page.get_by_role("listitem").filter(has_text="Built in").first).to_contain_text("Sends")


def test_an_address_is_suppressed_and_let_go(window):
    page = window("admin")
    page.goto("/reach/suppressions")
    page.get_by_label("Address").fill(ADDRESS)
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#main")).to_contain_text("It is not on the list.")
    page.get_by_label("Why not?").fill("Asked on the phone")
    page.get_by_role("button", name="Send nothing to it any more").click()
    expect(page.locator("#main")).to_contain_text("Asked on the phone")
    assert look_at(page, "suppressed addresses") == []
    page.get_by_label("Address").fill(ADDRESS.upper())
    page.get_by_role("button", name="Look up").click()
    expect(page.locator("#main")).to_contain_text("It is on the list since")
    page.get_by_role("button", name="Write to it again").click()
    expect(page.locator("#toasts")).to_contain_text("It is written to again.")


def test_who_wants_no_more_is_asked_once_and_never_signed_in(window, house):
    with psycopg.connect(house.env["DATABASE_URL"].replace("+psycopg", "", 1)) as connection:
        (person_id,) = connection.execute("SELECT person_id FROM customers ORDER BY person_id LIMIT 1").fetchone()
    page = window(width=360)
    page.goto(way_out(house, person_id, 1))
    assert look_at(page, "the way out") == []
    page.get_by_role("button", name="Yes, stop it").click()
    expect(page.locator("#main")).to_contain_text("Nothing of this is sent to you any more")
    page.get_by_role("link", name="Choose what you hear of, and how").click()
    assert look_at(page, "choices behind the link") == []
    page.get_by_label("Post").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Post")).to_be_checked()
    expect(page.get_by_label("Email")).not_to_be_checked()
