"""What hands do: deals by finger, tasks by mouse, files dropped, a long edit watched, personal data fetched."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

DROP = """(form) => {
    const carried = new DataTransfer();
    carried.items.add(new File(["Lavender, 12 boxes"], "delivery.txt", {type: "text/plain"}));
    for (const kind of ["dragover", "drop"]) {
        form.dispatchEvent(new DragEvent(kind, {dataTransfer: carried, bubbles: true, cancelable: true}));
    }
}"""


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    width = page.viewport_size["width"]
    assert look_at(page, re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<id>", page.url)) == []
    page.set_viewport_size({"width": width, "height": 900})


def middle(item: Locator) -> tuple[float, float]:
    box = item.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def swipe(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """One finger, down, along and up, as the browser gets it from the glass."""
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", *start)
    for step in range(1, 9):
        touch("touchMove", *(a + (b - a) * step / 8 for a, b in zip(start, end, strict=True)))
    touch("touchEnd")


def lane(page: Page, name: str) -> Locator:
    return page.locator(".lane", has=page.get_by_role("heading", name=re.compile(f"^{name}")))


def test_a_deal_by_finger_and_by_the_menu(window):
    page = window("manager", width=820, has_touch=True, is_mobile=True)
    page.goto("/deals/board")
    card = lane(page, "New").locator(".deal-card").first
    name = card.locator(".deal-name").inner_text()
    x, y = middle(lane(page, "Qualified").locator(".lane-cards"))
    swipe(page, middle(card.locator("[data-handle]")), (x, y))
    expect(page.locator("#toasts")).to_contain_text(f"{name} is in Qualified.")
    moved = lane(page, "Qualified").locator(".deal-card", has_text=name).first
    expect(moved).to_be_visible()
    page.wait_for_timeout(1500)  # no finger is quicker; a browser would take it for a second touch of the same
    moved.get_by_role("link", name=f"Move {name} to…").tap()
    menu = page.get_by_role("dialog")
    expect(menu).to_contain_text(f"Move “{name}” to")
    menu.get_by_role("button", name="Proposal").tap()
    expect(lane(page, "Proposal").locator(".deal-card", has_text=name).first).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Proposal")


def test_a_task_by_mouse_and_a_file_by_drop(window):
    page = window("agent")
    page.goto("/calendar")
    entry = page.locator("[data-drag]").first
    words, day = entry.inner_text(), entry.locator("xpath=..").get_attribute("data-drop")
    free = page.locator(f'[data-drop]:not([data-drop="{day}"])').last
    start, end = middle(entry), middle(free)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move(*end, steps=8)
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("Moved: ")
    there = free.get_attribute("data-drop")
    expect(page.locator(f'[data-drop="{there}"]')).to_contain_text(words.split("\n")[-1][:12])
    page.goto("/customers?q=Carla+Moreau")
    follow(page.locator("tr[data-row] a.person-name", has_text="Carla Moreau").first)
    page.locator("#file-upload").evaluate(DROP)
    expect(page.get_by_role("main")).to_contain_text("delivery.txt")


def test_a_long_edit_is_watched_to_its_end_and_undone(window):
    page = window("manager")
    page.goto("/customers?columns=name,country&sort=name")
    page.locator("[data-pick]").first.check()
    page.get_by_label(re.compile("all .* that match")).check()
    page.get_by_role("group", name="With the selected rows").get_by_role("button", name="Edit").click()
    page.get_by_label("Change country").check()
    page.get_by_label("Country", exact=True).fill("Iceland")
    page.locator(".savebar").get_by_role("button", name="Edit").click()
    page.wait_for_url(re.compile(r"/bulk/[0-9a-f-]{36}"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"Edited \d+ customers"))
    expect(page.get_by_role("main")).to_contain_text("changed")
    check(page)
    page.get_by_role("main").get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.locator("#toasts")).to_contain_text(re.compile("Undid|Undoing"), timeout=60_000)


def test_all_that_is_kept_and_then_nothing(window):
    carla = window("customer", width=360)
    carla.goto("/portal/personal-data")
    check(carla)
    carla.get_by_role("button", name=re.compile("copy", re.IGNORECASE)).click()
    with carla.expect_download() as fetched:
        carla.get_by_role("link", name="Download").first.click()
    with zipfile.ZipFile(io.BytesIO(fetched.value.path().read_bytes())) as copy:
        assert any("carla@example.com" in copy.read(name).decode("utf-8", "replace") for name in copy.namelist())
    admin = window("admin")
    admin.goto("/customers/new")
    admin.get_by_label("First name").fill("Vera")
    admin.get_by_label("Last name").fill("Vanish")
    admin.get_by_role("button", name="Add customer").click()
    expect(admin.get_by_role("heading", level=1)).to_have_text("Vera Vanish")
    admin.goto(f"{admin.url.partition('?')[0]}/personal-data")
    check(admin)
    admin.get_by_role("link", name=re.compile("^Erase")).click()
    check(admin)
    admin.get_by_label("Why").fill("Asked by letter")
    admin.get_by_label(re.compile("^Type ")).fill("Vera")
    admin.get_by_role("button", name="Erase for good").click()
    expect(admin.locator("#typed-error")).to_be_visible()
    admin.get_by_label(re.compile("^Type ")).fill("Vera Vanish")
    admin.get_by_role("button", name="Erase for good").click()
    expect(admin.get_by_role("main")).to_contain_text("This customer was erased")
    expect(admin.get_by_role("main")).not_to_contain_text("Vanish")
