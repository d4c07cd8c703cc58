"""Mailboxes and mails by programs: passwords go in only, layouts come out harmless, addresses as one may see them."""

import io

import pytest

from app.core.access import SYSTEM
from app.mailboxes import queries
from app.people.consent import actions as consent
from tests.factories import make_channel, make_customer, make_employee
from tests.mailboxes.cast import channel_of, make_mail, make_mailbox, take

IMAP = {"imap_host": "127.0.0.1", "imap_port": 1, "imap_user": "hello", "imap_password": "top secret"}
NEW = {"address": "Desk@shop.example", "name": "The desk"}
PICTURE = "https://tracker.example/p.gif"


def test_a_mailbox_is_set_up_changed_and_switched_off(api, db):
    made = api.post("/mailboxes", {**NEW, **IMAP})
    here = made.headers["Location"]
    assert (made.status_code, made.json["address"], made.json["is_default"]) == (201, "desk@shop.example", True)
    assert made.json["has_password"] is True
    assert "top secret" not in made.text + api.get(here).text + api.get("/mailboxes").text
    off = api.patch(here, {"is_enabled": False}, headers=api.tag(here)).json
    assert (off["is_enabled"], off["imap_user"], off["has_password"]) == (False, "hello", True)
    assert queries.get_mailbox(made.json["id"]).imap_password == "top secret"
    assert api.get("/mailboxes").json["data"][0]["checked_at"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"name": " "}, "name"),
        ({"imap_host": "a b", "imap_user": "x"}, "imap_host"),
    ],
)
def test_what_makes_no_sense_is_refused(api, wrong, field):
    answer = api.post("/mailboxes", {**NEW, **wrong})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_a_check_says_what_the_server_says(api):
    here = api.post("/mailboxes", {**NEW, **IMAP, "imap_security": "none"}).headers["Location"]
    said = api.post(f"{here}/checks").json
    assert said["works"] is False
    assert "does not answer" in said["words"]


def test_the_secret_is_told_once_and_changes(api):
    here = api.post("/mailboxes", NEW).headers["Location"]
    first, second = (api.post(f"{here}/secret").json["secret"] for _time in range(2))
    assert first != second
    assert second not in api.get(here).text


def test_what_came_is_listed_with_what_was_held_back(api, program, db):
    mailbox = make_mailbox()
    take(mailbox, make_mail("ada@example.com"))
    make_employee(email="erin@lotus.example")
    take(mailbox, make_mail("erin@lotus.example"))
    found = api.get(f"/mailboxes/{mailbox.mailbox_id}/raw-mails").json["data"]
    assert [(one["sender"], one["mail_id"] is None) for one in found] == [
        ("erin@lotus.example", True),
        ("ada@example.com", False),
    ]
    blind = program(make_employee("admin"), "mailboxes.configure")
    masked = blind.get(f"/mailboxes/{mailbox.mailbox_id}/raw-mails").json["data"]
    assert [one["sender"] for one in masked] == ["e****@lotus.example", "a****@example.com"]


def test_a_mail_shows_its_layout_without_what_runs_or_fetches(api, program):
    mail = make_mail("ada@example.com", "Is it there?", Cc="bob@example.com")
    mail.add_alternative(f'<p onclick="x()">Is <b>it</b> there?<script>x()</script><img src="{PICTURE}"></p>', "html")
    kept = take(make_mailbox(), mail)
    shown = api.get(f"/mails/{kept.comm_id}").json
    assert "<b>it</b>" in shown["html"]
    assert "script" not in shown["html"]
    assert "onclick" not in shown["html"]
    assert PICTURE not in shown["html"]
    assert shown["has_remote_pictures"] is True
    assert (shown["from_address"], shown["cc"]) == ("ada@example.com", ["bob@example.com"])
    assert (shown["conversation_id"], shown["sending"]) == (str(channel_of(kept).channel_id), "")
    blind = program(make_employee("admin"), "conversations.read").get(f"/mails/{kept.comm_id}")
    assert "ada@" not in blind.text
    assert blind.json["cc"] == ["b****@example.com"]


def test_the_source_takes_the_right_to_addresses(api, program):
    kept = take(make_mailbox(), make_mail("ada@example.com"))
    here = f"/mails/{kept.comm_id}/source"
    assert b"ada@example.com" in api.get(here).data
    assert program(make_employee("admin"), "conversations.read").get(here).status_code == 403


def test_customers_read_no_mails(program):
    ada = make_customer(email="ada@example.com")
    kept = take(make_mailbox(), make_mail("ada@example.com"))
    assert program(ada, "conversations.read").get(f"/mails/{kept.comm_id}").status_code == 404


def test_an_email_goes_out_once_with_copies_and_files(api, work, mailbox):
    ada = make_customer(email="ada@example.com")
    make_mailbox()
    form = {"file": (io.BytesIO(b"The offer"), "offer.txt")}
    file = api("POST", f"/records/customer/{ada.person_id}/files", data=form).json
    words = {"subject": "Your lamp", "content": "It is here.", "cc": ["bob@example.com"], "files": [file["id"]]}
    answers = [
        api.post(f"/customers/{ada.person_id}/emails", words, headers={"Idempotency-Key": "once"}) for _time in range(2)
    ]
    made = answers[0]
    assert (made.status_code, made.json["sending"], made.json["to"]) == (201, "queued", ["ada@example.com"])
    assert [one["name"] for one in made.json["files"]] == ["offer.txt"]
    work()
    (sent,) = mailbox.messages
    assert (sent["Subject"], sent["Cc"]) == ("Your lamp", "bob@example.com")
    assert [part.get_filename() for part in sent.iter_attachments()] == ["offer.txt"]
    assert api.get(made.headers["Location"]).json["sending"] == "sent"


def test_an_email_of_a_conversation_takes_copies_and_no_foreign_files(api, admin):
    channel = make_channel(make_customer(email="ada@example.com"), owner=admin)
    make_mailbox()
    here = f"/conversations/{channel.channel_id}/messages"
    mail = {"kind": "email", "subject": "Your lamp", "content": "It is here.", "bcc": ["desk@lotus.example"]}
    said = api.post(here, mail).json
    assert api.get(f"/mails/{said['id']}").json["bcc"] == ["desk@lotus.example"]
    nothing = api.post(here, {**mail, "files": [str(channel.channel_id)]})
    assert (nothing.status_code, list(nothing.json["errors"])) == (422, ["files"])
    assert list(api.post(here, {"content": "Hello", "cc": ["a@example.com"]}).json["errors"]) == ["cc"]


def test_whoever_cannot_be_reached_is_not_written_to(api):
    nobody = make_customer(email=None)
    answer = api.post(f"/customers/{nobody.person_id}/emails", {"subject": "x", "content": "y"})
    assert (answer.status_code, "address" in answer.json["detail"]) == (409, True)


def test_news_and_offers_go_only_to_who_agreed(api, admin, db):
    ada = make_customer(email="ada@example.com")
    channel = make_channel(ada, owner=admin)
    make_mailbox()
    offer = {"subject": "Spring sale", "content": "Everything for less.", "purpose": "marketing"}
    ways = (
        (f"/customers/{ada.person_id}/emails", offer),
        (f"/conversations/{channel.channel_id}/messages", {"kind": "email", **offer}),
    )
    for path, body in ways:
        assert list(api.post(path, body).json["errors"]) == ["purpose"]
        assert api.post(path, {**body, "purpose": "song"}).status_code == 422
    consent.grant(ada, "email", "marketing", actor=SYSTEM, source="import", source_text="On paper")
    db.commit()
    assert [api.post(path, body).status_code for path, body in ways] == [201, 201]
