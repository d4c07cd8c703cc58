"""Getting in: what works, what a stranger may learn (nothing), and what ends."""

import re
import threading

import pytest
from sqlalchemy import func, select, text

from app.accounts import lockout, passwords
from app.accounts.models import AccountToken, SignIn
from app.engine.notices.models import OutgoingMail
from app.people.models import Customer
from tests.browser_client import Browser, text_of
from tests.factories import PASSWORD, give_password, make_customer, make_employee

WRONG = "not the right words"


def sign_in(browser: Browser, email: str, password: str = PASSWORD, **more: str):
    return browser.post("/sign-in", {"email": email, "password": password, **more})


def link_in(message) -> str:
    """The path of the link a mail shows."""
    (link,) = re.findall(r"http://crm\.test(/\S+)", message.get_body(("plain",)).get_content())
    return link


def is_in(browser: Browser) -> bool:
    return browser.get("/sign-in").status_code == 303


def test_the_right_password_lets_in_and_gives_a_new_session(browser, db):
    carla = give_password(make_customer())
    mine = browser()
    assert sign_in(mine, carla.email.upper(), next="/help?q=x").headers["Location"] == "/help?q=x"
    with mine.http.session_transaction() as session:
        first = session["token"]
    sign_in(mine, carla.email)
    with mine.http.session_transaction() as session:
        assert session["token"] != first
    assert db.scalars(select(SignIn.ended_at).order_by(SignIn.created_at)).all()[0] is not None


def test_a_chosen_session_cookie_is_not_taken_over(browser, db):
    carla = give_password(make_customer())
    mine = browser()
    with mine.http.session_transaction() as session:
        session["token"] = "chosen-by-somebody-else"
        session["csrf_token"] = "also chosen"
    sign_in(mine, carla.email)
    with mine.http.session_transaction() as session:
        assert session["token"] != "chosen-by-somebody-else"
        assert session.get("csrf_token") != "also chosen"


@pytest.fixture
def hashing(monkeypatch):
    """How often a password is really hashed: the work that takes the time."""
    done: list[str] = []
    real = type(passwords.hasher)
    for name in ("hash", "verify"):
        work = getattr(real, name)
        monkeypatch.setattr(real, name, lambda *a, _name=name, _work=work, **k: done.append(_name) or _work(*a, **k))
    return done


def test_all_failed_sign_ins_look_alike_and_cost_the_same(browser, hashing):
    carla = give_password(make_customer())
    locked = give_password(make_customer())
    gone = give_password(make_customer())
    gone.deactivated_at = func.now()
    unset = make_employee()
    for _ in range(lockout.FREE_TRIES):
        sign_in(browser(), locked.email, WRONG)
    tries = [
        (carla.email, WRONG),
        (gone.email, PASSWORD),
        (locked.email, PASSWORD),
        (unset.email, PASSWORD),
        ("nobody@example.com", PASSWORD),
    ]
    hashing.clear()
    answers = [sign_in(browser(), email, password) for email, password in tries]
    assert hashing == ["verify"] * len(tries)
    assert {answer.status_code for answer in answers} == {422}
    assert {
        len(answer.get_data()) - len(email) for answer, (email, _) in zip(answers, tries, strict=True)
    }.__len__() == 1
    assert all("Email or password is not right." in text_of(answer) for answer in answers)


def test_wrong_passwords_lock_for_growing_spans_and_the_owner_is_told_once(browser, db, work, mailbox):
    carla = give_password(make_customer())
    for _ in range(lockout.FREE_TRIES):
        sign_in(browser(), carla.email, WRONG)
    assert sign_in(browser(), carla.email).status_code == 422
    spans = []
    for _ in range(3):
        spans.append(db.scalar(text("SELECT extract(epoch FROM locked_until - last_at) FROM sign_in_failures")))
        db.execute(text("UPDATE sign_in_failures SET locked_until = now()"))
        db.commit()
        sign_in(browser(), carla.email, WRONG)
    assert spans == [60, 120, 240]
    work()
    (message,) = mailbox.to(carla.email)
    assert "wrong passwords" in message["Subject"]
    db.execute(text("UPDATE sign_in_failures SET locked_until = now()"))
    db.commit()
    mine = browser()
    sign_in(mine, carla.email)
    assert is_in(mine)
    assert db.scalar(text("SELECT count(*) FROM sign_in_failures")) == 0


def test_a_hundred_guesses_at_once_are_no_more_than_five(app, db):
    give_password(make_customer(email="carla@example.com"))
    allowed = []

    def guess():
        with app.app_context():
            allowed.append(lockout.take_try("carla@example.com").is_allowed)

    threads = [threading.Thread(target=guess) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert allowed.count(True) == lockout.FREE_TRIES


def test_one_address_may_not_try_for_ever(browser):
    for number in range(60):
        browser().http.post("/sign-in", data={"email": f"x{number}", "password": ""})
    refused = sign_in(browser(), "anybody@example.com")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    spoofed = browser().post("/sign-in", {"email": "x", "password": "y"}, headers={"X-Forwarded-For": "10.9.8.7"})
    assert spoofed.status_code == 429


@pytest.mark.parametrize(
    "wanted",
    [
        *("//evil.test", "///evil.test", r"/\evil.test", r"\/evil.test", "https:evil.test", "https:///evil.test"),
        *("javascript:alert(1)", "data:text/html,x", "http://crm.test.evil.test", "http://crm.test@evil.test"),
        *("http://[::1]/", "/x\r\nSet-Cookie: a=b", ".evil.test", "@evil.test", "/\t/evil.test", "/" + "x" * 10_000),
    ],
)
def test_sign_in_leads_nowhere_else(browser, wanted):
    carla = give_password(make_customer())
    assert sign_in(browser(), carla.email, next=wanted).headers["Location"] == "/"


def test_a_customer_signs_up_confirms_and_signs_in(browser, db, work, mailbox):
    form = {"first_name": "Ada", "last_name": "Byron", "email": "Ada@Example.com", "password": PASSWORD}
    answer = browser().post("/sign-up", form)
    assert "Check your mail" in text_of(answer)
    work()
    (message,) = mailbox.messages
    link = link_in(message)
    for scanner in (browser().get(link), browser().http.head(link)):
        assert scanner.status_code == 200
    mine = browser()
    sign_in(mine, "ada@example.com")
    assert is_in(mine)
    ada = db.scalars(select(Customer)).one()
    assert (ada.name, ada.email_verified_at) == ("Ada Byron", None)
    browser().post(link)
    db.refresh(ada)
    assert ada.email_verified_at is not None
    assert browser().post(link).status_code == 404


def test_a_stranger_cannot_make_himself_more(browser, db):
    more = {
        **{"role": "admin", "is_admin": "1", "kind": "employee", "permissions[]": "*", "person_id": "1"},
        **{"email_verified": "true", "email_verified_at": "2020-01-01", "points": "1000000", "stage": "former"},
    }
    form = {"first_name": "Eve", "last_name": "Moss", "email": "eve@lotus.example", "password": PASSWORD, **more}
    browser().post("/sign-up?role=admin", form)
    eve = db.scalars(select(Customer)).one()
    assert (eve.kind, eve.stage, eve.email_verified_at) == ("customer", "customer", None)
    refused = browser().http.post("/sign-up?email=eve2@lotus.example", json={**form, "email": "eve3@lotus.example"})
    assert refused.status_code == 422
    assert db.scalar(select(func.count()).select_from(Customer)) == 1


@pytest.mark.parametrize(
    "email", ["admin@company.com\n@x.org", "a@b", "ad\u200bmin@example.com", "x" * 400 + "@x.com", ""]
)
def test_a_strange_address_is_refused(browser, db, email):
    form = {"first_name": "Eve", "last_name": "Moss", "email": email, "password": PASSWORD}
    assert browser().post("/sign-up", form).status_code == 422
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def test_signing_up_with_a_taken_address_looks_the_same_and_changes_nothing(browser, db, work, mailbox, hashing):
    carla = give_password(make_customer(email_verified_at=func.now()))
    before = carla.password_hash
    answers = {}
    for email in (carla.email, "new.person@example.com"):
        hashing.clear()
        form = {"first_name": "Eve", "last_name": "Moss", "email": email, "password": "another long one"}
        answer = browser().post("/sign-up", form)
        answers[email] = (answer.status_code, text_of(answer).replace(email, "…"), tuple(hashing))
    assert len(set(answers.values())) == 1
    db.expire_all()
    assert (carla.first_name, carla.password_hash) == ("Carla", before)
    work()
    (message,) = mailbox.to(carla.email)
    assert "already have an account" in message["Subject"]


@pytest.mark.parametrize("password", ["short", "password123", "Qwertyuiop", "1111111111", "summer2024!", "x" * 201])
def test_an_easy_password_is_refused_with_the_reason(browser, db, password):
    form = {"first_name": "Eve", "last_name": "Moss", "email": "eve@example.com", "password": password}
    answer = browser().post("/sign-up", form)
    assert answer.status_code == 422
    assert password not in answer.get_data(as_text=True) or password == "short"
    assert db.scalar(select(func.count()).select_from(Customer)) == 0


def test_a_forgotten_password_is_replaced_once_and_ends_other_sessions(browser, db, work, mailbox):
    carla = give_password(make_customer())
    elsewhere = browser(carla)
    known = browser().post("/forgot", {"email": carla.email})
    unknown = browser().post("/forgot", {"email": "nobody@example.com"})
    same = {
        text_of(answer).replace(email, "…") for answer, email in ((known, carla.email), (unknown, "nobody@example.com"))
    }
    assert (len(same), known.status_code, unknown.status_code) == (1, 200, 200)
    work()
    (message,) = mailbox.messages
    link = link_in(message)
    page = browser().get(link)
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert browser().post(link, {"password": "password123"}).status_code == 422
    mine = browser()
    assert mine.post(link, {"password": "a brand new secret"}).status_code == 303
    assert is_in(mine)
    assert not is_in(elsewhere)
    assert browser().post(link, {"password": "a second new secret"}).status_code == 404
    again = browser()
    sign_in(again, carla.email, "a brand new secret")
    assert is_in(again)
    db.expire_all()
    assert carla.email_verified_at is not None
    assert db.scalars(select(OutgoingMail.text_body).where(OutgoingMail.is_secret)).all() == [""]


def test_a_link_dies_of_age_of_a_newer_one_and_of_a_changed_address(browser, db, work, mailbox):
    carla = give_password(make_customer())

    def new_link() -> str:
        browser().post("/forgot", {"email": carla.email})
        work()
        return link_in(mailbox.messages.pop())

    first, second = new_link(), new_link()
    assert browser().get(first).status_code == 404
    assert browser().get(second).status_code == 200
    db.execute(text("UPDATE account_tokens SET expires_at = now()"))
    db.commit()
    assert browser().post(second, {"password": "a brand new secret"}).status_code == 404
    third = new_link()
    carla.email = "carla.moved@example.com"
    db.commit()
    assert browser().post(third, {"password": "a brand new secret"}).status_code == 404
    assert browser().get(third.replace("reset", "invitation")).status_code == 404


def test_a_forged_host_never_gets_into_a_mail(browser, db, work, mailbox):
    carla = give_password(make_customer())
    forged = browser().http.post("/forgot", data={"email": carla.email}, headers={"Host": "evil.test"})
    assert forged.status_code == 400
    browser().post("/forgot", {"email": carla.email}, headers={"X-Forwarded-Host": "evil.test"})
    work()
    assert all("evil.test" not in message.as_string() for message in mailbox.messages)


def test_tokens_cannot_be_foretold(db):
    from app.accounts import tokens

    carla = make_customer()
    made = [tokens.mint(carla.person_id, "reset", carla.email) for _ in range(1000)]
    assert len({token[:8] for token in made}) == 1000
    assert made != sorted(made)
    stored = db.scalars(select(AccountToken.token_hash)).all()
    assert not any(token.encode() in stored for token in made)


def test_sign_out_needs_a_post_and_ends_everything(browser):
    carla = make_customer()
    mine = browser(carla)
    assert mine.http.get("/sign-out").status_code == 405
    assert is_in(mine)
    with mine.http.session_transaction() as session:
        token = session["token"]
    left = mine.post("/sign-out")
    assert left.headers["Cache-Control"] == "no-store"
    with mine.http.session_transaction() as session:
        session["token"] = token
    assert not is_in(mine)


def test_a_new_link_to_confirm_is_sent_on_request_and_limited(browser, work, mailbox):
    carla = give_password(make_customer())
    mine = browser(carla)
    for _ in range(3):
        assert mine.post("/verification").status_code == 303
    assert mine.post("/verification").status_code == 429
    work()
    assert len(mailbox.to(carla.email)) == 3
