"""The bell's pages, for staff and customers; and the demo's mails."""

import os
import re
from dataclasses import replace

import pytest

from app.engine.notices import actions as notices
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def ring(person, db, count=1):
    for number in range(count):
        notices.notify(person.person_id, key=f"n{number}", title=f"Notice {number}", body="Carla wrote", url="/help")
    db.commit()


def first_form(page) -> str:
    return re.search(r'action="(/notices/[0-9a-f-]+/opening)"', page.get_data(as_text=True))[1]


@pytest.mark.parametrize("make", [make_customer, make_employee])
def test_opening_marks_read_and_looking_does_not(browser, db, make):
    person = make()
    mine = browser(person)
    assert "Nothing new" in text_of(mine.get("/notices"))
    ring(person, db)
    for _ in range(2):
        page = mine.get("/notices")
        assert "1 unread" in text_of(page)
        assert 'data-count="1"' in page.get_data(as_text=True)
    assert mine.post(first_form(page)).headers["Location"] == "/help"
    page = mine.get("/notices")
    assert "0 unread" in text_of(page)
    assert "data-count" not in page.get_data(as_text=True)


def test_all_are_read_at_once_and_only_mine(browser, db):
    carla, dora = make_customer(), make_customer()
    ring(carla, db, 3)
    ring(dora, db, 2)
    browser(carla).post("/notices/reading")
    assert "0 unread" in text_of(browser(carla).get("/notices"))
    assert "2 unread" in text_of(browser(dora).get("/notices"))


def test_other_people_s_notices_are_not_there(browser, db):
    carla, dora = make_customer(), make_customer()
    ring(dora, db)
    path = first_form(browser(dora).get("/notices"))
    assert browser(carla).post(path).status_code == 404
    assert browser().post(path).status_code == 302
    assert "1 unread" in text_of(browser(dora).get("/notices"))


def test_many_notices_are_paged_and_a_fragment_has_no_frame(browser, db):
    carla = make_customer()
    ring(carla, db, 30)
    page = browser(carla).get("/notices")
    assert text_of(page).count("Carla wrote") == 25
    following = re.search(r'href="(/notices\?after=[^"]+)"[^>]*rel="next"', page.get_data(as_text=True))[1]
    assert text_of(browser(carla).get(following)).count("Carla wrote") == 5
    fragment = browser(carla).get("/notices", fragment=True)
    assert "<html" not in fragment.get_data(as_text=True)


@pytest.fixture
def demo(app, config, tmp_path):
    """An application that is a demo, with a folder of sent mails."""
    sink = tmp_path / "mail"
    sink.mkdir()
    app.extensions["rapport"] = replace(config, mail_sink_dir=sink, demo_file=tmp_path / "demo.json")
    yield sink
    app.extensions["rapport"] = config


HOSTILE = """\
To: carla@example.com
Subject: Welcome <script>alert(1)</script>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Open http://crm.test/verify/abc <script>alert(2)</script>
--x
Content-Type: text/html; charset=utf-8

<script>parent.__pwn = 1</script><p>Hello</p>
--x--
"""


def test_a_demo_shows_what_it_mailed_newest_first(browser, demo):
    for number, name in enumerate(("older", "newer")):
        file = demo / f"{name}.eml"
        file.write_text(HOSTILE.replace("Welcome", name))
        os.utime(file, (number, number))
    words = text_of(browser().get("/dev/mail"))
    assert words.index("newer") < words.index("older")
    page = browser().get("/dev/mail/newer").get_data(as_text=True)
    assert '<a href="http://crm.test/verify/abc"' in page
    assert "<script>alert" not in page
    body = browser().http.get("/dev/mail/newer/html")
    assert "sandbox" in body.headers["Content-Security-Policy"]
    assert "script-src" not in body.headers["Content-Security-Policy"]
    for name in ("..%2f..%2fetc%2fpasswd", "nothing", "%2e%2e"):
        assert browser().get(f"/dev/mail/{name}").status_code == 404


def test_without_a_demo_sent_mail_is_not_there(browser):
    assert browser().get("/dev/mail").status_code == 404
    assert browser(make_employee("admin")).get("/dev/mail/any/html").status_code == 404
