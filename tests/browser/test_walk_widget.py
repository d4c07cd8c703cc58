"""A visitor on somebody else's page and an agent side by side; the chat is set up by a manager."""

import re

import pytest
from playwright.sync_api import Frame, Page, Route, expect

from tests.browser.test_accessibility import AXE, FIND_VIOLATIONS
from tests.browser.test_accessibility import look_at as look_at_page
from tests.browser.test_walk_by_hand import check
from tests.browser.test_walk_inbox import check as check_inbox
from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Messages come in the order they were sent: once this one is heard, all before it were.
LISTEN = """window.heard = new Promise((heard) => {
    addEventListener("message", ({ data }) => { if (data === "the last") heard(true); });
}); undefined"""
KEPT = "(() => { try { return localStorage.length + sessionStorage.length } catch { return 0 } })()"


def open_shop(window, house, width: int = 1440) -> tuple[Page, Frame]:
    """The foreign shop's page, with the chat opened."""
    page = window(width=width)
    page.goto(house.url.replace("127.0.0.1", "localhost") + "/widget/demo", wait_until="domcontentloaded")
    launcher = page.get_by_role("button", name="Bright Lamps")
    expect(launcher).to_be_visible()
    frame = next(one for one in page.frames if one != page.main_frame)
    assert page.context.cookies() == []
    assert frame.evaluate(KEPT) == 0
    launcher.press("Enter")
    expect(frame.get_by_label("Your message")).to_be_focused()
    return page, frame


def look_at(frame: Frame) -> None:
    """The frame has nothing that keeps anybody out."""
    frame.evaluate(f"{AXE}; undefined")
    assert frame.evaluate(FIND_VIOLATIONS, None) == []


def test_a_visitor_and_an_agent_talk(window, house):
    shop, chat = open_shop(window, house)
    look_at(chat)
    chat.get_by_label(re.compile("^Your message")).fill("Do you gift-wrap <b>lamps</b>?")
    chat.get_by_role("button", name="Send").click()
    expect(chat.locator("#thread")).to_contain_text("<b>lamps</b>")
    agent = window("agent")
    agent.goto("/conversations?tab=waiting")
    item = agent.locator("a.waiting", has_text="gift-wrap")
    expect(item).to_contain_text("Visitor (not verified)")
    item.click()
    expect(agent.locator("#conversation-head")).to_contain_text("not verified")
    agent.get_by_role("button", name=re.compile("^Accept")).first.click()
    expect(chat.locator("#chat-state")).to_contain_text("talking with")
    agent.wait_for_load_state()
    words = agent.locator("#message-text")
    words.fill("We do, in red or gold.")
    words.press("Enter")
    expect(chat.locator("#thread")).to_contain_text("in red or gold")
    look_at(chat)
    chat.get_by_role("button", name="Close").click()
    expect(shop.get_by_role("button", name="Bright Lamps")).to_be_focused()
    words.fill("Or in nothing at all.")
    words.press("Enter")
    expect(shop.get_by_role("button", name="Bright Lamps, 1 unread")).to_be_visible()
    assert shop.context.cookies() == []


@pytest.mark.long
def test_what_a_visitor_says_is_proved_from_the_inbox(window, house):
    _shop, chat = open_shop(window, house)
    chat.get_by_label(re.compile("^Your email")).fill("nadia@lamps.example")
    chat.get_by_label(re.compile("^Your message")).fill("Is the brass one dimmable?")
    chat.get_by_role("button", name="Send").click()
    agent = window("agent")
    agent.goto("/conversations?tab=waiting")
    agent.locator("a.waiting", has_text="dimmable").click()
    facts = agent.locator("#visitor-facts")
    expect(facts).to_contain_text("Email not proved")
    expect(facts.get_by_role("link")).to_have_attribute("href", re.compile("/widget/demo$"))
    check_inbox(agent)
    agent.set_viewport_size({"width": 360, "height": 900})
    agent.get_by_role("link", name="Who they are").click()
    expect(facts).to_be_visible()
    agent.get_by_role("link", name="Back to the conversation").click()
    expect(facts).to_be_hidden()
    agent.set_viewport_size({"width": 1440, "height": 900})
    facts.get_by_role("button", name="Ask for proof").click()
    expect(agent.get_by_text("The code is on its way")).to_be_visible()
    expect(chat.get_by_label("The code we sent to nadia@lamps.example")).to_be_visible()
    look_at(chat)

    def letters():
        return [mail for mail in house.mail.to("nadia@lamps.example") if "code for the chat" in mail["Subject"]]

    digits = re.match(r"\d{6}", wait_until(letters, 60, "the code")[-1]["Subject"])[0]
    chat.get_by_label("The code we sent to nadia@lamps.example").fill(digits)
    chat.get_by_role("button", name="Confirm").click()
    expect(chat.get_by_label("The code we sent")).to_have_count(0)
    agent.reload()
    expect(agent.locator("#customer-facts")).to_contain_text("nadia@lamps.example")
    expect(facts).to_contain_text("by a code in their mail")
    check_inbox(agent)


def test_other_pages_words_are_not_heard(window, house):
    """T033: the frame and the page know only each other, and only the few words."""
    shop, chat = open_shop(window, house)
    assert shop.evaluate(
        "(() => { const frame = document.querySelector('body > div').shadowRoot.querySelector('iframe');"
        " try { return frame.contentDocument === null } catch { return true } })()"
    )
    assert chat.evaluate("(() => { try { return Boolean(parent.document) } catch { return false } })()") is False
    for one in (shop, chat):
        one.evaluate(LISTEN)
    shop.evaluate("window.postMessage({rapport: 'close'}, '*')")
    shop.evaluate("window.postMessage({rapport: 'look', colour: 'red', label: 'Forged', rules: []}, '*')")
    chat.evaluate("window.postMessage({rapport: 'close'}, '*')")
    chat.evaluate("parent.postMessage({rapport: 'constructor'}, '*')")
    chat.evaluate("window.postMessage('the last', '*'); parent.postMessage('the last', '*')")
    for one in (shop, chat):
        assert one.evaluate("window.heard")
    expect(shop.get_by_role("button", name="Bright Lamps")).to_be_visible()
    expect(chat.get_by_label(re.compile("^Your message"))).to_be_visible()


def test_on_a_phone_it_fills_the_screen_and_goes_by_keys(window, house):
    shop, chat = open_shop(window, house, width=360)
    box = shop.locator("iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 360, "height": 900}
    look_at(chat)
    shop.keyboard.type("Hello from a phone")
    shop.keyboard.press("Enter")
    expect(chat.locator("#thread")).to_contain_text("Hello from a phone")
    shop.keyboard.press("Escape")
    expect(shop.get_by_role("button", name="Bright Lamps")).to_be_focused()


@pytest.mark.long
def test_a_manager_sets_a_chat_up(window):
    page = window("manager")
    page.goto("/settings/widgets")
    check(page)
    page.get_by_role("link", name="Add a chat").click()
    page.get_by_label(re.compile("^Name")).first.fill("Second shop")
    page.get_by_label(re.compile("^Greeting")).fill("Good day to you!")
    expect(page.locator("#widget-preview")).to_contain_text("Good day to you!")
    expect(page.locator("#widget-preview")).to_contain_text("Second shop")
    page.get_by_label(re.compile("^Pages that may show it")).fill("not an origin")
    page.get_by_role("button", name="Make the chat").click()
    expect(page.locator("form.form")).to_contain_text("is no origin")
    page.get_by_label(re.compile("^Pages that may show it")).fill("https://www.second.example")
    page.get_by_role("button", name="Make the chat").click()
    expect(page.locator("pre").first).to_contain_text("data-key=")
    check(page)


def test_what_is_typed_before_the_scripts_came_is_drawn_too(window):
    """A slow line: the form stands there before what draws beside it."""
    page = window("manager")
    script = re.compile("widget-settings")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(script, hold)
    page.goto("/settings/widgets/new", wait_until="commit")
    page.get_by_label(re.compile("^Greeting")).fill("Early birds welcome!")
    assert "Early birds" not in page.locator("#widget-preview").inner_text()
    held[0].continue_()
    expect(page.locator("#widget-preview")).to_contain_text("Early birds welcome!")


@pytest.mark.long
def test_a_customer_goes_on_with_another_device(window):
    page = window("customer")
    page.goto("/portal/chats/new")
    page.locator("textarea[name=message]").fill("Do you deliver on Saturdays?")
    page.locator("main form button[type=submit]").click()
    page.locator("#conversation").wait_for()
    chat = page.url
    page.get_by_role("button", name="On another device").click()
    expect(page.get_by_role("img", name="The link as a picture")).to_be_visible()
    assert look_at_page(page, "/portal/chats/<id>/link") == []
    link = page.get_by_label("The link").input_value()
    phone = window(width=360)
    phone.goto(link)
    assert look_at_page(phone, "/device/<token>") == []
    phone.set_viewport_size({"width": 360, "height": 900})
    phone.get_by_role("button", name="Continue").click()
    phone.wait_for_url(chat)
    expect(phone.locator("#thread")).to_be_visible()
    assert phone.goto(link).status == 404
