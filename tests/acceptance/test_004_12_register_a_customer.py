"""004-12: a customer is registered by their own hand with a verified address, by staff, by a program, by a command."""

import re

from sqlalchemy import select

from app.people.models import Customer
from tests.browser_client import OwnContext, text_of
from tests.factories import PASSWORD, make_employee, make_key


def only_customer(db) -> Customer:
    return db.scalars(select(Customer)).one()


def test_by_their_own_hand(browser, db, work, mailbox):
    form = {"first_name": "Carla", "last_name": "Moreau", "email": "carla@example.com", "password": PASSWORD}
    visitor = browser()
    assert visitor.post("/sign-up", form).status_code in (200, 303)
    work()
    assert only_customer(db).email_verified_at is None
    (mail,) = mailbox.to("carla@example.com")
    link = re.search(r"http://crm\.test(/\S+)", mail.get_body(("plain",)).get_content())[1]
    visitor.post(link)
    db.expire_all()
    assert only_customer(db).email_verified_at is not None
    carla = browser()
    assert carla.post("/sign-in", {"email": "carla@example.com", "password": PASSWORD}).status_code == 303
    assert carla.get("/portal").status_code == 200


def test_by_staff(browser, db):
    agent = browser(make_employee("agent"))
    page = agent.follow(agent.post("/customers", {"last_name": "Moreau", "email": "c@example.com", "stage": "lead"}))
    assert "Moreau" in text_of(page)
    assert only_customer(db).source == "staff"


def test_by_a_program(app, db):
    key = make_key(make_employee("agent"), "customers.edit")
    answer = OwnContext(app, app.response_class).post(
        "/api/v1/customers", json={"last_name": "Moreau"}, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 201, answer.get_data(as_text=True)
    assert only_customer(db).source == "api"


def test_by_a_command(app, db):
    run = app.test_cli_runner().invoke
    result = run(args=["people", "register", "--last-name", "Moreau", "--email", "c@example.com"])
    assert result.exit_code == 0, result.output
    assert only_customer(db).source == "command"
    again = run(args=["people", "register", "--last-name", "Moreau", "--email", "C@example.com"])
    assert again.exit_code == 1
    assert "registered already" in again.output
