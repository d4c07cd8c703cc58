"""004-34, 004-35, 004-36: what was said has sender, receiver, content and date; calls a duration, emails a subject."""

from sqlalchemy import text

from app.accounts import sign_ins
from app.conversations.actions import messages
from app.core import schema_check
from app.mailboxes.actions import sending
from tests.factories import make_channel, make_customer, make_employee, post


def test_all_kinds_are_read_through_one_table(db):
    carla, ada = make_customer(), make_employee()
    actor = sign_ins.actor_for(ada.person_id)
    post(make_channel(carla, owner=ada), ada, "Hello")
    messages.log_call(carla, actor=actor, duration_seconds=90, notes="Asked for a price", is_incoming=True)
    sending.send_mail(carla, sending.Draft("The price", "Ten pounds."), actor=actor)
    db.commit()
    rows = db.execute(
        text("SELECT tableoid::regclass::text, kind, sender_id, receiver_id, content FROM communications ORDER BY at")
    ).all()
    assert [tuple(row) for row in rows] == [
        ("chats", "chat", carla.person_id, None, "Hello"),
        ("chats", "chat", ada.person_id, carla.person_id, "Hello"),
        ("phones", "phone", carla.person_id, ada.person_id, "Asked for a price"),
        ("emails", "email", ada.person_id, carla.person_id, "Ten pounds."),
    ]
    assert db.scalar(text("SELECT duration_seconds FROM phones")) == 90
    assert db.scalar(text("SELECT subject FROM emails")) == "The price"
    assert db.scalar(text("SELECT count(*) FROM communication_registry")) == 4


def test_the_children_have_all_that_inheritance_leaves_out(db):
    children = [child for parent, child in schema_check.children() if parent == "communications"]
    assert children == ["chats", "emails", "phones", "private_notes"]
    assert list(schema_check.problems()) == []
