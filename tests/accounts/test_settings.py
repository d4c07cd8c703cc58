"""One's own account: name, colours, password, address, sign-ins and keys."""

import re
import threading

from sqlalchemy import select, text

from app.accounts.models import ApiKey
from app.people.models import Customer
from tests.accounts.test_entry import is_in, link_in, sign_in
from tests.browser_client import text_of
from tests.factories import PASSWORD, give_password, make_customer, make_employee

KEY = {"name": "Till", "days": "90", "permissions": "customers.read"}


def test_a_name_shows_at_once_and_nothing_else_can_be_set(browser, db):
    carla = make_customer()
    mine = browser(carla)
    more = {"role": "admin", "email": "evil@example.com", "email_verified_at": "2020-01-01"}
    mine.post("/settings/profile", {"first_name": "Ada", "last_name": "<b>Byron</b>", **more})
    page = mine.get("/settings").get_data(as_text=True)
    assert "Ada &lt;b&gt;Byron" in page
    assert "<b>Byron" not in page
    before = carla.email
    db.expire_all()
    assert (carla.email, carla.email_verified_at) == (before, None)


def test_colours_are_kept_in_the_browser(browser):
    mine = browser(make_employee())
    mine.post("/settings/theme", {"theme": "dark"})
    assert 'data-bs-theme="dark"' in mine.get("/settings").get_data(as_text=True)
    mine.post("/settings/theme", {"theme": "auto"})
    assert "data-bs-theme" not in mine.get("/settings").get_data(as_text=True)
    assert mine.post("/settings/theme", {"theme": "x; evil"}).status_code == 422


def test_a_password_change_needs_the_old_one_and_ends_other_sessions(browser, db):
    carla = give_password(make_customer())
    mine, other = browser(carla), browser(carla)
    wrong = mine.post("/settings/password", {"password": "not it at all", "new_password": "four brown bears"})
    assert (wrong.status_code, is_in(other)) == (422, True)
    easy = mine.post("/settings/password", {"password": PASSWORD, "new_password": "password123"})
    assert "guessed first" in text_of(easy)
    with mine.http.session_transaction() as session:
        before = session["token"]
    assert (
        mine.post("/settings/password", {"password": PASSWORD, "new_password": "four brown bears"}).status_code == 303
    )
    with mine.http.session_transaction() as session:
        assert session["token"] != before
    assert (is_in(mine), is_in(other)) == (True, False)


def test_guessing_one_s_own_password_is_limited(browser):
    mine = browser(give_password(make_customer()))
    tries = [mine.post("/settings/password", {"password": "wrong", "new_password": "x"}).status_code for _ in range(11)]
    assert tries == [422] * 10 + [429]


def test_an_address_moves_after_proof_only(browser, db, work, mailbox):
    carla = give_password(make_customer(email="carla@example.com"))
    mine = browser(carla)
    assert mine.post("/settings/email", {"email": "new@example.com", "password": "wrong"}).status_code == 422
    mine.post("/settings/email", {"email": "new@example.com", "password": PASSWORD})
    work()
    assert "about to change" in mailbox.to("carla@example.com")[0]["Subject"]
    link = link_in(mailbox.to("new@example.com")[0])
    db.expire_all()
    assert carla.email == "carla@example.com"
    mine.get(link)
    mine.post(link)
    db.expire_all()
    assert carla.email == "new@example.com"
    fresh = browser()
    sign_in(fresh, "new@example.com")
    assert is_in(fresh)


def test_an_address_taken_in_the_same_moment_has_one_owner(browser, db, work, mailbox):
    carla = give_password(make_customer(email="carla@example.com"))
    browser(carla).post("/settings/email", {"email": "wanted@example.com", "password": PASSWORD})
    work()
    link = link_in(mailbox.to("wanted@example.com")[0])
    form = {"first_name": "Eve", "last_name": "Moss", "email": "wanted@example.com", "password": "another long one"}
    seen: list[int] = []
    one, two = browser(), browser()
    threads = [
        threading.Thread(target=lambda: seen.append(one.http.post(link).status_code)),
        threading.Thread(target=lambda: seen.append(two.http.post("/sign-up", data=form).status_code)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {200, 303, 404}
    owners = db.scalars(select(Customer).where(Customer.email == "wanted@example.com")).all()
    assert len(owners) == 1
    db.expire_all()
    sure = browser()
    sign_in(sure, carla.email)
    assert is_in(sure)


def test_an_address_somebody_has_is_not_told(browser, work, mailbox):
    taken = make_customer()
    mine = browser(give_password(make_customer()))
    free = mine.post("/settings/email", {"email": "free@example.com", "password": PASSWORD})
    used = mine.post("/settings/email", {"email": taken.email, "password": PASSWORD})
    assert free.status_code == used.status_code == 303
    work()
    assert mailbox.to(taken.email) == []


def test_sign_ins_are_listed_and_ended_one_by_one(browser):
    carla, dora = make_customer(), make_customer()
    mine, other, third, hers = browser(carla), browser(carla), browser(carla), browser(dora)
    page = mine.get("/settings").get_data(as_text=True)
    ends = re.findall(r'action="(/settings/sign-ins/[0-9a-f-]+/delete)"', page)
    assert len(ends) == 2
    assert hers.post(ends[0]).status_code == 404
    mine.post(ends[0])
    assert sorted((is_in(other), is_in(third))) == [False, True]
    mine.post("/settings/sign-ins/delete")
    assert (is_in(mine), is_in(other), is_in(third), is_in(hers)) == (True, False, False, True)


def test_a_key_is_shown_once_and_only_its_hash_is_kept(browser, db):
    mine = browser(make_employee("admin"))
    made = mine.post("/settings/api-keys", KEY)
    secret = re.search(r"rk_[\w-]{43}", made.get_data(as_text=True))[0]
    assert made.headers["Cache-Control"] == "no-store"
    later = mine.get("/settings/api-keys").get_data(as_text=True)
    assert secret not in later
    assert secret[:9] in later
    dump = str(db.execute(text("SELECT to_jsonb(k) FROM api_keys k")).all())
    dump += str(db.execute(text("SELECT changes FROM audit_log")).all())
    assert secret not in dump
    assert secret[10:] not in dump


def test_nobody_makes_a_key_beyond_their_rights_or_sees_another_s(browser, db):
    manager, admin = browser(make_employee("manager")), browser(make_employee("admin"))
    assert manager.post("/settings/api-keys", {**KEY, "permissions": "roles.manage"}).status_code == 422
    assert manager.post("/settings/api-keys", {**KEY, "days": "36500"}).status_code == 422
    manager.post("/settings/api-keys", KEY)
    key = db.scalars(select(ApiKey)).one()
    for verb in ("rotation", "delete"):
        assert admin.post(f"/settings/api-keys/{key.api_key_id}/{verb}").status_code == 404
    for role in ("agent",):
        assert browser(make_employee(role)).get("/settings/api-keys").status_code == 403
    assert browser(make_customer()).post("/settings/api-keys", KEY).status_code == 403
    db.expire_all()
    assert key.is_live
