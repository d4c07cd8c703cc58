"""Real browsers on a whole Rapport: `window("agent")` opens one, signed in through the form."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests.flows.processes import House, wait_until

PATIENCE_MILLISECONDS = 30_000
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=PATIENCE_MILLISECONDS)
LINK = re.compile(r"https?://\S+/(?:invitation|verify|portal)/\S+")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser of this machine; a machine without one skips, except where everything must run."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-background-networking", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def window(chromium, house) -> Iterator[Callable[..., Page]]:
    """Open windows, each with its own cookies; at the end none may have met a script error or a refusal by the CSP."""
    troubles: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            troubles.append(f"{message.page.url if message.page else ''}: {message.text}")

    def open_window(role: str = "", width: int = 1440, *, closes_popups: bool = True, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=house.url,
            viewport={"width": width, "height": 900},
            reduced_motion="reduce",
            **{"color_scheme": "light", **options},
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        context.set_default_navigation_timeout(PATIENCE_MILLISECONDS)
        context.on("console", note)
        context.on("weberror", lambda error: troubles.append(str(error.error)))
        page = context.new_page()
        if closes_popups:  # the demo company sends one, and whoever signs in first meets it
            page.add_locator_handler(page.locator("dialog#popup"), close)
        if role:
            sign_in(page, house, role)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert not troubles, troubles


def close(popup: Locator) -> None:
    """What a person does whom a message that shows itself keeps from their work."""
    popup.get_by_role("button", name="Close").click()


def sign_in(page: Page, house: House, role: str) -> None:
    """Type what the person types."""
    person = house.people[role]
    page.goto("/sign-in")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


@pytest.fixture
def mailed_link(house) -> Callable[[str, str], str]:
    """Wait for a mail to an address whose subject holds some words; returns the link in it."""

    def find(address: str, words: str) -> str:
        def letters() -> list[Any]:
            return [mail for mail in house.mail.to(address) if words in mail["Subject"]]

        letter = wait_until(letters, 60, f"a mail to {address}: {words}")[-1]
        link = LINK.search(letter.get_body(("plain",)).get_content())
        assert link, letter
        return link[0]

    return find


@pytest.fixture
def talk(house) -> Callable[[str], str]:
    """Begin a conversation of Carla with the agent, of its own topic; returns its page."""

    def begin(topic: str) -> str:
        customer, agent = house.visitor("customer"), house.visitor("agent")
        asked = customer.post("/portal/chats/new", key=uuid4().hex, topic=topic, message=f"{topic}?")
        page = "/conversations/" + asked.headers["Location"].rsplit("/", 1)[1]
        assert agent.post(f"{page}/acceptance").status_code == 303
        return page

    return begin
