"""The edge: access is declared, errors have one shape, health tells the truth."""

from tests.factories import make_customer


def test_the_process_answers_without_touching_anything(browser):
    assert browser().get("/healthz").json == {"status": "ok"}


def test_ready_names_each_part(browser):
    answer = browser().get("/readyz")
    assert answer.status_code == 200
    assert answer.json["checks"] == {"database": True, "redis": True, "migrations": True}


def test_a_row_is_committed(db):
    customer = make_customer(phone="+44 20 7946 0000")
    db.expire_all()
    assert customer.phone == "+44 20 7946 0000"
    assert customer.phone_enc is not None
    assert b"7946" not in customer.phone_enc
