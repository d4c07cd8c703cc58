"""Files go with messages and notes; only who may see the message may fetch them."""

import io

from sqlalchemy import select

from app.accounts import sign_ins
from app.engine.files.models import File
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def sent(browser, url, name="lease.txt", words=b"the lease", **fields):
    return browser.post(url, {**fields, "file": (io.BytesIO(words), name)})


def test_both_sides_send_files(browser, db):
    carla, ada = make_customer(first_name="Carla"), make_employee()
    channel = make_channel(carla, owner=ada)
    hers, his = f"/portal/chats/{channel.channel_id}", f"/conversations/{channel.channel_id}"
    sent(browser(carla), f"{hers}/messages", content="Here it is", key="1")
    sent(browser(ada), f"{his}/messages", name="plan.txt", content="", key="2")
    for person, page in ((carla, hers), (ada, his)):
        shown = text_of(browser(person).get(page))
        assert "lease.txt" in shown
        assert "plan.txt" in shown
    lease = db.scalars(select(File).where(File.name == "lease.txt")).one()
    answer = browser(carla).get(f"/attachments/{lease.file_id}")
    assert answer.data == b"the lease"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")


def test_files_of_notes_and_of_others_are_not_there(browser, db):
    carla, ada, stranger = make_customer(), make_employee(), make_customer()
    channel = make_channel(carla, owner=ada)
    url = f"/conversations/{channel.channel_id}/messages"
    sent(browser(ada), url, name="secret.txt", mode="note", note="Only us", key="1")
    sent(browser(ada), url, name="open.txt", content="For you", key="2")
    secret, open_ = (db.scalars(select(File).where(File.name == name)).one() for name in ("secret.txt", "open.txt"))
    assert "secret.txt" not in browser(carla).get(f"/portal/chats/{channel.channel_id}").get_data(as_text=True)
    for person, file, status in (
        (ada, secret, 200),
        (carla, secret, 404),
        (carla, open_, 200),
        (stranger, open_, 404),
        (make_employee(department="Warehouse"), open_, 404),
    ):
        assert browser(person).get(f"/attachments/{file.file_id}").status_code == status
    assert browser(carla).get(f"/files/{open_.file_id}").status_code in (403, 404)


def test_the_same_form_sent_again_keeps_its_files_once(browser, db):
    ada = make_employee()
    channel = make_channel(owner=ada)
    for _again in range(2):
        sent(browser(ada), f"/conversations/{channel.channel_id}/messages", content="Here", key="same")
    assert len(db.scalars(select(File)).all()) == 1


def test_erasing_the_customer_takes_the_files_along(browser, db, work):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    sent(browser(ada), f"/conversations/{channel.channel_id}/messages", content="Here", key="1")
    people.erase_customer(carla, actor=sign_ins.actor_for(make_employee("admin").person_id), reason="Asked")
    db.commit()
    work()
    assert db.scalars(select(File)).all() == []
