"""API keys at the door: one header, no more power than the owner has, dead at once."""

import re

import pytest
from sqlalchemy import select, text

from app.accounts import keys, sign_ins
from app.accounts.actions import api_keys, roles
from app.accounts.models import ApiKey
from app.core.access import SYSTEM
from app.core.db import db as database
from app.people import actions as people
from tests.factories import make_employee


@pytest.fixture
def bob(db):
    return make_employee("manager")


def make_key(db, owner, *permissions: str) -> str:
    actor = sign_ins.actor_for(owner.person_id)
    _key, secret = api_keys.create_key(actor=actor, name="till", permissions=list(permissions), days=30)
    db.commit()
    return secret


def test_a_key_has_its_own_rights_and_no_others(db, bob):
    actor = keys.load(f"Bearer {make_key(db, bob, 'customers.read')}")
    assert (actor.id, actor.can("customers.read"), actor.can("customers.edit")) == (bob.person_id, True, False)


def test_no_cookie_keeps_a_key_out(app, db, bob):
    program = app.test_client()
    program.set_cookie("remember_token", "anything")
    sent = {"Authorization": f"Bearer {make_key(db, bob, 'customers.read')}"}
    assert program.get("/api/v1/me", headers=sent).status_code == 200


def test_a_key_weakens_with_its_owner_at_once(db, bob):
    secret = make_key(db, bob, "customers.read", "staff.read")
    people.assign_role(bob, "agent", actor=SYSTEM)
    db.commit()
    assert set(keys.load(f"Bearer {secret}").grants) == {"customers.read"}
    roles.change_grants({("agent", "customers.read"): "own"}, seen=roles.fingerprint(roles.present_grants()))
    db.commit()
    assert keys.load(f"Bearer {secret}").scope("customers.read") == "own"
    people.deactivate(bob, actor=SYSTEM)
    db.commit()
    assert keys.load(f"Bearer {secret}") is None


@pytest.mark.parametrize(
    "header",
    ["{}", "bearer {}", "Bearer  {}", "Bearer {} ", "Basic {}", "Token {}", "Bearer {}x", "Bearer rk_", "", "Bearer"],
)
def test_only_the_one_header_counts(db, bob, header):
    assert keys.load(header.format(make_key(db, bob, "customers.read"))) is None


def test_a_key_opens_no_page_and_no_cookie_opens_the_api(browser, db, bob):
    secret = make_key(db, bob, "customers.read")
    bearer = {"Authorization": f"Bearer {secret}"}
    assert browser().http.get("/settings", headers=bearer).status_code == 302
    api = browser(bob).http
    for path in ("/api/v1/customers", f"/api/v1/customers?api_key={secret}"):
        assert api.get(path).status_code in (401, 404)


def test_a_revoked_and_an_expired_key_are_dead_and_a_replaced_one_after_a_day(db, bob):
    actor = sign_ins.actor_for(bob.person_id)
    first = make_key(db, bob, "customers.read")
    key = db.scalars(select(ApiKey)).one()
    _new, second = api_keys.rotate_key(key.api_key_id, actor=actor)
    db.commit()
    assert keys.load(f"Bearer {first}")
    assert keys.load(f"Bearer {second}")
    left = db.scalar(text("SELECT min(expires_at) - now() FROM api_keys"))
    assert left.total_seconds() <= 24 * 3600
    db.execute(text("UPDATE api_keys SET expires_at = now() WHERE key_hash = :hash"), {"hash": sign_ins.hash_of(first)})
    sign_ins.rights_changed()  # as half a minute later
    db.commit()
    assert keys.load(f"Bearer {first}") is None
    newest = db.scalars(select(ApiKey).order_by(ApiKey.created_at.desc())).first()
    api_keys.revoke_key(newest.api_key_id, actor=actor)
    db.commit()
    assert keys.load(f"Bearer {second}") is None


def test_use_is_written_down_once_a_minute_and_not_in_the_trail(db, bob):
    secret = make_key(db, bob, "customers.read")
    before = db.scalar(text("SELECT count(*) FROM audit_log"))
    keys.load(f"Bearer {secret}")
    db.rollback()
    first = db.scalar(text("SELECT last_used_at FROM api_keys"))
    keys.load(f"Bearer {secret}")
    db.rollback()
    assert first is not None
    assert db.scalar(text("SELECT last_used_at FROM api_keys")) == first
    assert db.scalar(text("SELECT count(*) FROM audit_log")) == before


def test_a_key_is_let_in_where_one_connection_is_left(app, db, bob):
    sent = {"Authorization": f"Bearer {make_key(db, bob, 'customers.read')}"}
    db.close()
    pool = database.engine.pool
    held = [database.engine.connect() for _one in range(pool.size() - pool.checkedout() - 1)]
    try:
        assert app.test_client().get("/api/v1/me", headers=sent).status_code == 200
    finally:
        for one in held:
            one.close()


def test_keys_cannot_be_foretold():
    made = [keys.new_secret() for _ in range(1000)]
    assert len({secret[:12] for secret in made}) == 1000
    assert all(re.fullmatch(r"rk_[\w-]{43}", secret) for secret in made)
