"""Files of customers."""

import pytest
from sqlalchemy import func, select, text

from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_company, make_customer, make_employee
from tests.importing import address_of, bring_in, counts, reasons, send

CUSTOMERS = "Reference,Name,Email,Phone\nC-1,Zoë Müller,zoe@example.com,020 7946 0000\nC-2,Ravi Patel,,\n"


def only(db) -> Customer:
    return db.scalars(select(Customer)).one()


def test_customers_come_in_with_all_they_have(db):
    owner = make_employee("agent", email="olga@lotus.example")
    bring_in(
        "customers",
        "id,forename,surname,e-mail,mobile,street,country,status,account manager\n"
        'X-9,Zoë,Müller,Zoe@Example.com,020 7946 0000,"1 High St\nLeeds",France,Lead,OLGA@lotus.example\n',
    )
    made = only(db)
    assert (made.reference, made.name, made.email) == ("X-9", "Zoë Müller", "Zoe@example.com")
    assert (made.phone, made.address) == ("+442079460000", "1 High St\nLeeds")
    assert (made.country, made.stage, made.source, made.owner_id) == ("France", "lead", "Import", owner.person_id)
    assert db.scalar(text("SELECT phone_enc FROM customers")).find(b"2079") == -1


def test_a_second_time_nothing_changes_and_another_value_updates(db):
    assert counts(bring_in("customers", CUSTOMERS)) == {"created": 2}
    assert counts(bring_in("customers", CUSTOMERS)) == {"unchanged": 2}
    assert counts(bring_in("customers", CUSTOMERS.replace("Ravi Patel", "Ravi Kumar Patel"))) == {
        "updated": 1,
        "unchanged": 1,
    }
    assert set(db.scalars(select(Customer.first_name))) == {"Zoë", "Ravi Kumar"}


def test_what_a_file_leaves_empty_or_out_stays(db):
    make_customer(reference="C-1", email="zoe@example.com", phone="+442079460000", country="France")
    bring_in("customers", "Reference,Email,Country\nC-1,zoe@example.com,\n")
    assert (only(db).phone, only(db).country) == ("+442079460000", "France")


def test_a_customer_is_found_by_email_too_and_gets_the_reference(db):
    make_customer(email="Zoe@example.com")
    assert counts(bring_in("customers", CUSTOMERS)) == {"created": 1, "updated": 1}
    assert db.scalar(select(Customer.reference).where(Customer.email == "zoe@example.com")) == "C-1"


def test_one_customer_twice_in_a_file_is_one_customer(db):
    made = bring_in("customers", "Reference,Name,Email\nC-1,A B,\nC-1,A B,\n,A B,a@example.com\n,A C,A@example.com\n")
    assert counts(made) == {"created": 2, "updated": 1, "unchanged": 1}


def test_one_customer_in_two_steps_is_one_customer(db, monkeypatch):
    monkeypatch.setattr("app.people.imports.ROWS_PER_STEP", 1)
    assert counts(bring_in("customers", CUSTOMERS + CUSTOMERS.partition("\n")[2])) == {"created": 2, "unchanged": 2}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("C-1,A B,nonsense,,,", "Email: Enter an address such as name@example.com."),
        ("C-1,A B,,12,,", "Phone: This number is too short or too long."),
        ("C-1,,,,,", "The row has neither a name nor an email."),
        ("C-1,A B,,,vip,", "Stage “vip” is none of lead, prospect, customer, former."),
        ("C-1,A B,,,,nobody@lotus.example", "Nobody here has the email nobody@lotus.example."),
        ("C-1,A B,ben@lotus.example,,,", "This email belongs to somebody who is no customer."),
        ("C-1,A B,carla@example.com,,,", "This email belongs to the customer with the reference C-7."),
        ("C-8,A B,carla@example.com,,,", "This email belongs to somebody else."),
        (f"{'x' * 101},A B,,,,", "Reference has over 100 characters."),
        (f"C-1,{'x' * 300},,,,", "Last name: Use at most 200 characters."),
    ],
)
def test_a_row_that_cannot_be_taken_has_its_reason(db, row, reason):
    make_employee("agent", email="ben@lotus.example")
    make_customer(reference="C-7", email="carla@example.com")
    make_customer(reference="C-8", email="dora@example.com")
    made = bring_in("customers", f"Reference,Name,Email,Phone,Stage,Owner\n{row}\nC-3,Fine One,,,,\n")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made)[2].startswith(reason)


def test_who_was_erased_is_not_brought_back(db):
    make_customer(reference="C-1", email=None, erased_at=func.now(), deactivated_at=func.now())
    made = bring_in("customers", CUSTOMERS)
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made) == {2: "This customer was erased and is not brought back."}


def test_names_from_right_to_left_and_hidden_marks(db):
    bring_in("customers", "Name\nCar\u202ela\u202c \u200fمريم\n")
    assert only(db).name == "Carla مريم"


def at_lotus(db, *names):
    lotus = make_company(name="Lotus Ltd")
    return [make_customer(first_name=name, last_name="Lee", email=None, company_id=lotus.company_id) for name in names]


def test_a_row_without_reference_mail_or_phone_means_who_has_the_name_in_the_company(db):
    (ann,) = at_lotus(db, "Änn")
    make_customer(first_name="Ann", last_name="Lee", email=None)
    make_customer(first_name="Ann", last_name="Lee", email=None, company_id=make_company().company_id)
    made = bring_in("customers", "Name,Company,Country\nann  LEE,lotus ltd,France\nAnn Lee,Lotus Ltd,\n")
    assert counts(made) == {"updated": 1, "unchanged": 1}
    db.expire_all()
    assert ann.country == "France"
    said = db.scalars(text("SELECT reason FROM import_rows ORDER BY line")).all()
    assert said == ["found by name and company; country", "found by name and company"]
    assert ann.name == "Änn Lee"


def test_what_says_more_than_a_name_is_no_match_by_name(db):
    at_lotus(db, "Ann")
    made = bring_in(
        "customers",
        "Name,Company,Email,Phone,Reference\n"
        "Ann Lee,Lotus Ltd,ann@example.com,,\nAnn Lee,Lotus Ltd,,020 7946 0000,\nAnn Lee,Lotus Ltd,,,C-1\n",
    )
    assert counts(made) == {"created": 3}


def test_of_several_called_so_none_is_meant_and_the_row_waits_for_an_answer(db):
    at_lotus(db, "Ann", "Ann")
    made = bring_in("customers", "Name,Company\nAnn Lee,Lotus Ltd\nBea Lee,Lotus Ltd\n")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made)[2] == "2 customers of Lotus Ltd are called so. Add a reference or an email."
    assert db.scalar(text("SELECT field FROM import_rows WHERE line = 2")) == "reference"


def test_the_preview_says_whom_a_row_means_and_how(db, browser):
    at_lotus(db, "Ann", "Bea", "Bea")
    make_customer(email="cleo@example.com")
    lines = "Ann Lee,Lotus Ltd,\nBea Lee,Lotus Ltd,\nCleo,,cleo@example.com\nDora,Lotus Ltd,\n"
    desk = browser(make_employee("manager"))
    shown = text_of(desk.get(address_of(send(desk, f"Name,Company,Email\n{lines}")) + "/preview"))
    for words in ("2 Known by name and company", "3 Left out: 2 customers", "4 Known by email", "5 New"):
        assert words in shown


def test_a_file_twice_makes_nobody_twice(db):
    rows = "Name,Company\nAnn Lee,Lotus Ltd\nBea Lee,Lotus Ltd\n"
    assert counts(bring_in("customers", rows)) == {"created": 2}
    assert counts(bring_in("customers", rows)) == {"unchanged": 2}
