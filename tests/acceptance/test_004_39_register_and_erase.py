"""004-39: people and employees are registered by program and command; erasing takes the person and leaves the books."""

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.people import actions as people
from app.people.models import Customer, Employee
from app.sales import actions as sales
from tests.browser_client import OwnContext, text_of
from tests.factories import give_password, make_channel, make_customer, make_employee, make_key, make_product

TABLES = text("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
MARKS = ("xanthippe", "quux", "xq@", "9460000", "elm street", "ref-4711")


def traces(db) -> list[str]:
    """Where anything of the person is still written."""
    found = []
    for table in db.scalars(TABLES).all():
        for (row,) in db.execute(text(f"SELECT t::text FROM ONLY {table} t")):
            found += [f"{table}: {mark}" for mark in MARKS if mark in row.lower()]
    return found


@pytest.fixture
def xanthippe(db, browser, work) -> Customer:
    """A customer who left traces wherever customers leave them."""
    customer = give_password(
        make_customer(
            first_name="Xanthippe",
            last_name="Quux",
            email="xq@example.com",
            phone="+442079460000",
            address="13 Elm Street",
            reference="REF-4711",
        )
    )
    people.edit_customer(customer, {"last_name": "Quux-Elm", "country": "France"}, actor=SYSTEM)
    people.edit_customer(customer, {"last_name": "Quux"}, actor=SYSTEM)
    sales.record_sale(customer, [sales.SaleLine(make_product(price_minor=1250).product_id, 2)], actor=SYSTEM)
    make_channel(customer, owner=make_employee(), message="This is Xanthippe Quux of Elm Street", closed=True)
    db.commit()
    browser().post("/forgot", {"email": "xq@example.com"})
    browser(customer).get("/portal")
    work()
    assert len({trace.split(":")[0] for trace in traces(db)}) > 5
    return customer


def test_erasing_takes_every_trace_and_leaves_the_books(browser, db, work, xanthippe):
    sums = text("SELECT count(*), sum(total_minor) FROM receipts")
    before = tuple(db.execute(sums).one())
    manager, signed_in = browser(make_employee("manager")), browser(xanthippe)
    address = f"/customers/{xanthippe.person_id}"
    assert "GDPR article 17" in text_of(manager.get(f"{address}/erasure"))
    manager.post(f"{address}/erasure", {"reason": "asked by letter", "typed": "Xanthippe Quux"})
    work()
    assert traces(db) == []
    assert tuple(db.execute(sums).one()) == before
    assert "£25.00" in text_of(manager.get(address))
    assert signed_in.get("/portal").status_code in (302, 303)


def test_one_entry_in_the_trail_and_a_second_time_changes_nothing(browser, db, xanthippe):
    manager = browser(make_employee("manager"))
    trail = text("SELECT count(*) FROM audit_log WHERE table_name = 'customers' AND row_id = :id")
    known = db.scalar(trail, {"id": str(xanthippe.person_id)})
    address = f"/customers/{xanthippe.person_id}/erasure"
    for typed in ("Xanthippe Quux", "Erased customer"):
        manager.post(address, {"reason": "asked by letter", "typed": typed})
    assert db.scalar(trail, {"id": str(xanthippe.person_id)}) == known + 1
    erasures = text("SELECT count(*) FROM events WHERE type = 'customer.erased'")
    assert db.scalar(erasures) == 1


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"reason": "", "typed": "Xanthippe Quux"}, "Say why"),
        ({"reason": "asked", "typed": "xanthippe"}, "exactly as it stands"),
    ],
)
def test_not_without_a_reason_and_the_name(browser, db, xanthippe, form, words):
    answer = browser(make_employee("manager")).post(f"/customers/{xanthippe.person_id}/erasure", form)
    assert answer.status_code == 422
    assert words in text_of(answer)
    db.expire_all()
    assert not xanthippe.is_erased


def test_by_a_program(app, db):
    carla, key = make_customer(), make_key(make_employee("manager"), "customers.read", "customers.erase")
    answer = OwnContext(app, app.response_class).post(
        f"/api/v1/customers/{carla.person_id}/erasure",
        json={"reason": "asked"},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    db.expire_all()
    assert carla.is_erased


def test_by_command(app, db):
    def run(*words: str, **options):
        return app.test_cli_runner().invoke(args=["people", *words], **options)

    registered = run("register", "--first-name", "Zoë", "--last-name", "Müller", "--phone", "020 7946 0000")
    person_id = registered.output.split()[0]
    assert "1 found" in run("find", "+44 20 7946 0000").output
    employee = run("register-employee", "--last-name", "Klein", "--email", "nora@lotus.example", "--role", "manager")
    assert employee.exit_code == 0, employee.output
    assert db.scalars(select(Employee.role)).one() == "manager"
    asked = run("erase", person_id, "--reason", "asked by letter", input="n\n")
    assert asked.exit_code == 1
    assert run("erase", person_id, "--reason", "asked by letter", "--yes").output == "erased\n"
    assert run("erase", person_id, "--reason", "asked by letter", "--yes").output == "was erased before\n"
    refused = run("erase", employee.output.split()[0], "--reason", "left", "--yes")
    assert refused.exit_code == 1
    assert "could not find" in refused.output
