"""Mail: it stands in the inbox, is read without harm, answered by email, and the mailbox says how it is."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def open_talk(page: Page, topic: str, tab: str = "all") -> None:
    page.goto(f"/conversations?tab={tab}&q={topic.replace(' ', '+')}")
    follow(page.locator("a.waiting").first)
    expect(page.locator("#conversation-head")).to_contain_text(topic)


def test_a_mail_is_answered_by_email(window, house):
    page = window("agent")
    open_talk(page, "Ribbons and paper")
    thread = page.locator("#thread")
    expect(thread.locator("summary", has_text="Earlier messages")).to_be_visible()
    expect(page.get_by_label("How the reply goes")).to_have_value("email")
    page.get_by_label("Write a message").fill("Here they are: red, green and gold.")
    page.get_by_label("Write a message").press("Enter")
    expect(thread).to_contain_text("Here they are: red, green and gold.")
    assert look_at(page, "a conversation by email") == []


def test_a_layout_is_shown_in_a_frame_where_nothing_runs(window):
    page = window("agent")
    asked: list[str] = []
    page.route(re.compile("pictures.example"), lambda route: (asked.append(route.request.url), route.abort()))
    open_talk(page, "A table for twelve", "waiting")
    page.get_by_role("link", name="Original layout").click()
    frame = page.frame_locator("iframe.mail-frame")
    expect(frame.locator("h2")).to_have_text("A table for twelve")
    assert asked == []
    with page.expect_request(re.compile("pictures.example")):
        page.get_by_role("link", name="Show pictures").click()
    page.wait_for_url(re.compile("pictures=1"))
    expect(frame.locator("img")).to_have_attribute("src", "https://pictures.example/table.jpg")
    assert asked
    assert look_at(page, "a mail") == []


def test_the_mailbox_says_what_came(window):
    page = window("admin", width=360)
    page.goto("/settings/mailboxes")
    page.locator("#main").get_by_role("link", name="Lotus Gifts").click()
    expect(page.get_by_text("bounce", exact=False).first).to_be_visible()
    assert look_at(page, "a mailbox") == []


def test_an_offer_asks_for_consent_and_a_bounce_is_on_the_customer_s_page(window):
    page = window("agent", width=360)
    page.goto("/customers?q=Olu")
    page.get_by_role("link", name="Olu Adeyemi").first.click()
    expect(page.locator("#bounce")).to_contain_text("Mail came back")
    assert look_at(page, "a customer whose mail came back") == []
    page.locator("#bounce").get_by_role("link", name="Correct the address").click()
    expect(page.get_by_label("Email")).to_have_value("olu.adeyemi@gone.example")
    page.goto("/customers?q=Ines")
    page.get_by_role("link", name="Ines Costa").first.click()
    page.locator("#record-head").get_by_role("link", name="Email", exact=True).click()
    page.get_by_label("Purpose").select_option("marketing")
    page.get_by_label("Subject").fill("Spring sale")
    page.get_by_label("Message").fill("Everything for less.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#main")).to_contain_text("Answers only: they have not agreed to news and offers by email.")
    assert look_at(page, "an offer that is refused") == []
