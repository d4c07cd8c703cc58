"""Address books: what Google, Outlook and telephones write comes in whole, with nothing chosen by hand."""

import io

import pytest
from sqlalchemy import select

from app.engine.imports import cards, contacts
from app.engine.imports.cells import BadCell
from app.engine.notes.models import Note
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.importing import FILES, address_of, bring_in, counts, send


def cards_of(text: str) -> list[dict[str, str] | str]:
    header, *rows = [cells for _line, cells in cards.rows_of(io.StringIO(text, newline=""))]
    return [str(row) if isinstance(row, BadCell) else dict(zip(header, row, strict=True)) for row in rows]


def cards_in(name: str) -> list[dict[str, str] | str]:
    return cards_of((FILES / name).read_text(encoding="utf-8"))


def people(db) -> dict[str, Customer]:
    return {one.name: one for one in db.query(Customer)}


def test_an_export_of_google_contacts(db):
    made = bring_in("customers", (FILES / "google.csv").read_bytes())
    assert counts(made) == {"created": 4}
    assert "This is an export of Google Contacts" in " ".join(made.reasons)
    zoe = people(db)["Zoë Anna Müller"]
    assert (zoe.first_name, zoe.last_name, zoe.email) == ("Zoë Anna", "Müller", "zoe@blumen.example")
    assert (zoe.phone, zoe.country) == ("+491715550123", "Germany")
    assert zoe.address == "Rosenweg 3\n10115 Berlin\nGermany"
    assert people(db)["Corner Café"].email == "hello@corner.example"
    assert db.scalars(select(Customer).where(Customer.email == "newsletter@shop.example")).one().first_name == ""


def test_what_has_no_field_is_noted_once(db):
    for _time in range(2):
        bring_in("customers", (FILES / "google.csv").read_bytes())
    zoe = people(db)["Zoë Anna Müller"]
    body = db.scalars(select(Note.body).where(Note.record_id == zoe.person_id)).one()
    assert body.startswith("Likes lilies\nand peonies\n\nEmail (home): zoe.m@home.example\n")


def test_what_google_has_several_of_is_told_and_not_lost():
    rows = iter([(n, line) for n, line in enumerate(read_csv("google.csv"), 1)])
    zoe = next(iter(list(contacts.as_contacts(rows, "google"))[1:]))[1]
    found = dict(zip(contacts.HEADER, zoe, strict=True))
    assert found["Tags"] == "Florists"
    assert found["Notes"] == "Likes lilies\nand peonies"
    assert found["Also"].splitlines() == [
        "Email (home): zoe.m@home.example",
        "Phone (mobile): +49 171 5550124",
        "Phone (work): 030 5550 199",
        "Website: https://blumen.example",
        "Name Prefix: Dr.",
        "Birthday: 1981-04-09",
        "Position: Owner",
    ]


def read_csv(name: str) -> list[list[str]]:
    import csv

    return list(csv.reader(io.StringIO((FILES / name).read_text())))


def test_an_export_of_google_contacts_from_before_2024(db):
    assert counts(bring_in("customers", (FILES / "google-before-2024.csv").read_bytes())) == {"created": 2}
    ada = people(db)["Ada Lovelace"]
    assert (ada.email, ada.phone, ada.country) == ("ada@engine.example", "+442079460001", "United Kingdom")
    assert people(db)["Grace Hopper"].first_name == "Grace"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1250", "utf-16"])
def test_an_export_of_outlook(db, encoding):
    made = bring_in("customers", (FILES / "outlook.csv").read_text().encode(encoding))
    assert counts(made) == {"created": 2}
    assert "Outlook" in " ".join(made.reasons)
    jan = people(db)["Jan Novák"]
    assert (jan.email, jan.phone, jan.country) == ("jan@kvetiny.example", "+420601123456", "Czechia")
    assert jan.address == "Dlouhá 5\nPraha 110 00"
    assert people(db)["Mary Ann O'Neil Jr."].phone == "+441134960101"


def test_it_can_be_read_as_a_table_like_any_other(browser):
    manager = browser(make_employee("manager"))
    address = address_of(send(manager, (FILES / "google.csv").read_bytes()))
    assert "Written by" in text_of(manager.get(f"{address}/reading"))
    manager.post(f"{address}/reading", {"address_book": ""})
    assert "Phonetic Middle Name" in text_of(manager.get(f"{address}/columns"))
    manager.post(f"{address}/reading", {"address_book": "google"})
    assert "Phonetic Middle Name" not in text_of(manager.get(f"{address}/columns"))


def test_cards_of_a_telephone():
    zoe, jan = cards_in("phone-2.1.vcf")
    assert (zoe["First name"], zoe["Last name"], zoe["Phone"]) == ("Zoë", "Müller", "+49 171 5550123")
    assert (zoe["Address"], zoe["Country"], zoe["Notes"]) == ("Rosenweg 3\nBerlin 10115", "Deutschland", "two\r\nlines")
    assert zoe["Also"] == "Phone (home): 030 5550199"
    assert (jan["Last name"], jan["Phone"]) == ("Novák", "+420 222 333 444")
    assert jan["Also"] == "Work fax: +420 222 333 445"


def test_cards_of_a_mac():
    ada, cafe = cards_in("apple-3.0.vcf")
    assert (ada["First name"], ada["Last name"], ada["Email"]) == ("Ada King", "Lovelace", "ada@engine.example")
    assert ada["Address"] == "12 St James, Square\nLondon SW1Y 4JH"
    assert ada["Notes"] == "Likes numbers, and\nhorses; not tea"
    assert ada["Tags"] == "Wholesale"
    assert "Phone (workshop): +44 20 7946 0002" in ada["Also"]
    assert "Website: https://engine.example" in ada["Also"]
    assert (cafe["Last name"], cafe["Company"]) == ("Corner Café", "Corner Café")


def test_cards_of_version_four_and_one_that_never_ends():
    grace, broken, ravi = cards_in("four.vcf")
    assert (grace["First name"], grace["Phone"]) == ("Grace", "+1-202-555-0143")
    assert grace["Country"] == "USA"
    assert broken == "The card is begun and never ended."
    assert ravi["Last name"] == "Patel"


def test_cards_within_cards_are_passed_over():
    text = (
        "BEGIN:VCARD\nFN:A B\nAGENT:\nBEGIN:VCARD\nFN:C D\nEND:VCARD\nEND:VCARD\nBEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n"
    )
    first, empty = cards_of(text)
    assert first["Last name"] == "B"
    assert empty == "The card says nothing."


def test_hostile_cards_cost_a_row_at_most():
    long = "BEGIN:VCARD\nFN:A B\nPHOTO;ENCODING=b:" + "x" * 5_000_000 + "\n" + " y\n" * 100_000 + "END:VCARD\n"
    assert cards_of(long)[0]["First name"] == "A"
    assert cards_of("BEGIN:VCARD\n" * 3)[0] == "The card is begun and never ended."
    many = "BEGIN:VCARD\n" + "".join(f"TEL:{n}\n" for n in range(50_000)) + "END:VCARD\n"
    assert len(cards_of(many)[0]["Also"]) < 20_000
    assert cards_of("BEGIN:VCARD\nEMAIL;CHARSET=nonsense;QUOTED-PRINTABLE:=C3=28\nN\n;:\n:\nEND:VCARD\n")


def test_customers_come_in_from_cards_and_stay_one(db):
    content = (FILES / "apple-3.0.vcf").read_bytes()
    made = bring_in("customers", content)
    assert counts(made) == {"created": 2}
    assert "These are vCards" in " ".join(made.reasons)
    assert counts(bring_in("customers", content)) == {"unchanged": 2}
