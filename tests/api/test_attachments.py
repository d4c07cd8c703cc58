"""Files with messages, drafts and transcripts by programs: only for whoever may read what was said."""

import base64
import io

import pytest

from app.accounts import sign_ins
from app.conversations.actions import notes
from app.conversations.actions.attaching import Upload, attach
from tests.factories import make_channel, make_customer, make_employee, post


@pytest.fixture
def carla(db):
    return make_customer(first_name="Carla", email="carla@example.com")


@pytest.fixture
def channel(carla, admin):
    return make_channel(carla, owner=admin, message="Where is my lamp?")


def add(program, channel, words="The offer", name="offer.txt", **fields):
    form = {"file": (io.BytesIO(words.encode()), name), **fields}
    return program("POST", f"/conversations/{channel.channel_id}/attachments", data=form)


def test_a_file_goes_with_a_message_and_comes_back(api, channel):
    made = add(api, channel, content="Here it is.")
    assert (made.status_code, made.json["name"]) == (201, "offer.txt")
    message = api.get(f"/conversations/{channel.channel_id}/messages/{made.json['message_id']}").json
    assert (message["content"], [one["id"] for one in message["files"]]) == ("Here it is.", [made.json["id"]])
    assert api.get(made.headers["Location"]).json == made.json
    content = api.get(f"{made.headers['Location']}/content").json["content"]
    assert base64.b64decode(content) == b"The offer"
    assert [one["id"] for one in api.get(f"/conversations/{channel.channel_id}/attachments").json["data"]] == [
        made.json["id"]
    ]


def test_a_file_sent_again_is_there_once(api, channel):
    form = {"Idempotency-Key": "once"}
    for _time in range(2):
        sent = {"file": (io.BytesIO(b"The offer"), "offer.txt")}
        answer = api("POST", f"/conversations/{channel.channel_id}/attachments", data=sent, headers=form)
        assert answer.status_code == 201
    found = api.get(f"/conversations/{channel.channel_id}/attachments").json["data"]
    assert [one["name"] for one in found] == ["offer.txt"]
    assert [one["content"] for one in api.get(f"/conversations/{channel.channel_id}/messages").json["data"]][1:] == [
        "offer.txt"
    ]


def test_customers_send_files_and_see_none_of_notes(api, program, channel, carla, admin):
    theirs = program(carla, "conversations.read", "conversations.request")
    assert add(theirs, channel, name="photo.txt").status_code == 201
    hidden = add(api, channel, name="credit.txt", kind="note").json
    assert [one["name"] for one in theirs.get(f"/conversations/{channel.channel_id}/attachments").json["data"]] == [
        "photo.txt"
    ]
    assert theirs.get(f"/attachments/{hidden['id']}").status_code == 404
    assert theirs.get(f"/attachments/{hidden['id']}/content").status_code == 404
    assert theirs.get(f"/conversations/{channel.channel_id}/messages/{hidden['message_id']}").status_code == 404
    assert add(theirs, channel, kind="note").status_code == 422
    stranger = program(make_customer(), "conversations.read", "conversations.request")
    assert add(stranger, channel).status_code == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({}, 422),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "colour": "red"}, 422),
        ({"file": (io.BytesIO(b""), "a.txt")}, 422),
        ({"file": (io.BytesIO(b"MZ\x90\x00" * 20), "a.exe")}, 422),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "content": "x" * 10_001}, 422),
        ({"file": (io.BytesIO(b"x"), "a.txt"), "kind": "email"}, 422),
    ],
)
def test_what_makes_no_sense_is_refused_and_says_nothing(api, channel, form, status):
    here = f"/conversations/{channel.channel_id}"
    answer = api("POST", f"{here}/attachments", data=form, content_type="multipart/form-data")
    assert answer.status_code == status, answer.text
    assert len(api.get(f"{here}/messages").json["data"]) == 1


def test_pages_of_files_go_on(api, channel, admin, db):
    said = post(channel, admin, "Three papers")
    papers = [Upload(f"{number}.txt", io.BytesIO(str(number).encode())) for number in range(3)]
    attach(channel.channel_id, said.comm_id, papers, actor=sign_ins.actor_for(admin.person_id))
    db.commit()
    first = api.get(f"/conversations/{channel.channel_id}/attachments?limit=2").json
    then = api.get(first["next"]).json
    assert [one["name"] for one in first["data"] + then["data"]] == ["2.txt", "1.txt", "0.txt"]
    assert then["next"] is None


def test_drafts_are_ones_own(api, program, channel):
    here = f"/conversations/{channel.channel_id}/drafts"
    for words in ("It is", "It is on its way"):
        assert api.post(here, {"content": words}).json["content"] == words
    api.post(here, {"mode": "note", "content": "Check the stock"})
    assert [(one["mode"], one["content"]) for one in api.get(here).json["data"]] == [
        ("note", "Check the stock"),
        ("reply", "It is on its way"),
    ]
    colleague = program(make_employee("manager"))
    assert colleague.get(here).json["data"] == []
    assert colleague("DELETE", f"{here}/reply").status_code == 404
    assert api("DELETE", f"{here}/reply").json["content"] == "It is on its way"
    assert api.get(f"{here}/reply").status_code == 404
    assert api.post(here, {"mode": "song", "content": "x"}).status_code == 422


def test_a_transcript_is_read_without_notes(program, channel, carla, admin, db):
    post(channel, admin, "On its way")
    notes.post_note(channel, "She paid late twice", actor=sign_ins.actor_for(admin.person_id))
    db.commit()
    here = f"/conversations/{channel.channel_id}/transcript"
    for reader in (program(admin), program(carla, "conversations.read", "conversations.request")):
        text = reader.get(here)
        assert (text.status_code, text.mimetype) == (200, "text/plain")
        assert [line.rpartition(": ")[2] for line in text.text.splitlines()] == ["Where is my lamp?", "On its way"]
    assert program(make_customer(), "conversations.read").get(here).status_code == 404


def test_a_transcript_goes_to_its_customer_once(program, channel, carla, work, mailbox):
    here = f"/conversations/{channel.channel_id}/transcript"
    blind = program(make_employee("admin"), "conversations.read", "conversations.answer")
    assert blind.post(here).json["sent_to"] == "c****@example.com"
    theirs = program(carla, "conversations.read", "conversations.request")
    assert theirs.post(here).json["sent_to"] == "carla@example.com"
    work()
    assert [mail["To"] for mail in mailbox.messages if "conversation" in mail["Subject"]] == ["carla@example.com"]
    assert program(carla, "conversations.read").post(here).status_code == 403
