"""The table of roles and the trail of changes."""

import html
import re

import pytest
from sqlalchemy import select, text

from app.accounts.models import ChangedGrant
from app.core.access import SYSTEM
from app.deals.actions import deals
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_pipeline, make_template


def table_of(page) -> dict[str, str]:
    """What the form of the roles page would send as it stands."""
    markup = page.get_data(as_text=True)
    sent = dict(re.findall(r'<input type="hidden" name="(grant:[^"]+|seen)" value="([^"]*)"', markup))
    for name, value, checked in re.findall(r'type="checkbox" name="(grant:[^"]+)" value="(\w+)"( checked)?', markup):
        if checked:
            sent[name] = value
    for name, options in re.findall(r'<select[^>]*name="(grant:[^"]+)"[^>]*>(.*?)</select>', markup, flags=re.S):
        chosen = re.search(r'value="(\w*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    return sent


def test_saving_the_table_untouched_changes_nothing(browser, db):
    admin = browser(make_employee("admin"))
    answer = admin.follow(admin.post("/roles", table_of(admin.get("/roles"))))
    assert "Nothing changed" in html.unescape(text_of(answer))
    assert db.scalars(select(ChangedGrant)).all() == []


def test_a_right_given_and_taken_counts_with_the_next_click(browser, db):
    admin, agent = browser(make_employee("admin")), browser(make_employee("agent"))
    assert agent.get("/audit").status_code == 403
    admin.post("/roles", {**table_of(admin.get("/roles")), "grant:agent:audit.read": "all"})
    assert agent.get("/audit").status_code == 200
    sent = table_of(admin.get("/roles"))
    del sent["grant:agent:audit.read"]
    admin.post("/roles", sent)
    assert agent.get("/audit").status_code == 403
    assert db.scalars(select(ChangedGrant)).all() == []
    assert db.scalar(text("SELECT count(*) FROM audit_log WHERE table_name = 'changed_grants'")) == 2


def test_a_reach_narrows_what_is_seen(browser, db):
    bob, carla, dora = make_employee("agent"), make_customer(), make_customer()
    carla.owner_id = bob.person_id
    db.commit()
    admin, his = browser(make_employee("admin")), browser(bob)
    assert his.get(f"/customers/{dora.person_id}").status_code == 200
    admin.post("/roles", {**table_of(admin.get("/roles")), "grant:agent:customers.read": "own"})
    assert his.get(f"/customers/{carla.person_id}").status_code == 200
    assert his.get(f"/customers/{dora.person_id}").status_code == 404


def test_admins_keep_the_way_back_and_customers_stay_customers(browser, db):
    admin, carla = browser(make_employee("admin")), browser(make_customer())
    sent = table_of(admin.get("/roles"))
    sent.pop("grant:admin:roles.manage", None)
    admin.post("/roles", {**sent, "grant:customer:audit.read": "all", "grant:customer:staff.edit": "all"})
    assert admin.get("/roles").status_code == 200
    assert carla.get("/audit").status_code == 403
    assert carla.get("/staff/new").status_code == 403


def test_a_wish_nobody_offers_is_no_right(browser):
    admin, agent = browser(make_employee("admin")), browser(make_employee("agent"))
    sent = {**table_of(admin.get("/roles")), "grant:agent:audit.read": "own", "grant:root:audit.read": "all"}
    admin.post("/roles", sent)
    assert agent.get("/audit").status_code == 403


def test_two_admins_at_once_are_told_apart(browser):
    one, two = browser(make_employee("admin")), browser(make_employee("admin"))
    sent = table_of(one.get("/roles"))
    two.post("/roles", {**table_of(two.get("/roles")), "grant:agent:audit.read": "all"})
    refused = one.post("/roles", {**sent, "grant:agent:roles.manage": "all"})
    assert refused.status_code == 409
    assert "Agent: Read the audit trail" in text_of(refused)


def test_the_trail_shows_who_changed_what_from_what(browser, db):
    boss = make_employee("admin", first_name="Anna", last_name="Boss")
    admin = browser(boss)
    nora = make_employee("agent", first_name="Nora")
    seen = {"seen_role": "agent", "seen_department": "Support"}
    admin.post(f"/staff/{nora.person_id}", {"role": "manager", "department": "Support", **seen})
    words = text_of(admin.get(f"/audit?record={nora.person_id}"))
    assert "Anna Boss changed in employees" in words
    assert "agent → manager" in words
    assert "First name Nora" in words
    assert "Nora" not in text_of(admin.get(f"/audit?record={boss.person_id}"))


def test_the_trail_speaks_of_people_and_records_by_name(browser, db):
    admin, nora = browser(make_employee("admin")), make_employee("agent", first_name="Nora", last_name="Okafor")
    ada = make_customer(first_name="Ada", last_name="Lovelace", owner_id=nora.person_id)
    shown = admin.get(f"/audit?record={ada.person_id}")
    words = text_of(shown)
    assert f'<a href="/customers/{ada.person_id}">Ada Lovelace</a>' in shown.get_data(as_text=True)
    assert "Owner Nora Okafor" in words
    assert not re.search(r"\d{4}-\d\d-\d\dT\d\d:", words)
    assert "<dd>–</dd>" not in shown.get_data(as_text=True)


def test_the_trail_calls_what_a_change_points_to_by_its_name(browser, db):
    admin = browser(make_employee("admin"))
    first, second = make_pipeline().open[:2]
    deal = make_deal(first, title="Tea for the office")
    deals.move_deal(deal, second, actor=SYSTEM)
    template = make_template(name="Welcome")
    db.commit()
    moved = text_of(admin.get(f"/audit?record={deal.deal_id}"))
    assert "changed in deals Tea for the office" in moved
    assert f"Stage {first.name} → {second.name}" in moved
    written = text_of(admin.get("/audit?table=reach_template_versions"))
    assert "Template Welcome" in written
    assert str(template.template_id) not in written


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        *(("who=anna", True), ("who=nobody+else", False), ("table=employees", True), ("table=products", False)),
        *(("since=2020-01-01&until=2020-01-31", False), ("since=2020-01-01", True), ("record=no-such", False)),
    ],
)
def test_the_trail_is_filtered(browser, asked, found):
    boss = make_employee("admin", first_name="Anna", last_name="Boss")
    admin, nora = browser(boss), make_employee("agent")
    seen = {"seen_role": "agent", "seen_department": "Support"}
    admin.post(f"/staff/{nora.person_id}", {"role": "manager", "department": "Support", **seen})
    words = text_of(admin.get(f"/audit?{asked}"))
    assert ("agent → manager" in words) is found
    assert "<html" not in admin.get(f"/audit?{asked}", fragment=True).get_data(as_text=True)


def test_a_strange_filter_is_refused_not_an_error(browser):
    admin = browser(make_employee("admin"))
    for asked, status in (("since=yesterday", 422), ("after=%22", 422), ("who=%25_'\"\\", 200), ("table=x;drop", 200)):
        assert admin.get(f"/audit?{asked}").status_code == status


def test_the_trail_is_paged_to_its_far_end(browser):
    admin = browser(make_employee("admin"))
    for number in range(30):
        make_customer(first_name=f"Person{number:02}")
    assert '<option value="customers"' in admin.get("/audit").get_data(as_text=True)
    first = admin.get("/audit?table=customers")
    assert text_of(first).count("added in customers") == 25
    following = re.search(r'href="(\?[^"]*)"[^>]*rel="next"', first.get_data(as_text=True))[1]
    second = admin.get("/audit" + html.unescape(following))
    assert text_of(second).count("added in customers") == 5


def test_an_erased_person_is_gone_from_the_trail(browser, db):
    admin, carla = browser(make_employee("admin")), make_customer(first_name="Xaviera")
    assert "Xaviera" in text_of(admin.get(f"/audit?record={carla.person_id}"))
    people.erase_customer(carla, actor=SYSTEM, reason="asked")
    db.commit()
    assert "Xaviera" not in text_of(admin.get(f"/audit?record={carla.person_id}"))


def test_who_may_not_read_addresses_finds_nobody_by_them(browser):
    boss = make_employee("admin", first_name="Anna", email="boss@hidden.example")
    admin, manager = browser(boss), browser(make_employee("manager"))
    rights = {"grant:manager:audit.read": "all", "grant:manager:pii.read": ""}
    admin.post("/roles", {**table_of(admin.get("/roles")), **rights})
    admin.post("/customers", {"last_name": "Hopper"})
    assert "Hopper" in text_of(admin.get("/audit?who=hidden.example"))
    assert "Hopper" not in text_of(manager.get("/audit?who=hidden.example"))
    assert "Hopper" in text_of(manager.get("/audit?who=anna"))
