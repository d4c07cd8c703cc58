"""004-05: visitors of a web page talk live with employees; nobody else hears it, and no note is heard."""

import pytest

from app.accounts import sign_ins
from app.conversations.actions import notes
from app.conversations.models import Channel
from tests.factories import make_customer, make_employee, make_visitor, make_widget
from tests.widget.conftest import Frame
from tests.widget.test_talk import answer

PLAIN = {"Accept": "text/event-stream"}


@pytest.fixture
def talk(app, db):
    """A visitor's chat that an employee has answered."""
    visitor = Frame(app, make_widget())
    chat = visitor.begin()
    answer(db, chat)
    return visitor, chat


def listen(server, frame, chat, secret=None, person=None):
    known = {"Authorization": f"Visitor {secret}"} if secret else {}
    return server.browser(person).listen(f"{frame.here}/chats/{chat}/stream?after=0", **known)


def test_a_stream_brings_what_is_said_and_no_private_note(server, talk, db):
    """T107."""
    visitor, chat = talk
    line = listen(server, visitor, chat, visitor.secret)
    line.wait_for_text("We do!")
    ada = sign_ins.actor_for(make_employee().person_id)
    notes.post_note(db.get(Channel, chat), "A difficult one", actor=ada)
    db.commit()
    visitor.post(f"/chats/{chat}/messages", content="Lovely")
    line.wait_for_text("Lovely")
    assert "difficult" not in str(line.events)


def test_nobody_else_opens_the_stream(server, talk):
    """T101 and T103: the secret is a header of one browser; no copy of an address opens anything."""
    visitor, chat = talk
    assert listen(server, visitor, chat).status == 401
    assert listen(server, visitor, chat, person=make_customer()).status == 401
    assert listen(server, visitor, chat, person=make_employee("admin")).status == 401
    assert listen(server, visitor, chat, secret=make_visitor().session_id).status == 404
    address = f"{visitor.here}/chats/{chat}/stream?after=0&secret={visitor.secret}"
    assert server.browser().ask("GET", address, **PLAIN)[0] == 401


def test_streams_of_one_visitor_are_capped(server, talk):
    """T109."""
    visitor, chat = talk
    lines = [listen(server, visitor, chat, visitor.secret) for _number in range(21)]
    assert [line.status for line in lines] == [200] * 20 + [429]
