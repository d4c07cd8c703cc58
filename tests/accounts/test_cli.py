"""The first admin of a new shop."""

import re

from tests.factories import PASSWORD, make_customer


def test_create_admin_prints_a_link_that_works(app, browser):
    run = app.test_cli_runner().invoke
    made = run(args=["accounts", "create-admin", "--email", "boss@lotus.example"])
    assert made.exit_code == 0, made.output
    again = run(args=["accounts", "create-admin", "--email", "boss@lotus.example"])
    old, new = (re.search(r"http://crm\.test(/invitation/\S+)", one.output)[1] for one in (made, again))
    assert browser().get(old).status_code == 404
    mine = browser()
    assert mine.post(new, {"password": PASSWORD}).status_code == 303
    assert mine.get("/roles").status_code == 200
    assert run(args=["accounts", "create-admin", "--email", "boss@lotus.example"]).exit_code == 1


def test_create_admin_makes_no_admin_of_a_customer(app):
    carla = make_customer()
    refused = app.test_cli_runner().invoke(args=["accounts", "create-admin", "--email", carla.email])
    assert refused.exit_code == 1
    assert "not an admin" in refused.output
