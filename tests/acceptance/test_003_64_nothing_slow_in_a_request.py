"""003-64: a request writes down what is slow, mail and imports, and a worker does it, whatever the mail server does."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.core.jobs import Job
from app.engine.imports.models import ImportRow
from app.engine.notices.models import OutgoingMail
from tests.factories import PASSWORD, give_password, make_channel, make_customer, make_employee
from tests.importing import address_of, send

QUICK_SECONDS = 3.0  # a page takes some hundredths of it; a mail server that never answers takes twenty


@pytest.fixture
def silent_server(app, monkeypatch) -> Iterator[socket.socket]:
    """A mail server that lets nobody in; whoever knocks is seen and waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"smtp://127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setitem(app.extensions, "rapport", replace(app.extensions["rapport"], smtp_url=address))
        yield listener


def somebody_knocked(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def requests_that_mail(browser):
    """(what, browser, address, form, whom it writes to)"""
    carla, ravi, ada = give_password(make_customer()), make_employee(), make_employee("admin")
    channel = make_channel(carla, owner=ravi)
    nobody, agent, admin = browser(), browser(ravi), browser(ada)
    new = {"first_name": "Una", "last_name": "New"}
    yield "sign-up", nobody, "/sign-up", {**new, "email": "una@example.com", "password": PASSWORD}, "una@example.com"
    yield "reset", nobody, "/forgot", {"email": carla.email}, carla.email
    hired = {**new, "email": "una@lotus.example", "department": "Support", "role": "agent"}
    yield "invitation", admin, "/staff", hired, "una@lotus.example"
    written = {"key": "k" * 32, "subject": "Your vase", "content": "It is here."}
    yield "email", agent, f"/customers/{carla.person_id}/email", written, carla.email
    yield "closure", agent, f"/conversations/{channel.channel_id}/closure", {}, carla.email


def test_no_request_waits_for_the_mail_server(browser, db, work, mailbox, silent_server, monkeypatch):  # noqa: PLR0917
    recipients = []
    for what, window, address, form, recipient in requests_that_mail(browser):
        begun = time.monotonic()
        answer = window.post(address, form)
        assert time.monotonic() - begun < QUICK_SECONDS, what
        assert answer.status_code in (200, 303), what
        recipients.append((what, recipient))
    assert set(db.execute(select(OutgoingMail.state, OutgoingMail.attempts)).tuples()) == {("queued", 0)}
    assert not somebody_knocked(silent_server)
    monkeypatch.undo()
    work()
    for what, recipient in recipients:
        assert mailbox.to(recipient), what


def test_the_worker_is_who_talks_to_the_mail_server(browser, db, work, silent_server, monkeypatch):
    monkeypatch.setattr("app.engine.smtp.server.CONNECT_SECONDS", 0.2)
    carla = give_password(make_customer())
    browser().post("/forgot", {"email": carla.email})
    assert not somebody_knocked(silent_server)
    work()
    assert somebody_knocked(silent_server)
    mail = db.scalars(select(OutgoingMail).where(OutgoingMail.address == carla.email)).one()
    assert mail.state == "queued"


def test_what_waited_is_sent_when_the_server_is_back(browser, db, work, mailbox):
    carla = give_password(make_customer())
    browser().post("/forgot", {"email": carla.email})
    assert not mailbox.to(carla.email)
    work()
    assert len(mailbox.to(carla.email)) == 1


def test_an_import_only_starts(db, browser):
    manager = browser(make_employee("manager"))
    address = address_of(send(manager, "Name\nCarla Moreau\n"))
    assert manager.post(f"{address}/run", {"mode": "run"}).status_code == 303
    assert db.scalar(select(func.count()).select_from(ImportRow)) == 0
    assert db.scalars(select(Job.lane).where(Job.name == "imports.run")).one() == "bulk"
