"""One day: a new employee, a new customer, a live chat, a rating, a purchase and its refund, and the numbers of it."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

EMPLOYEE = "ines.day@lotus.example"
CUSTOMER = "dora.day@example.com"
PASSWORD = "seven quiet herons"
LIVE_MILLISECONDS = 30_000


def test_day_of_four_people(window, house, mailed_link):
    employee = hire(window("admin"), window(), mailed_link)
    customer = sign_up(window(width=360), mailed_link)
    chat(employee, customer)
    rate(customer, house, mailed_link)
    number, total = sell_and_refund(employee)
    open_receipt(customer, number)
    read_performance(window("manager"), f"£{total - 1:,.2f}")


def hire(admin: Page, employee: Page, mailed_link) -> Page:
    admin.get_by_role("link", name="Staff", exact=True).click()
    admin.get_by_role("link", name="Register an employee").click()
    admin.get_by_label("First name").fill("Ines")
    admin.get_by_label("Last name").fill("Day")
    admin.get_by_label("Email").fill(EMPLOYEE)
    admin.get_by_label("Department").fill("Support")
    admin.get_by_label("Role").select_option("agent")
    admin.get_by_role("button", name="Register and invite").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Ines Day")
    employee.goto(mailed_link(EMPLOYEE, "invited"))
    employee.get_by_label("Password").fill(PASSWORD)
    employee.get_by_role("button", name="Set the password and sign in").click()
    expect(employee.get_by_role("heading", level=1)).to_contain_text("Ines")
    return employee


def sign_up(customer: Page, mailed_link) -> Page:
    customer.goto("/sign-in")
    customer.get_by_role("link", name="Make an account").click()
    customer.get_by_label("First name").fill("Dora")
    customer.get_by_label("Last name").fill("Day")
    customer.get_by_label("Email").fill(CUSTOMER)
    customer.get_by_label("Password").fill(PASSWORD)
    customer.get_by_role("button", name="Make my account").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("Check your mail")
    customer.goto(mailed_link(CUSTOMER, "Confirm"))
    customer.get_by_role("button", name="Yes, confirm it").click()
    customer.get_by_label("Email").fill(CUSTOMER)
    customer.get_by_label("Password").fill(PASSWORD)
    customer.get_by_role("button", name="Sign in", exact=True).click()
    expect(customer.get_by_role("heading", level=1)).to_have_text("Hello Dora")
    return customer


def chat(employee: Page, customer: Page) -> None:
    """Both pages stay open: what one does, the other sees by itself."""
    employee.goto("/conversations")
    customer.get_by_role("link", name="Start a chat").click()
    customer.get_by_label("What is it about?").fill("A blue vase")
    customer.get_by_label("Your message").fill("Do you still have the blue vase?")
    customer.get_by_role("button", name="Start the chat").click()
    expect(customer.locator("#conversation-head")).to_be_visible()
    waiting = employee.locator("#conversation-list").get_by_role("link", name="Dora Day")
    expect(waiting).to_be_visible(timeout=LIVE_MILLISECONDS)
    waiting.click()
    employee.get_by_role("button", name="Accept").click()
    expect(customer.locator("#conversation-head")).to_contain_text("Ines Day", timeout=LIVE_MILLISECONDS)
    say(employee, "Two of them are left.")
    expect(customer.locator("#thread")).to_contain_text("Two of them are left.", timeout=LIVE_MILLISECONDS)
    say(customer, "Then I take one.")
    expect(employee.locator("#thread")).to_contain_text("Then I take one.", timeout=LIVE_MILLISECONDS)
    for page in (employee, customer):
        expect(page.locator("#thread .bubble")).to_have_count(3)
    employee.get_by_role("button", name="Resolve", exact=True).click()
    expect(customer.locator("#conversation-head")).to_contain_text("This chat is closed", timeout=LIVE_MILLISECONDS)


def say(page: Page, words: str) -> None:
    page.wait_for_load_state()  # without its scripts, Enter begins a new line
    page.get_by_label("Write a message").fill(words)
    page.get_by_label("Write a message").press("Enter")
    expect(page.locator("#thread")).to_contain_text(words, timeout=LIVE_MILLISECONDS)


def rate(customer: Page, house, mailed_link) -> None:
    customer.get_by_text("5 stars, excellent").locator("..").click()
    customer.get_by_label("Anything we should know?").fill("Quick and kind.")
    customer.get_by_role("button", name="Send the rating").click()
    expect(customer.locator("#conversation-foot")).to_contain_text("Thank you for your rating.")
    wait_until(lambda: house.let_time_pass("tell-close:%") or told(house) >= 2, 60, "notices of the day")
    customer.get_by_role("link", name="Notices").click()
    expect(customer.locator("#notices")).to_contain_text("Your conversation was closed")
    link = mailed_link(CUSTOMER, "was closed")
    customer.goto(link)
    expect(customer.get_by_role("heading", level=1)).to_have_text("A blue vase")


def told(house) -> int:
    """How many notices of their conversation the customer has; besides, they are welcomed."""
    about = "SELECT count(*) FROM notices JOIN customers USING (person_id) WHERE email = %s AND title NOT LIKE %s"
    return house.ask(about, CUSTOMER, "Welcome%")


def sell_and_refund(employee: Page) -> tuple[str, Decimal]:
    """A purchase at the counter, of which a pound is given back; returns the receipt's number and the price."""
    employee.goto("/transactions/new")
    employee.get_by_label("Who buys?").fill(CUSTOMER)
    employee.locator("#sale-customers").get_by_role("button", name="Choose").click()
    expect(employee.locator("#sale")).to_contain_text("Dora Day")
    employee.locator("#sale-offered").get_by_role("button", name="Add").first.click()
    expect(employee.get_by_role("list", name="What is sold")).to_be_visible()
    expect(employee.locator("#sale-total")).to_have_text(re.compile("[1-9]"))
    total = Decimal(re.sub(r"[^0-9.]", "", employee.locator("#sale-total").inner_text()))
    employee.get_by_role("button", name="Record sale").click()
    heading = employee.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("^Sale R"))
    number = heading.inner_text().removeprefix("Sale ")
    employee.get_by_role("link", name="Refund", exact=True).click()
    employee.get_by_label("An amount").check()
    employee.get_by_label("Amount in GBP").fill("1.00")
    employee.get_by_label("Why").fill("A small chip")
    employee.get_by_role("button", name="Give back").click()
    expect(employee.locator("main")).to_contain_text("Given back")
    expect(employee.locator("main")).to_contain_text("A small chip")
    employee.get_by_role("link", name="Receipt", exact=True).click()
    expect(employee.get_by_role("heading", level=1)).to_contain_text(number)
    return number, total


def open_receipt(customer: Page, number: str) -> None:
    customer.goto("/portal/receipts")
    customer.locator("main .offer", has_text=number).get_by_role("link").click()
    expect(customer.get_by_role("heading", level=1)).to_have_text(f"Receipt {number}")
    paper = customer.request.get(customer.get_by_role("link", name="PDF").get_attribute("href"))
    assert paper.body().startswith(b"%PDF")


def read_performance(manager: Page, earned: str) -> None:
    manager.get_by_role("navigation", name="Main").get_by_role("link", name="Performance").click()
    line = manager.get_by_role("row", name="Ines Day")
    expect(line.locator("[data-label='Conversations taken']")).to_contain_text("1")
    expect(line.locator("[data-label='Rating']")).to_contain_text("5.00")
    expect(line.locator("[data-label='Sales']")).to_contain_text(earned)
    line.get_by_role("link", name="Ines Day").click()
    expect(manager.locator("main")).to_contain_text("Quick and kind.")
