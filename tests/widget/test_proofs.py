"""What makes a visitor a customer, and what does not."""

import re
import time

import pytest
from sqlalchemy import func, select

from app.conversations.models import Channel
from app.people.models import Customer
from app.widget.actions import links
from app.widget.actions.proofs import signature_of
from app.widget.models import Visitor, WidgetCode, WidgetLink
from tests.factories import give_password, make_channel, make_customer, make_employee, make_widget


def signed(widget, customer, seconds=600, secret=None):
    expires = str(int(time.time()) + seconds)
    name = str(customer)
    return {"customer": name, "expires": expires, "signature": signature_of(secret or widget.secret, name, expires)}


def mailed_code(work, mailbox, address):
    work()
    letters = [mail for mail in mailbox.to(address) if "code" in mail["Subject"]]
    return re.match(r"\d{6}", letters[-1]["Subject"])[0] if letters else None


def test_a_signed_identity_makes_the_words_the_customer_s(frame, db):
    widget, carla = make_widget(), make_customer(first_name="Carla", reference="C-7")
    old = make_channel(carla, message="My history")
    one = frame(widget)
    chat = one.begin("I am new here")
    before = one.secret
    assert one.post("/identity", **signed(widget, "C-7")).status_code == 200
    assert one.secret != before
    listed = one.get("/chats").get_data(as_text=True)
    assert "I am new here" in listed
    assert "My history" in listed
    assert db.get(Channel, chat).customer_id == carla.person_id
    assert frame(widget, before).get("/chats").status_code == 401
    assert old.customer_id == carla.person_id


@pytest.mark.parametrize(
    "spoil",
    [
        {"signature": "0" * 64},
        {"signature": ""},
        {"expires": "9" * 11},
        {"expires": "-1"},
        {"expires": "²"},
        {"customer": "C-8"},
    ],
)
def test_a_wrong_identity_leaves_a_visitor(frame, spoil):
    widget = make_widget()
    make_customer(reference="C-7")
    make_customer(reference="C-8")
    one = frame(widget)
    one.begin()
    before = one.secret
    assert one.post("/identity", **{**signed(widget, "C-7"), **spoil}).status_code == 422
    assert one.secret == before
    assert one.get("/chats").status_code == 200


def test_a_stale_identity_one_too_far_ahead_and_one_of_another_widget_prove_nothing(frame):
    widget, carla = make_widget(), make_customer()
    for given in (
        signed(widget, carla.person_id, seconds=-1),
        signed(widget, carla.person_id, seconds=90_000),
        signed(widget, carla.person_id, secret="another"),
    ):
        assert frame(widget).post("/identity", **given).status_code == 422


def test_somebody_deactivated_is_nobody(frame, db):
    widget, carla = make_widget(), make_customer()
    carla.deactivated_at = carla.created_at
    db.commit()
    assert frame(widget).post("/identity", **signed(widget, carla.person_id)).status_code == 422


def test_claims_show_and_change_nothing_of_the_customer(frame, db):
    """T105."""
    widget = make_widget(asks_email="optional", asks_name="optional")
    carla = make_customer(first_name="Carla", email="carla@example.com")
    make_channel(carla, message="My secret history")
    one = frame(widget)
    chat = one.begin(
        email="carla@example.com", name="Mallory", customer=str(carla.person_id), customer_id=str(carla.person_id)
    )
    one.post("/address", email="carla@example.com")
    one.post(f"/chats/{chat}/messages", content="It is me", customer_id=str(carla.person_id))
    assert "My secret history" not in one.get("/chats").get_data(as_text=True)
    db.refresh(carla)
    assert (carla.first_name, carla.email, carla.version) == ("Carla", "carla@example.com", 1)
    channel = db.get(Channel, chat)
    assert channel.customer_id is None
    assert db.get(Visitor, channel.visitor_id).name == "Mallory (not verified)"


def test_a_code_by_mail_finds_the_customer_and_their_topics(frame, work, mailbox, db):
    widget, carla = make_widget(), make_customer(email="carla@example.com", first_name="Carla")
    make_channel(carla, message="My history")
    one = frame(widget)
    chat = one.begin()
    assert one.post("/codes", email="Carla@example.com").status_code == 204
    code = mailed_code(work, mailbox, "carla@example.com")
    assert one.post("/codes/proof", code=f" {code[:3]} {code[3:]} ").status_code == 200
    assert "My history" in one.get("/chats").get_data(as_text=True)
    assert db.get(Channel, chat).customer_id == carla.person_id
    assert one.post("/codes/proof", code=code).status_code == 409


def test_a_code_makes_a_new_customer(frame, work, mailbox, db):
    one = frame(make_widget(asks_name="optional"))
    chat = one.begin(name="Nadia")
    one.post("/codes", email="nadia@example.com")
    one.post("/codes/proof", code=mailed_code(work, mailbox, "nadia@example.com"))
    nadia = db.scalars(select(Customer).where(Customer.email == "nadia@example.com")).one()
    assert (nadia.name, nadia.stage, nadia.source) == ("Nadia", "lead", "widget")
    assert nadia.email_verified_at is not None
    assert db.get(Channel, chat).customer_id == nadia.person_id


def test_a_password_nobody_proved_opens_nothing_after_the_owner_came(frame, work, mailbox, db):
    squatted = give_password(make_customer(email="ada@example.com"))
    one = frame(make_widget())
    one.begin()
    one.post("/codes", email="ada@example.com")
    one.post("/codes/proof", code=mailed_code(work, mailbox, "ada@example.com"))
    db.refresh(squatted)
    assert squatted.password_hash is None
    assert squatted.email_verified_at is not None


def test_five_tries_and_not_one_more(frame, work, mailbox):
    one = frame(make_widget())
    one.begin()
    one.post("/codes", email="ada@example.com")
    code = mailed_code(work, mailbox, "ada@example.com")
    wrong = "000000" if code != "000000" else "111111"
    assert [one.post("/codes/proof", code=wrong).status_code for _try in range(5)] == [422] * 5
    assert one.post("/codes/proof", code=code).status_code == 422


def test_an_old_code_and_a_replaced_one_prove_nothing(frame, work, mailbox, db):
    one = frame(make_widget())
    one.begin()
    one.post("/codes", email="ada@example.com")
    first = mailed_code(work, mailbox, "ada@example.com")
    one.post("/codes", email="ada@example.com")
    second = mailed_code(work, mailbox, "ada@example.com")
    if first != second:
        assert one.post("/codes/proof", code=first).status_code == 422
    for code in db.scalars(select(WidgetCode)):
        code.expires_at = code.created_at
    db.commit()
    assert one.post("/codes/proof", code=second).status_code == 422


def test_every_address_gets_the_same_answer_and_codes_are_few(frame, work, mailbox, db):
    make_employee(email="boss@lotus.example")
    one = frame(make_widget())
    one.begin()
    answers = [one.post("/codes", email=email) for email in ("boss@lotus.example", "nobody@example.com")]
    assert {(answer.status_code, answer.data) for answer in answers} == {(204, b"")}
    assert mailed_code(work, mailbox, "boss@lotus.example") is None
    codes = [one.post("/codes", email=f"more{number}@example.com").status_code for number in range(5)]
    assert codes[-1] == 429
    assert one.post("/codes", email="nonsense").status_code == 422


def test_only_a_visitor_is_sent_codes(frame):
    one = frame(make_widget())
    assert one.post("/codes", email="ada@example.com").status_code == 401


def test_a_link_goes_on_elsewhere_once(frame, db):
    widget, carla = make_widget(), make_customer(first_name="Carla")
    one = frame(widget)
    assert one.begin()
    assert one.post("/links").status_code == 403
    one.post("/identity", **signed(widget, carla.person_id))
    page = one.post("/links").get_data(as_text=True)
    address, token = re.search(r'value="([^"#]+)#go=([^"]+)"', page).groups()
    assert address == f"http://crm.test/widget/{widget.key}"
    phone = frame(widget)
    assert phone.get().status_code == 200  # what a mail scanner does changes nothing
    assert phone.post("/links/proof", token=token).status_code == 200
    assert phone.get("/chats").status_code == 200
    assert frame(widget).post("/links/proof", token=token).status_code == 404
    assert token.encode() not in db.scalars(select(WidgetLink.token_hash)).one()


def test_a_link_of_a_visitor_proves_its_address_to_whoever_opens_it_and_nothing_to_the_visitor(frame, db):
    widget, carla = make_widget(asks_email="optional"), make_customer(email="carla@example.com")
    mallory = frame(widget)
    chat = mallory.begin(email="carla@example.com")
    visitor_id = db.get(Channel, chat).visitor_id
    link = links.for_mail(widget, visitor_id, db.get(Channel, chat).channel_id, "carla@example.com")
    db.commit()
    hers = frame(widget)
    assert hers.post("/links/proof", token=link.split("#go=")[1]).json["chat"] == chat
    db.expire_all()
    assert db.get(Channel, chat).customer_id == carla.person_id
    assert hers.get(f"/chats/{chat}").status_code == 200
    assert mallory.get(f"/chats/{chat}").status_code == 404
    assert "gift-wrap" not in mallory.get("/chats").get_data(as_text=True)
    assert db.scalar(select(func.count()).select_from(Customer)) == 1
