"""Providers are set up, tried and put in order by who may, and never tell their secrets."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.reach.channels import actions, opened
from app.reach.channels.actions import ProviderDetails
from app.reach.channels.models import Provider
from tests.factories import make_employee
from tests.fakes.smtp import Manners, mail_server
from tests.statements import counted

HERE = "/reach/channels"


@pytest.fixture
def admin(browser, db):
    return browser(make_employee("admin"))


def form(server=None, **values):
    port = str(server.port) if server else "25"
    typed = {"strategy": "smtp", "name": "Relay", "set-host": "127.0.0.1", "set-port": port, "set-security": "none"}
    return {**typed, "rank": "1", "is_enabled": "1", **values}


def add(db, **details):
    settings = {"host": "127.0.0.1", "security": "none", **details.pop("settings", {})}
    made = actions.add_provider(ProviderDetails("smtp", settings=settings, **details), actor=SYSTEM)
    db.commit()
    return made


def test_a_provider_is_set_up_tried_and_shown(admin, db):
    with mail_server() as server:
        answer = admin.post(f"{HERE}/new", form(server, **{"set-sender": "Shop <hello@shop.example>"}))
        assert answer.status_code == 303
        page = answer.headers["Location"]
        admin.post(f"{page}/check")
        assert "answers without encryption" in admin.get(page).text
    listed = admin.get(HERE).text
    assert "Relay" in listed
    assert "Sends" in listed
    provider = db.scalars(select(Provider)).one()
    assert provider.checked_at is not None
    assert opened.choose("email") is provider


def test_what_does_not_answer_says_why(admin, db):
    provider = add(db, settings={"port": "1"})
    admin.post(f"{HERE}/{provider.provider_id}/check")
    assert "cannot be reached" in admin.get(f"{HERE}/{provider.provider_id}").text
    assert "Trouble" in admin.get(HERE).text


def test_a_secret_is_sealed_and_never_shown_again(admin, db):
    admin.post(f"{HERE}/new", form(**{"set-username": "shop", "set-password": "hunter2!"}))
    provider = db.scalars(select(Provider)).one()
    page = f"{HERE}/{provider.provider_id}"
    assert "hunter2!" not in admin.get(page).text
    assert b"hunter2!" not in provider.secrets_enc
    admin.post(page, form(**{"set-username": "shop", "set-password": ""}))
    db.expire_all()
    assert "hunter2!" in provider.secrets
    assert "hunter2!" not in str(db.execute(select(Provider.settings)).all())


def test_mistakes_stand_at_their_fields(admin, db):
    answer = admin.post(f"{HERE}/new", form(**{"set-port": "many", "rank": "0"}))
    assert answer.status_code == 422
    answer = admin.post(f"{HERE}/new", form(**{"set-sender": "nobody"}))
    assert "This is not a sender" in answer.text
    assert admin.post(f"{HERE}/new", form(per_second="fast")).status_code == 422
    assert admin.post(f"{HERE}/new", form(strategy="pigeon")).status_code == 404
    assert db.scalars(select(Provider)).all() == []
    with pytest.raises(Invalid) as refusal:
        actions.add_provider(ProviderDetails("smtp", settings={"colour": "red"}), actor=SYSTEM)
    assert "colour" in refusal.value.errors


def test_the_first_of_those_that_are_on_sends(db):
    second = add(db, name="Second", rank=2)
    first = add(db, name="First", rank=1)
    assert opened.choose("email") is first
    actions.edit_provider(first, ProviderDetails("smtp", is_enabled=False), actor=SYSTEM)
    assert opened.choose("email") is second
    actions.edit_provider(second, ProviderDetails("smtp", is_enabled=False), actor=SYSTEM)
    assert opened.choose("email") is None
    assert type(opened.strategy_of("email", None)).key == "smtp"


def test_changed_settings_open_it_anew(db):
    provider = add(db)
    before = opened.strategy_of("email", provider)
    assert opened.strategy_of("email", provider) is before
    actions.check_provider(provider)
    assert opened.strategy_of("email", provider) is before
    actions.edit_provider(provider, ProviderDetails("smtp", settings={"host": "127.0.0.2"}), actor=SYSTEM)
    assert opened.strategy_of("email", provider) is not before


def test_who_may_do_what(browser, db):
    provider = add(db)
    manager, agent = browser(make_employee("manager")), browser(make_employee("agent"))
    for who in (manager, agent):
        assert who.get(HERE).status_code == 200
        assert who.get(f"{HERE}/new?strategy=smtp").status_code == 403
        assert who.post(f"{HERE}/{provider.provider_id}", form()).status_code == 403
    assert browser().get(HERE).status_code == 302


def test_the_list_is_a_few_statements_however_many_there_are(admin, db):
    for number in range(5):
        add(db, name=f"Relay {number}", rank=number + 1)
    admin.get(HERE)
    with counted() as statements:
        admin.get(HERE)
    assert len(statements) <= 8


def test_a_server_that_refuses_the_sender_is_trouble_of_the_provider(db):
    with mail_server(Manners(refusals={"hello@rapport.example": "550 5.7.1 Not yours"})) as server:
        provider = add(db, settings={"port": str(server.port)})
        assert actions.check_provider(provider).works
