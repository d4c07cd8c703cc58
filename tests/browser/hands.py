"""What hands do in a browser, no sooner than the page is there to feel it."""

from playwright.sync_api import Locator, Page


def press(page: Page, key: str) -> None:
    """A key, with nothing in focus that would take it; the scripts of a page that has just come are waited for."""
    page.wait_for_load_state()
    page.evaluate("document.activeElement?.blur()")
    page.keyboard.press(key)


def follow(way: Locator) -> None:
    """Click what leads to another page, and wait for that page's scripts, which many a next step needs."""
    way.click()
    way.page.wait_for_load_state()
