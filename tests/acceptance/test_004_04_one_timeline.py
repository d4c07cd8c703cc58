"""004-04: chats, calls and emails stand in one timeline of the customer, and can be filtered by kind."""

from app.accounts import sign_ins
from app.conversations.actions import messages
from app.mailboxes.actions import sending
from app.people import timeline
from tests.factories import make_channel, make_customer, make_employee


def test_every_kind_is_in_the_timeline(db):
    carla, ada = make_customer(), make_employee("manager")
    actor = sign_ins.actor_for(ada.person_id)
    make_channel(carla, owner=ada, closed=True, message="Where is my order?")
    messages.log_call(carla, actor=actor, duration_seconds=240, notes="Asked again", outcome="Reached")
    sending.send_mail(carla, sending.Draft("Your order", "It left today."), actor=actor)
    db.commit()
    items = timeline.list_items(actor, carla.person_id, kinds=["chat", "phone", "email"])
    assert [item.kind for item in items] == ["email", "phone", "chat", "chat"]
    assert [item.title for item in items] == [
        "Email: Your order",
        "Call · 4 min · Reached",
        "Chat closed",
        "Chat began",
    ]
    only_calls = timeline.list_items(actor, carla.person_id, kinds=["phone"])
    assert [item.detail for item in only_calls] == ["Asked again"]


def test_the_timeline_shows_only_what_its_reader_may_open(db):
    carla, sam = make_customer(), make_employee("agent", department="Support")
    sue, ada = make_employee("agent", department="Sales"), make_employee("manager")
    make_channel(carla, owner=sam, closed=True, message="Between you and me")
    messages.log_call(carla, actor=sign_ins.actor_for(sam.person_id), duration_seconds=60, notes="Call", outcome="")
    db.commit()
    shown = {
        reader.name: [item.title for item in timeline.list_items(sign_ins.actor_for(reader.person_id), carla.person_id)]
        for reader in (sam, sue, ada)
    }
    assert "Chat began" in shown[sam.name]
    assert shown[ada.name] == shown[sam.name]
    assert "Call · 1 min" in shown[sue.name]
    assert "Chat began" not in shown[sue.name]
