"""Mail fetched from a real Dovecot: each one once, whatever happens between."""

import pytest
from sqlalchemy import func, select

from app.conversations.models import Channel
from app.core.errors import Invalid
from app.mailboxes.actions import polling, taking
from app.mailboxes.fetching import Inbox
from app.mailboxes.models import Mailbox, RawMail
from tests import dovecot
from tests.mailboxes.cast import make_mail, make_mailbox

pytestmark = pytest.mark.skipif(not dovecot.is_installed(), reason="Dovecot is not installed (Debian: dovecot-imapd)")


@pytest.fixture(scope="module")
def server():
    with dovecot.Dovecot() as running:
        yield running


@pytest.fixture
def user(request):
    return f"{request.node.name[:40].replace('[', '-')}@lotus.example"


def box_at(server, user, **what_matters):
    return make_mailbox(
        **{
            "imap_host": "127.0.0.1",
            "imap_port": server.port,
            "imap_security": "none",
            "imap_user": user,
            "imap_password": dovecot.PASSWORD,
            **what_matters,
        }
    )


def taken(db):
    return db.scalar(select(func.count()).select_from(RawMail))


def test_mail_counts_from_the_moment_of_setup_and_is_marked_as_seen(server, user, db):
    server.deliver(make_mail(Subject="Long ago").as_bytes(), user)
    box = box_at(server, user)
    assert polling.fetch(box.mailbox_id) == 0
    for number in range(3):
        server.deliver(make_mail(Subject=f"Matter {number}").as_bytes(), user)
    assert polling.fetch(box.mailbox_id) == 3
    assert polling.fetch(box.mailbox_id) == 0
    assert taken(db) == 3
    assert server.unseen(user) == 1
    assert db.get(Mailbox, box.mailbox_id, populate_existing=True).checked_at is not None


def test_the_clock_lets_each_mailbox_be_fetched(server, user, db, work):
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    server.deliver(make_mail().as_bytes(), user)
    assert polling.ring() == 1
    db.commit()
    work()
    assert taken(db) == 1


def test_a_crash_between_storing_and_marking_leaves_no_second_one(server, user, db, monkeypatch):
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    server.deliver(make_mail().as_bytes(), user)
    with monkeypatch.context() as patch:
        patch.setattr(Inbox, "mark_seen", lambda _inbox, uids: _crash() if uids else None)
        with pytest.raises(KeyboardInterrupt):
            polling.fetch(box.mailbox_id)
    db.rollback()
    assert (taken(db), server.unseen(user)) == (1, 1)
    polling.fetch(box.mailbox_id)
    assert (taken(db), server.unseen(user)) == (1, 0)


def test_a_crash_before_storing_loses_nothing(server, user, db, monkeypatch):
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    for number in range(3):
        server.deliver(make_mail(Subject=f"Matter {number}").as_bytes(), user)
    with monkeypatch.context() as patch:
        patch.setattr(polling, "_remember", lambda *_what: _crash())
        with pytest.raises(KeyboardInterrupt):
            polling.fetch(box.mailbox_id)
    db.rollback()
    assert taken(db) == 0
    assert polling.fetch(box.mailbox_id) == 3
    assert taken(db) == 3


def test_a_crash_between_portions_brings_nothing_twice(server, user, db, monkeypatch):
    monkeypatch.setattr(polling, "TOGETHER", 2)
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    for number in range(5):
        server.deliver(make_mail(Subject=f"Matter {number}").as_bytes(), user)
    right, portions = polling._mark_taken, []

    def mark_taken(*what):
        portions.append(what)
        return _crash() if len(portions) == 3 else right(*what)

    with monkeypatch.context() as patch:
        patch.setattr(polling, "_mark_taken", mark_taken)
        with pytest.raises(KeyboardInterrupt):
            polling.fetch(box.mailbox_id)
    db.rollback()
    assert (taken(db), server.unseen(user)) == (4, 3)
    assert polling.fetch(box.mailbox_id) == 1
    assert (taken(db), server.unseen(user)) == (5, 0)


def test_one_that_breaks_does_not_stop_the_others(server, user, db, monkeypatch):
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    for subject in ("fine", "broken", "fine too"):
        server.deliver(make_mail(Subject=subject).as_bytes(), user)
    right = taking.parse

    def parse(raw):
        if b"broken" in raw:
            raise RuntimeError("a fault of ours")
        return right(raw)

    monkeypatch.setattr(taking, "parse", parse)
    assert polling.fetch(box.mailbox_id) == 3
    outcomes = db.scalars(select(RawMail.outcome).order_by(RawMail.uid)).all()
    assert outcomes == ["new conversation", "held back: not understood", "new conversation"]


def test_one_that_the_database_refuses_does_not_stop_the_others(server, user, db, monkeypatch):
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    for subject in ("fine", "broken", "fine too"):
        server.deliver(make_mail(f"{subject.replace(' ', '-')}@example.com", Subject=subject).as_bytes(), user)
    right = taking.subject_key
    monkeypatch.setattr(taking, "subject_key", lambda subject: "\x00" if subject == "broken" else right(subject))
    assert polling.fetch(box.mailbox_id) == 3
    outcomes = db.scalars(select(RawMail.outcome).order_by(RawMail.uid)).all()
    assert outcomes == ["new conversation", "held back: not understood", "new conversation"]
    assert db.scalar(select(func.count()).select_from(Channel)) == 2
    assert polling.fetch(box.mailbox_id) == 0


def test_a_server_that_numbers_anew_brings_nothing_twice(server, user, db):
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    for number in range(2):
        server.deliver(make_mail(Subject=f"Matter {number}").as_bytes(), user)
    polling.fetch(box.mailbox_id)
    before = db.get(Mailbox, box.mailbox_id, populate_existing=True).uid_validity
    server.renumber(user)
    server.deliver(make_mail(Subject="After it").as_bytes(), user)
    polling.fetch(box.mailbox_id)
    assert db.get(Mailbox, box.mailbox_id, populate_existing=True).uid_validity != before
    assert taken(db) == 3
    server.deliver(make_mail(Subject="And on").as_bytes(), user)
    polling.fetch(box.mailbox_id)
    assert taken(db) == 4


def test_a_mail_too_large_is_named(server, user, db, monkeypatch):
    monkeypatch.setattr(polling, "LARGEST_BYTES", 1000)
    box = box_at(server, user)
    polling.fetch(box.mailbox_id)
    server.deliver(make_mail(words="long " * 1000, Subject="Big").as_bytes(), user)
    polling.fetch(box.mailbox_id)
    kept = db.scalars(select(RawMail)).one()
    assert (kept.outcome, kept.subject) == ("held back: too large", "Big")


def test_a_wrong_password_or_a_dead_server_is_said_in_words(server, user, db):
    box = box_at(server, user, imap_password="wrong")
    polling.fetch(box.mailbox_id)
    shown = db.get(Mailbox, box.mailbox_id, populate_existing=True)
    assert "user or password" in shown.last_error
    assert shown.failing_since is not None
    shown.imap_port = 1
    with pytest.raises(Invalid) as refusal:
        polling.check(shown)
    assert "does not answer" in refusal.value.errors["imap_host"][0]


def _crash():
    raise KeyboardInterrupt
