"""A customer's page by hand and by keyboard: from a list, edited in place, with notes and files, beside a colleague."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import AXE, FIND_OVERFLOW, FIND_VIOLATIONS
from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(drawn, "PNG")
    return drawn.getvalue()


def open_first(page: Page) -> str:
    page.goto("/customers?sort=name&country=")
    page.locator("[data-row] a.person-name").first.click()
    page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}"))
    return page.url.partition("?")[0]


def look(page: Page, name: str, tmp_path: Path) -> None:
    page.evaluate(AXE)
    assert page.evaluate(FIND_VIOLATIONS, None) == []
    assert page.evaluate(FIND_OVERFLOW) == []
    page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)


def test_a_customer_s_page_from_list_to_files(window, tmp_path):
    page, colleague = window("agent"), window("manager")
    here = open_first(page)
    go_on_and_back(page, here)
    edit_by_keyboard(page, here)
    meet_a_colleague(page, colleague, here, tmp_path)
    write_a_note(page, colleague)
    log_a_call(page, "They asked for http://lotus.example/" + "lamp" * 40)
    add_and_download(page)
    look_at_all(page, here, tmp_path)


def go_on_and_back(page: Page, here: str) -> None:
    expect(page.locator("#neighbours [rel=next]")).to_have_attribute("title", re.compile(r"^Next: \S+"))
    page.keyboard.press("Alt+ArrowRight")
    page.wait_for_url(lambda url: here not in url and "in=" in url)
    expect(page.locator("#neighbours [rel=prev]")).to_have_attribute("title", re.compile(r"^Previous: \S+"))
    page.keyboard.press("Alt+ArrowLeft")
    page.wait_for_url(lambda url: here in url)


def edit_by_keyboard(page: Page, here: str) -> None:
    page.locator("#fact-first_name a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#edit-first_name")).to_be_focused()
    page.keyboard.type("Walker")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Walker")
    expect(page.locator("#fact-first_name a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#edit-first_name")).to_be_focused()
    page.keyboard.type("Nonsense")
    page.keyboard.press("Escape")
    expect(page.locator("#fact-first_name a")).to_contain_text("Walker")
    expect(page.locator("#timeline")).to_contain_text("Changed first name")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#toasts")).to_contain_text("Undid")
    page.goto(here)
    expect(page.locator("h1")).not_to_contain_text("Walker")


def meet_a_colleague(page: Page, colleague: Page, here: str, tmp_path: Path) -> None:
    colleague.goto(here)
    for one in (page, colleague):
        one.locator("#fact-country a").click()
        expect(one.locator("#edit-country")).to_be_focused()
    colleague.locator("#edit-country").fill("Elsewhere")
    colleague.keyboard.press("Enter")
    expect(colleague.locator("#fact-country a")).to_contain_text("Elsewhere")
    page.locator("#edit-country").fill("Nowhere")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(f"Changed by {name_of(colleague)}")
    expect(page.locator("#fact-country")).to_contain_text("Now it says Elsewhere")
    look(page, "clash", tmp_path)
    page.get_by_role("link", name="Keep theirs").click()
    expect(page.locator("#fact-country a")).to_contain_text("Elsewhere")


def name_of(page: Page) -> str:
    return page.locator("summary .who .person-name").inner_text()


def write_a_note(page: Page, colleague: Page) -> None:
    first = name_of(colleague).split()[0]
    page.locator("#note-body").click()
    page.keyboard.type(f"Please look, @{first[:4]}")
    expect(page.get_by_role("option").first).to_contain_text(first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("listbox")).to_have_count(0)
    page.keyboard.type("the lamp is broken")
    page.reload()
    expect(page.locator("#note-body")).to_have_value(re.compile("the lamp is broken"))
    page.locator("#note-body").focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline")).to_contain_text("the lamp is broken")
    expect(page.locator("#note-body")).to_have_value("")
    colleague.goto("/notices")
    colleague.get_by_text("mentioned you").first.click()
    expect(colleague.locator("main")).to_contain_text("the lamp is broken")


def log_a_call(page: Page, words: str) -> None:
    page.locator("#composers").get_by_text("Call", exact=True).click()
    page.locator("#call-composer").get_by_label("What was said").fill(words)
    page.get_by_role("button", name="Write down the call").click()
    expect(page.locator("#timeline .stream-quote", has_text=words)).to_be_visible()


def add_and_download(page: Page) -> None:
    page.locator("#file-input").set_input_files({"name": "Lamp.html", "mimeType": "text/html", "buffer": picture()})
    expect(page.locator("#timeline")).to_contain_text("Lamp.html.png")
    with page.expect_download() as coming:
        page.locator("#files").get_by_role("link", name="Lamp.html.png").click()
    assert coming.value.suggested_filename == "Lamp.html.png"
    assert Path(coming.value.path()).read_bytes() == picture()
    wait_until(
        lambda: page.reload() and page.locator("#files img").count() == 1, 30, "a worker draws the small picture"
    )


def look_at_all(page: Page, here: str, tmp_path: Path) -> None:
    look(page, "wide", tmp_path)
    page.emulate_media(color_scheme="dark")
    look(page, "dark", tmp_path)
    page.set_viewport_size({"width": 1024, "height": 800})
    look(page, "middle", tmp_path)
    page.set_viewport_size({"width": 360, "height": 780})
    page.emulate_media(color_scheme="light")
    for part in ("stream", "facts", "side"):
        page.goto(f"{here}#{part}")
        look(page, f"phone-{part}", tmp_path)
