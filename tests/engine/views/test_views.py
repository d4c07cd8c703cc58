"""Views keep a list's whole state under a name."""

import html
import re
from urllib.parse import quote

import pytest

from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee

STATE = "stage=lead&sort=-created"


@pytest.fixture
def marta(browser, db):
    return browser(make_employee("manager"))


@pytest.fixture
def ravi(browser, db):
    return browser(make_employee("agent"))


def save(window, name: str, **more: str):
    form = {"list": "/customers", "query": f"{STATE}&after=abc", "name": name, **more}
    return window.post("/views", form)


def test_a_view_is_kept_and_opened(ravi):
    make_customer(last_name="Lead", stage="lead")
    make_customer(last_name="Buyer", stage="customer")
    listed = ravi.get(f"/customers?{STATE}")
    assert "/views/new?list=%2Fcustomers&amp;query=stage%3Dlead%26sort%3D-created" in listed.get_data(as_text=True)
    answer = save(ravi, "New  leads", is_pinned="y")
    assert re.fullmatch(rf"/customers\?{STATE}&view=[0-9a-f-]{{36}}", answer.headers["Location"])
    page = ravi.get(answer.headers["Location"])
    assert re.search(r'aria-current="page">New leads<', page.get_data(as_text=True))
    assert "Buyer" not in text_of(page)


def test_views_are_private_until_shared(marta, ravi):
    save(marta, "Mine", is_pinned="y")
    save(marta, "Ours", is_pinned="y", is_shared="y")
    page = text_of(ravi.get("/customers"))
    assert "Ours" in page
    assert "Mine" not in page
    assert save(ravi, "Sneaky", is_shared="y").status_code == 403


def test_a_list_opens_with_its_default_and_can_be_left(ravi):
    address = save(ravi, "Leads first", is_default="y").headers["Location"]
    assert ravi.get("/customers").headers["Location"] == address
    assert ravi.get("/customers?view=").status_code == 200
    save(ravi, "Another", is_default="y")
    assert ravi.get("/customers").headers["Location"] != address


def test_a_view_is_changed_and_dropped(ravi):
    address = save(ravi, "Leads").headers["Location"]
    view = f"/views/{address[-36:]}"
    changed = ravi.post(view, {"query": "stage=former", "name": "Gone"})
    assert changed.headers["Location"].startswith("/customers?stage=former&view=")
    assert "Gone" in text_of(ravi.get("/customers"))
    assert ravi.post(f"{view}/deletion").headers["Location"] == "/customers?view="
    assert ravi.get(f"{view}/edit").status_code == 404


def test_somebody_elses_view_is_not_changed(marta, ravi, browser):
    shared = save(marta, "Ours", is_shared="y").headers["Location"][-36:]
    private = save(marta, "Mine").headers["Location"][-36:]
    assert ravi.post(f"/views/{shared}", {"name": "Taken"}).status_code == 403
    assert ravi.post(f"/views/{private}", {"name": "Taken"}).status_code == 404
    assert browser(make_employee("manager")).post(f"/views/{shared}", {"name": "Better"}).status_code == 303


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x" * 61}, "60 characters"),
        ({"name": "leads"}, "You have a view of this name"),
        ({"name": "New", "list": "/admin/audit"}, "There is no such list"),
        ({"name": "New", "query": "q=" + "x" * 4000}, "too long"),
    ],
)
def test_what_cannot_be_kept_is_said(ravi, form, sentence):
    save(ravi, "Leads")
    answer = ravi.post("/views", {"list": "/customers", "query": STATE, **form})
    assert answer.status_code == 422
    assert sentence in text_of(answer)


def test_the_inbox_has_filters_and_views_beside_its_tabs(ravi, db):
    asking = make_customer(last_name="Asking")
    make_channel(asking, topic="Broken mug")
    make_channel(make_customer(last_name="Other"), topic="Opening hours")
    where = '{"f":"topic","op":"contains","v":"mug"}'
    address = f"/conversations?tab=waiting&where={quote(where)}"
    page = ravi.get(address)
    assert "Asking" in text_of(page)
    assert "Other" not in text_of(page)
    assert "Topic contains “mug”" in text_of(page)
    markup = html.unescape(page.get_data(as_text=True))
    kept = re.search(r'id="conversation-list" hx-get="([^"]*)"', markup)[1]
    assert "Other" not in text_of(ravi.get(kept, fragment=True))
    channel = re.search(r'href="(/conversations/[0-9a-f-]{36}\?[^"]*)"', markup)[1]
    assert "Other" not in text_of(ravi.get(channel))
    closed = re.search(r'href="([^"]*tab=closed[^"]*)"', markup)[1]
    assert "Nothing found" in text_of(ravi.get(closed))
    query = f"tab=waiting&where={quote(where)}"
    saved = ravi.post("/views", {"list": "/conversations", "query": query, "name": "Mugs", "is_default": "y"})
    assert ravi.get("/conversations").headers["Location"] == saved.headers["Location"]
    opened = ravi.get(saved.headers["Location"])
    assert re.search(r'aria-current="true">Mugs<', opened.get_data(as_text=True))
    assert "Edit view" in text_of(opened)
    assert ravi.get("/conversations?where=nonsense").status_code == 422
