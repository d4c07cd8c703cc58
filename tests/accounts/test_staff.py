"""Staff: registered by an admin, invited by mail, changed at once everywhere, never left without an admin."""

import re
import threading

import pytest
from sqlalchemy import select, text

from app.people.models import Employee
from tests.browser_client import text_of
from tests.factories import PASSWORD, give_password, make_customer, make_employee

NEW = {
    "first_name": "Nora",
    "last_name": "Klein",
    "email": "nora@lotus.example",
    "department": "Support",
    "role": "agent",
}


def invited(admin, work, mailbox, **changes) -> str:
    """Register Nora; returns the path in her mail."""
    answer = admin.post("/staff", {**NEW, **changes})
    assert answer.status_code == 303, text_of(answer)
    work()
    (message,) = mailbox.to(changes.get("email", NEW["email"]))
    return re.search(r"http://crm\.test(/invitation/\S+)", message.get_body(("plain",)).get_content())[1]


def test_an_invitation_sets_the_password_once_and_keeps_the_role(browser, db, work, mailbox):
    admin = browser(make_employee("admin"))
    link = invited(admin, work, mailbox)
    mine = browser()
    assert mine.get(link).status_code == 200
    assert mine.post(link + "?role=admin", {"password": PASSWORD, "role": "admin"}).status_code == 303
    nora = db.scalars(select(Employee).where(Employee.email == "nora@lotus.example")).one()
    assert (nora.role, nora.department) == ("agent", "Support")
    assert mine.get("/settings").status_code == 200
    assert browser().get(link).status_code == 404
    assert "Active" in text_of(admin.get(f"/staff/{nora.person_id}"))


def test_an_invitation_dies_after_48_hours_by_cancelling_and_by_a_new_one(browser, db, work, mailbox):
    admin = browser(make_employee("admin"))
    first = invited(admin, work, mailbox)
    left = db.scalar(text("SELECT extract(epoch FROM expires_at - created_at) / 3600 FROM account_tokens"))
    assert round(left) == 48
    nora = db.scalars(select(Employee).where(Employee.email == NEW["email"])).one()
    admin.post(f"/staff/{nora.person_id}/invitation")
    assert browser().get(first).status_code == 404
    work()
    second = mailbox.to(NEW["email"])[-1].get_body(("plain",)).get_content()
    link = re.search(r"http://crm\.test(/invitation/\S+)", second)[1]
    assert browser().get(link).status_code == 200
    admin.post(f"/staff/{nora.person_id}/invitation/delete")
    assert browser().post(link, {"password": PASSWORD}).status_code == 404
    assert "Invitation needed" in text_of(admin.get("/staff"))


def test_a_new_role_counts_with_the_next_click(browser):
    admin = browser(make_employee("admin"))
    nora = make_employee("agent")
    hers = browser(nora)
    assert hers.get("/staff").status_code == 403
    seen = {"seen_role": "agent", "seen_department": "Support"}
    admin.post(f"/staff/{nora.person_id}", {"role": "admin", "department": "Support", **seen})
    assert hers.get("/staff").status_code == 200
    seen = {"seen_role": "admin", "seen_department": "Support"}
    admin.post(f"/staff/{nora.person_id}", {"role": "agent", "department": "Support", **seen})
    assert hers.get("/staff").status_code == 403


def test_a_stale_edit_shows_both_values(browser, db):
    admin = browser(make_employee("admin"))
    nora = make_employee("agent", department="Support")
    seen = {"seen_role": "agent", "seen_department": "Support"}
    admin.post(f"/staff/{nora.person_id}", {"role": "agent", "department": "Sales", **seen})
    refused = admin.post(f"/staff/{nora.person_id}", {"role": "manager", "department": "Returns", **seen})
    assert refused.status_code == 409
    assert {"Returns", "Sales"} <= set(text_of(refused).split())
    db.expire_all()
    assert (nora.role, nora.department) == ("agent", "Sales")


def test_deactivation_ends_everything_at_once(browser, app, work):
    admin = browser(make_employee("admin"))
    nora = give_password(make_employee("manager"))
    hers = browser(nora)
    made = hers.post("/settings/api-keys", {"name": "till", "days": "30", "permissions": "customers.read"})
    assert made.status_code == 201
    admin.post(f"/staff/{nora.person_id}/deactivation")
    assert hers.get("/settings").status_code == 302
    assert browser().post("/sign-in", {"email": nora.email, "password": PASSWORD}).status_code == 422
    admin.post(f"/staff/{nora.person_id}/deactivation/delete")
    assert hers.get("/settings").status_code == 302
    assert browser().post("/sign-in", {"email": nora.email, "password": PASSWORD}).status_code == 303


def test_nobody_demotes_or_deactivates_themselves(browser, db):
    boss = make_employee("admin")
    admin = browser(boss)
    seen = {"seen_role": "admin", "seen_department": "Support"}
    refused = admin.post(f"/staff/{boss.person_id}", {"role": "agent", "department": "Support", **seen})
    assert refused.status_code == 422
    assert admin.post(f"/staff/{boss.person_id}/deactivation").status_code == 409
    db.expire_all()
    assert (boss.role, boss.deactivated_at) == ("admin", None)


def test_two_admins_cannot_demote_each_other_in_the_same_moment(browser, db):
    pair = [make_employee("admin"), make_employee("admin")]
    browsers = [browser(one) for one in pair]
    seen = {"role": "agent", "department": "Support", "seen_role": "admin", "seen_department": "Support"}
    paths = [f"/staff/{other.person_id}" for other in reversed(pair)]
    threads = [
        threading.Thread(target=one.http.post, args=(path,), kwargs={"data": seen})
        for one, path in zip(browsers, paths, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.scalar(text("SELECT count(*) FROM employees WHERE role = 'admin'")) == 1


def test_an_address_belongs_to_one_person(browser):
    admin = browser(make_employee("admin"))
    carla = make_customer()
    refused = admin.post("/staff", {**NEW, "email": carla.email.upper()})
    assert refused.status_code == 422
    assert "registered already" in text_of(refused)


def test_the_list_is_searched_and_paged(browser):
    admin = browser(make_employee("admin", last_name="Aaron"))
    for number in range(30):
        make_employee("agent", first_name="Zoe", last_name=f"Zimmer{number:02}")
    first = admin.get("/staff?q=zimmer")
    assert text_of(first).count("Zoe Zimmer") == 25
    assert "Aaron" not in text_of(first).split("Employee")[-1]
    following = re.search(r'href="(/staff\?[^"]*after=[^"]*)"[^>]*rel="next"', first.get_data(as_text=True))[1]
    second = admin.get(following.replace("&amp;", "&"))
    assert text_of(second).count("Zoe Zimmer") == 5
    assert admin.get("/staff?q=%25").status_code == 200
    assert admin.get("/staff?sort=password_hash").status_code == 422


PAGES = ("/staff", "/staff/new", "/roles", "/audit")


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_for_those_it_says(browser, path):
    able = {"/staff": {"manager", "admin"}}.get(path, {"admin"})
    for role in ("agent", "manager", "admin"):
        assert browser(make_employee(role)).get(path).status_code == (200 if role in able else 403)
    assert browser(make_customer()).get(path).status_code == 403
    assert browser().get(path).status_code == 302


def test_who_may_only_look_cannot_change(browser, db):
    manager, nora = browser(make_employee("manager")), make_employee("agent")
    for path in ("", "/invitation", "/invitation/delete", "/deactivation", "/deactivation/delete"):
        assert manager.post(f"/staff/{nora.person_id}{path}", {"role": "admin"}).status_code == 403
    assert manager.post("/staff", NEW).status_code == 403
    assert manager.post("/roles", {"seen": ""}).status_code == 403
    db.expire_all()
    assert nora.role == "agent"


def test_a_customer_is_not_an_employee(browser):
    admin = browser(make_employee("admin"))
    assert admin.get(f"/staff/{make_customer().person_id}").status_code == 404
