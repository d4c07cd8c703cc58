"""A manager moves deals to a stage and completes tasks, many at once, takes both back, and exports; also on a phone."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.tasks.models import Task
from tests.factories import make_deal, make_employee, make_pipeline, make_task

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def mona(db):
    return make_employee("manager", first_name="Mona")


@pytest.fixture
def page_of(server, chromium, browser, mona):
    """Open a page of hers of such a width."""
    cookie = browser(mona).http.get_cookie("rapport").value
    contexts = []

    def open_page(width: int) -> Page:
        url = f"http://127.0.0.1:{server.port}"
        context = chromium.new_context(base_url=url, viewport={"width": width, "height": 800}, reduced_motion="reduce")
        context.add_cookies([{"name": "rapport", "value": cookie, "url": url}])
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def tick_and(page: Page, number: int, what: str) -> None:
    for position in range(number):
        page.locator("[data-pick]").nth(position).check()
    page.get_by_role("group", name="With the selected rows").get_by_role("button", name=what, exact=True).click()


def take_back(page: Page, said: str) -> None:
    expect(page.locator("#toasts")).to_contain_text(said)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text(f"Undid: {said}")


@pytest.mark.parametrize("width", [1440, 360])
def test_deals_are_moved_and_tasks_completed_many_at_once(page_of, mona, db, width):
    way = make_pipeline("Asked", "Offered")
    for title in ("Mugs", "Plates", "Vases"):
        make_deal(way.open[0], title=title)
        make_task(f"Ring about {title.lower()}", mona)
    offered = way.open[1].stage_id
    page = page_of(width)
    page.goto("/deals?columns=title,stage")
    tick_and(page, 2, "Move")
    page.get_by_label("Stage").select_option(str(offered))
    page.get_by_role("button", name="Move 2 deals").click()
    expect(page.locator("tbody").get_by_text("Offered")).to_have_count(2)
    take_back(page, "Moved 2 deals to Offered")
    expect(page.locator("tbody").get_by_text("Offered")).to_have_count(0)
    page.goto("/tasks")
    tick_and(page, 2, "Complete")
    page.get_by_role("button", name="Complete 2 tasks").click()
    expect(page.locator("tbody [data-row]")).to_have_count(1)
    take_back(page, "Completed 2 tasks")
    expect(page.locator("tbody [data-row]")).to_have_count(3)
    page.get_by_role("link", name="Export all as a file").click()
    page.get_by_label("File").select_option("csv")
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download CSV").click()
    assert fetched.value.path().read_text("utf-8-sig").count("Ring about") == 3


def test_a_row_keeps_its_own_button_among_ticks(page_of, mona, db):
    make_task("Ring about mugs", mona)
    make_task("Ring about plates", mona)
    page = page_of(1440)
    page.goto("/tasks?sort=title")
    page.locator("[data-pick]").first.check()
    row = page.locator("tbody tr", has_text="plates")
    row.hover()
    row.get_by_role("button", name="Done").click()
    expect(page.locator("tbody [data-row]")).to_have_count(1)
    db.rollback()
    assert db.scalars(select(Task.title).where(Task.state == "done")).all() == ["Ring about plates"]
