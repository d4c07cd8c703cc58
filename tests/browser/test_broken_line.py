"""A chat whose line breaks shows every message once and in order when it is back."""

from uuid import uuid4

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.flows.processes import READY_SECONDS, is_up, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BACK_MILLISECONDS = 60_000  # the page waits a little longer before each try


@pytest.fixture
def chat(window, house, talk):
    """A customer's open window on a chat, and an agent who answers it by plain forms."""
    customer, agent, path = window("customer"), house.visitor("agent"), talk("Can you hear me")
    customer.goto(f"/portal/chats/{path.rsplit('/', 1)[1]}")
    expect(customer.locator("#conversation-head")).to_contain_text("Ravi Patel")

    def answer(words: str) -> None:
        assert agent.post(f"{path}/messages", content=words, key=uuid4().hex).status_code == 303

    answer("Loud and clear.")
    expect(words_of(customer).last).to_have_text("Loud and clear.")
    return customer, answer


def words_of(page: Page):
    return page.locator("#thread .bubble-words")


def kill_web_workers(house) -> None:
    """kill -9: every live page loses its line at once."""
    victims = house.web_workers()
    for victim in victims:
        victim.kill()
    psutil.wait_procs(victims, timeout=10)
    wait_until(lambda: is_up(house.url), READY_SECONDS, "new web processes")


def test_a_window_that_was_offline_catches_up(chat, house):
    customer, answer = chat
    customer.context.set_offline(True)  # keeps new connections away; the one that is open has to be cut as well
    kill_web_workers(house)
    expect(customer.locator("[data-stream-line]")).to_contain_text("Offline", timeout=BACK_MILLISECONDS)
    for number in range(10):
        answer(f"Sentence {number}")
    expect(words_of(customer)).to_have_count(2)
    customer.context.set_offline(False)
    said = ["Can you hear me?", "Loud and clear.", *(f"Sentence {number}" for number in range(10))]
    expect(words_of(customer)).to_have_text(said, timeout=BACK_MILLISECONDS)


def test_a_window_survives_the_processes_that_feed_it(chat, house):
    customer, answer = chat
    kill_web_workers(house)
    for number in range(5):
        answer(f"Sentence {number}")
    said = ["Can you hear me?", "Loud and clear.", *(f"Sentence {number}" for number in range(5))]
    expect(words_of(customer)).to_have_text(said, timeout=BACK_MILLISECONDS)
    customer.get_by_label("Write a message").fill("I hear you again.")
    customer.get_by_label("Write a message").press("Enter")
    expect(words_of(customer)).to_have_text([*said, "I hear you again."], timeout=BACK_MILLISECONDS)
