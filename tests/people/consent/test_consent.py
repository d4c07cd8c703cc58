"""Consent: what is recorded, what holds, and that nothing of it is rewritten."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Conflict, Invalid, TooManyRequests
from app.engine.events.models import Event
from app.engine.filters.tree import read
from app.people import actions as people
from app.people import queries as customers
from app.people.consent import actions, links, queries
from app.people.consent.models import Consent
from app.people.duplicates import actions as merges
from app.people.queries import CustomerFilter
from tests.factories import make_customer, make_employee

EMAIL, PHONE = ("email", "marketing"), ("phone", "marketing")


def _grant(customer, pair=PHONE, **more):
    made = actions.grant(
        customer, *pair, actor=SYSTEM, **{"source": "employee", "source_text": "said on the phone", **more}
    )
    database.session.commit()
    return made


def _withdraw(customer, *pairs, **more):
    gone = actions.withdraw([customer.person_id], pairs or [PHONE], actor=SYSTEM, source="portal", **more)
    database.session.commit()
    return gone


def _state(customer, pair=PHONE):
    held = queries.find_standing(customer.person_id, *pair)
    return held.state if held else None


def _may(pair=PHONE):
    return set(database.session.scalars(queries.may_be_written_to(*pair)))


def test_marketing_begins_without_consent_and_service_needs_none(db):
    ada = make_customer()
    assert _may() == set()
    assert _may(("email", "service")) == {ada.person_id}


def test_the_newest_line_holds(db):
    ada = make_customer()
    _grant(ada)
    assert _may() == {ada.person_id}
    _withdraw(ada)
    assert _may() == set()
    _grant(ada)
    assert _may() == {ada.person_id}
    assert [one.state for one in db.scalars(select(Consent).order_by(Consent.recorded_at))] == [
        "granted",
        "withdrawn",
        "granted",
    ]


def test_a_line_has_wording_proof_and_who_wrote_it_down(db):
    agent = make_employee()
    ada = make_customer()
    made = actions.grant(
        ada,
        *PHONE,
        actor=sign_ins.actor_for(agent.person_id),
        source="employee",
        source_text="form signed",
        ip="10.0.0.7",
        happened_at=now() - timedelta(days=3),
    )
    line = queries.get_line(made.person_id, made.consent_id)
    assert (line.wording_version, line.source_text, line.ip, line.by) == (1, "form signed", "10.0.0.7", agent.name)
    assert line.happened_at < line.recorded_at
    event = db.scalars(select(Event).where(Event.type == "consent.granted")).one()
    assert event.payload == {"channel": "phone", "purpose": "marketing", "consent_id": str(made.consent_id)}


def test_what_was_withdrawn_later_than_an_older_agreement_stays_withdrawn(db):
    ada = make_customer()
    _withdraw(ada)
    _grant(ada, happened_at=now() - timedelta(days=30))
    assert _state(ada) == "withdrawn"


def test_a_grant_twice_is_one_line_until_the_words_change(db):
    ada = make_customer()
    first = _grant(ada)
    assert _grant(ada).consent_id == first.consent_id
    actions.change_wording("marketing", "Yes to news.", actor=SYSTEM)
    again = _grant(ada)
    assert again.consent_id != first.consent_id
    assert queries.get_line(again.person_id, again.consent_id).wording_version == 2
    assert queries.get_line(first.person_id, first.consent_id).wording_version == 1


@pytest.mark.parametrize(
    ("pair", "more", "field"),
    [
        (PHONE, {"source_text": " "}, "source_text"),
        (("email", "service"), {}, "purpose"),
        (("telex", "marketing"), {}, "channel"),
        (PHONE, {"happened_at": now() + timedelta(days=2)}, "happened_at"),
    ],
)
def test_what_cannot_be_recorded(db, pair, more, field):
    with pytest.raises(Invalid) as refusal:
        _grant(make_customer(), pair, **more)
    assert field in refusal.value.errors


def test_the_log_is_never_changed(db):
    made = _grant(make_customer())
    for statement in (
        "UPDATE consents SET state = 'withdrawn'",
        "UPDATE consents SET source_text = '', ip = ''",
        "DELETE FROM consents",
        "UPDATE consent_wordings SET body = 'x'",
        "DELETE FROM consent_wordings",
        "TRUNCATE consents",
    ):
        with pytest.raises(DatabaseError, match="never changed"):
            db.execute(text(statement))
        db.rollback()
    assert db.get(Consent, made.consent_id).state == "granted"


def test_email_told_by_others_waits_for_the_customer(db, work, mailbox, browser):
    ada = make_customer(email_verified_at=now())
    made = _grant(ada, EMAIL)
    assert made.state == "pending"
    assert _may(EMAIL) == set()
    work()
    said = mailbox.messages[-1].get_body(("plain",)).get_content()
    visitor, here = browser(), re.search(r"http://crm\.test(/c/\S+)", said)[1]
    assert "Yes, I agree" in visitor.get(here).get_data(as_text=True)
    assert _may(EMAIL) == set()  # a program that opens links confirms nothing
    visitor.post(here)
    visitor.post(here)
    assert _may(EMAIL) == {ada.person_id}
    assert db.scalars(select(Consent.source).order_by(Consent.recorded_at)).all() == ["employee", "link"]
    visitor.post(here + "/withdrawal")
    assert _may(EMAIL) == set()
    assert "We will not write to you" in visitor.get(here).get_data(as_text=True)


def test_a_link_confirms_nothing_for_another_mailbox_or_after_a_withdrawal(db, browser):
    ada, bob = make_customer(), make_customer()
    made, other = _grant(ada, EMAIL), _grant(bob, EMAIL)
    token = links.token_of(made, ada.email)
    ada.email = "elsewhere@example.com"
    db.commit()
    assert browser().post(f"/c/{token}").status_code == 409
    _withdraw(bob, EMAIL)
    assert browser().post(f"/c/{links.token_of(other, bob.email)}").status_code == 409
    assert _may(EMAIL) == set()
    assert browser().get("/c/forged").status_code == 404


def test_a_person_is_not_buried_in_mails_that_ask(db):
    ada = make_customer()
    for _mail in range(5):
        _grant(ada, EMAIL)
    with pytest.raises(TooManyRequests):
        _grant(ada, EMAIL)


def test_withdrawing_everything_holds_for_what_was_never_granted_too(db):
    ada = make_customer()
    _grant(ada)
    assert actions.withdraw_all(ada, actor=SYSTEM, source="portal") == 6
    db.commit()
    assert actions.withdraw_all(ada, actor=SYSTEM, source="portal") == 0
    _grant(ada, ("sms", "marketing"), happened_at=now() - timedelta(days=1), source="import")
    assert _may(("sms", "marketing")) == set()


def test_segments_and_lists_ask_who_may_be_written_to(db):
    ada, bob = make_customer(), make_customer()
    _grant(ada)
    _grant(bob)
    _withdraw(bob)
    never = make_customer()
    manager = sign_ins.actor_for(make_employee("manager").person_id)

    def found(answer):
        where = read("customer", {"f": "may_phone_marketing", "op": "is", "v": answer})
        page = customers.list_customers(manager, CustomerFilter(where=where), sort="name", cursor="", country_code="GB")
        return {one.person_id for one in page.rows}

    assert found(True) == {ada.person_id}
    assert found(False) == {bob.person_id, never.person_id}


def test_erasing_ends_consent_and_keeps_the_proof_without_the_person(db):
    ada = make_customer()
    _grant(ada, source_text="Ada said so on her phone", ip="10.0.0.7")
    people.erase_customer(ada, actor=SYSTEM, reason="asked")
    db.commit()
    db.expire_all()
    lines = db.scalars(select(Consent).order_by(Consent.happened_at)).all()
    assert [(one.state, one.source_text, one.ip) for one in lines] == [("granted", "", ""), ("withdrawn", "", "")]
    assert lines[0].wording_id
    assert _may() == set()
    assert not db.scalar(text("SELECT count(*) FROM audit_personal WHERE changes::text LIKE '%her phone%'"))
    assert not db.scalar(text("SELECT count(*) FROM audit_log WHERE changes::text LIKE '%her phone%'"))
    with pytest.raises(Conflict):
        _grant(ada)


def test_of_two_who_become_one_the_newest_word_holds_and_parting_keeps_a_no(db, work):
    ada, twin = make_customer(), make_customer()
    _grant(ada)
    _grant(twin)
    _withdraw(twin)
    made = merges.merge([ada.person_id, twin.person_id], winner_id=ada.person_id, chosen={}, actor=SYSTEM)
    db.commit()
    assert _may() == set()
    _grant(ada)
    _withdraw(ada, EMAIL)
    merges.undo(made, actor=SYSTEM)
    db.commit()
    work()
    assert _state(twin) == "withdrawn"
    assert _state(twin, EMAIL) == "withdrawn"
    assert _state(ada) == "granted"


def test_of_the_same_moment_the_stricter_holds(db):
    ada, twin = make_customer(), make_customer()
    moment = now() - timedelta(days=1)
    _grant(ada, happened_at=moment)
    _withdraw(twin)
    db.execute(text("SET LOCAL session_replication_role = replica"))
    db.execute(text("UPDATE consents SET person_id = :one, happened_at = :at"), {"one": ada.person_id, "at": moment})
    db.commit()
    assert _state(ada) == "withdrawn"
    assert _may() == set()
