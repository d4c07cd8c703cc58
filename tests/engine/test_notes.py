"""Notes: written by staff about any record, with mentions that tell, and nothing in them that runs."""

import re

import pytest
from sqlalchemy import select, text

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.errors import NotFound
from app.engine.notes import mentions, queries
from app.engine.notes.models import Note
from app.engine.notices.models import Notice
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def ada(db):
    return make_employee(first_name="Ada", last_name="Byron")


@pytest.fixture
def erin(db):
    return make_employee(first_name="Érin", last_name="O’Neil Park")


@pytest.fixture
def carla(db):
    return make_customer(first_name="Carla", last_name="Costa")


def write(browser, carla, body, **more):
    return browser.post(f"/records/customer/{carla.person_id}/notes", {"body": body, **more})


def test_a_note_stands_in_the_stream_of_its_customer(browser, db, ada, carla):
    desk = browser(ada)
    answer = write(desk, carla, "Likes blue.\nSee https://example.com/blue?a=1&b=2.")
    page = desk.follow(answer)
    assert "Note added." in text_of(page)
    markup = page.get_data(as_text=True)
    assert 'href="https://example.com/blue?a=1&amp;b=2" rel="noopener noreferrer nofollow"' in markup
    assert "Likes blue.\nSee" in markup
    assert "Likes blue." in text_of(desk.get(f"/customers/{carla.person_id}/timeline?kind=note", fragment=True))


def test_a_mention_rings_the_bell_once_and_leads_to_the_note(browser, db, ada, erin, carla):
    desk = browser(ada)
    page = desk.follow(
        write(desk, carla, "@erin.oneil.park please call. @ÉRIN.ONeil.Park! Not a@ada.byron nor @nobody.here")
    )
    assert "Érin O’Neil Park will see it under the bell." in text_of(page)
    assert '<b class="mention">@erin.oneil.park</b>' in page.get_data(as_text=True)
    (notice,) = db.scalars(select(Notice)).all()
    assert (notice.person_id, notice.title) == (erin.person_id, "Ada Byron mentioned you: Carla Costa")
    assert "please call" in text_of(browser(erin).get(notice.url))
    note = db.scalars(select(Note)).one()
    desk.post(f"/notes/{note.note_id}", {"body": "@erin.oneil.park never mind"})
    assert len(db.scalars(select(Notice)).all()) == 1


def test_who_may_not_see_the_customer_is_not_told(browser, db, ada, erin, carla):
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'customers.read', 'own')"))
    db.commit()
    boss = make_employee("manager", first_name="Bo", last_name="Bo")
    desk = browser(ada)
    page = desk.follow(write(desk, carla, "@bo.bo look"))
    assert "Bo Bo may not see this, so was not told." in text_of(page)
    assert db.scalars(select(Notice)).all() == []
    note = db.scalars(select(Note)).one()
    assert browser(boss).get(f"/notes/{note.note_id}").status_code == 404


def test_a_refused_note_keeps_what_was_typed(browser, db, ada, carla):
    answer = browser(ada).post(f"/records/customer/{carla.person_id}/notes", {"body": "x" * 10_001}, fragment=True)
    assert answer.status_code == 422
    assert "at most 10,000" in text_of(answer)
    assert "x" * 10_001 in answer.get_data(as_text=True)
    assert browser(ada).post(f"/records/customer/{carla.person_id}/notes", {"body": " \u200b "}).status_code == 422


def test_a_form_sent_twice_is_one_note(browser, db, ada, carla):
    page = browser(ada).get(f"/customers/{carla.person_id}").get_data(as_text=True)
    token = re.search(r'name="once" value="([^"]+)"', page)[1]
    for _twice in range(2):
        write(browser(ada), carla, "Once", once=token)
    assert len(db.scalars(select(Note)).all()) == 1


def test_only_its_author_changes_and_removes_a_note(browser, db, ada, erin, carla):
    write(browser(ada), carla, "Mine")
    note_id = db.scalars(select(Note.note_id)).one()
    other, desk = browser(erin), browser(ada)
    assert other.get(f"/notes/{note_id}").status_code == 200
    for path in ("", "/pin", "/deletion"):
        assert other.post(f"/notes/{note_id}{path}", {"body": "Hers"}).status_code == 403
    assert desk.follow(desk.post(f"/notes/{note_id}/pin")).status_code == 200
    assert 'id="notes"' in desk.get(f"/customers/{carla.person_id}").get_data(as_text=True)
    desk.post(f"/notes/{note_id}", {"body": "Changed"})
    db.expire_all()
    note = db.get(Note, note_id)
    assert (note.body, note.is_pinned, note.edited_at is not None) == ("Changed", True, True)
    page = desk.follow(desk.post(f"/notes/{note_id}/deletion")).get_data(as_text=True)
    assert desk.get(f"/notes/{note_id}").status_code == 404
    desk.post(re.findall(r'action="(/changes/[^"]+/undo)"', page)[-1])
    assert "Changed" in text_of(desk.get(f"/notes/{note_id}"))


def test_customers_read_no_notes_even_about_what_they_may_see(browser, db, ada, carla):
    for right in ("notes.read", "notes.write", "products.read"):
        db.execute(text("INSERT INTO changed_grants VALUES ('customer', :right, 'all')"), {"right": right})
    product = make_product()
    browser(make_employee("admin")).post(f"/records/product/{product.product_id}/notes", {"body": "Costs us 3"})
    portal = browser(carla)
    assert portal.get(f"/records/product/{product.product_id}/notes").status_code == 404
    assert portal.post(f"/records/product/{product.product_id}/notes", {"body": "Hi"}).status_code == 404
    with pytest.raises(NotFound):
        queries.get_note(sign_ins.actor_for(carla.person_id), db.scalars(select(Note.note_id)).one())


def test_every_kind_of_record_has_its_notes(browser, db):
    admin, product = browser(make_employee("admin")), make_product()
    page = admin.follow(admin.post(f"/records/product/{product.product_id}/notes", {"body": "Reorder in May"}))
    assert "Reorder in May" in text_of(page)
    assert "Reorder in May" in text_of(admin.get(f"/records/product/{product.product_id}/notes"))
    assert admin.get(f"/records/nothing/{product.product_id}/notes").status_code == 404


def test_erasing_a_customer_leaves_no_word_of_their_notes(browser, db, ada, erin, carla):
    write(browser(ada), carla, "Secret illness @erin.oneil.park")
    write(browser(ada), carla, "Another illness")
    deleted = db.scalars(select(Note.note_id).where(Note.body.like("Another%"))).one()
    browser(ada).post(f"/notes/{deleted}/deletion")
    people.erase_customer(carla, actor=SYSTEM, reason="asked")
    db.commit()
    assert db.scalars(select(Note)).all() == []
    assert db.scalars(select(Notice)).all() == []
    for table in ("audit_log", "audit_personal", "changed_rows", "events"):
        assert "illness" not in str(db.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} t")).all())


@pytest.mark.parametrize(
    "hostile",
    [
        "<img src=x onerror=__pwn()>",
        'https://example.com/"onmouseover="__pwn()',
        "javascript:__pwn()",
        "@<script>__pwn()</script>",
        "https://example.com/<script>__pwn()</script>",
        '<div hx-get="/roles" hx-trigger="load"></div>',
    ],
)
def test_nothing_in_a_note_runs(hostile):
    markup = str(mentions.marked_up(f"Look {hostile} here", ["script"]))
    tags = re.findall(r"<[^>]*>", markup)
    assert all(
        re.fullmatch(r'</?b( class="mention")?>|</a>|<a href="https://[^"<>]*" rel="[^"]*" target="_blank">', tag)
        for tag in tags
    )
    assert "javascript:" not in "".join(tags)


def test_colleagues_are_suggested_by_the_beginning_of_a_name(browser, db, ada, erin):
    make_employee(first_name="Gone", last_name="Byron", deactivated_at=text("now()"))
    desk = browser(ada)
    assert "@ada.byron" in text_of(desk.get("/colleagues?q=by", fragment=True))
    assert "Gone" not in text_of(desk.get("/colleagues?q=by", fragment=True))
    assert "@erin.oneil.park" in text_of(desk.get("/colleagues?q=erin.o’n", fragment=True))
    assert browser(make_customer()).get("/colleagues?q=a").status_code == 403


def test_notes_add_no_statement_to_a_page(browser, db, ada, carla):
    desk, address = browser(ada), f"/customers/{carla.person_id}"
    desk.get(address)
    with counted() as before:
        desk.get(address)
    for number in range(6):
        write(desk, carla, f"Note {number}")
    with counted() as after:
        desk.get(address)
    assert len(after) == len(before)
