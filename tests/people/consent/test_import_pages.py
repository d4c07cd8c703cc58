"""A shop brings along who agreed to its newsletter: through the pages, from the file to whom a message would go."""

import re

import pytest
from sqlalchemy import select, text

from app.engine.changes.models import ChangeSet
from app.engine.imports.models import Import
from app.people.consent.models import Consent
from app.people.models import Customer
from app.reach import estimates
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.importing import address_of, send
from tests.reach.cast import make_task, write

SHOPIFY = (
    "First Name,Last Name,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing,Tags\n"
    "Ada,Lovelace,ada@example.com,yes,+44 20 7946 0001,no,vip\n"
    "Grace,Hopper,grace@example.com,no,,no,\n"
    "Mary,Somerville,mary@example.com,yes,,,\n"
)
PROOF = "Newsletter form on our website since 2023"


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def taken_from(page) -> dict[str, str]:
    """What the selects of the page of columns hold, as its form would send it."""
    chosen = {}
    for name, options in re.findall(
        r'<select[^>]* name="([^"]+)".*?>(.*?)</select>', page.get_data(as_text=True), re.S
    ):
        found = re.search(r'<option value="([^"]*)" selected', options)
        chosen[name] = found[1] if found else ""
    return chosen


def let_managers_record_none(db) -> None:
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'consent.record', NULL)"))
    db.commit()


def test_who_agreed_in_the_old_shop_is_written_to_from_the_new_one(manager, db, work):
    address = address_of(send(manager, SHOPIFY, name="customers_export.csv"))
    columns = manager.follow(manager.post(f"{address}/reading"))
    assert "Who agreed to be written to" in text_of(columns)
    chosen = taken_from(columns)
    assert (chosen["column_consent_email_marketing"], chosen["column_consent_sms_marketing"]) == ("3", "5")
    refused = manager.post(f"{address}/columns", {**chosen, "column_owner": "6", "source_text": " "})
    assert refused.status_code == 422
    assert "Say how you know" in text_of(refused)
    assert 'id="source_text-error"' in refused.get_data(as_text=True)
    assert taken_from(refused) == {**chosen, "column_owner": "6"}
    preview = text_of(manager.follow(manager.post(f"{address}/columns", {**chosen, "source_text": PROOF})))
    assert "Agrees: email; does not agree: text message" in preview
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    done = text_of(manager.get(address))
    assert "Created 3" in done
    assert PROOF in done
    assert "Undoing leaves the log of consent as it is" in done
    ada = db.scalars(select(Customer).where(Customer.email == "ada@example.com")).one()
    assert "Email Agreed" in text_of(manager.get(f"/customers/{ada.person_id}"))
    log = text_of(manager.get(f"/customers/{ada.person_id}/consents"))
    assert PROOF in log
    assert "Import" in log
    offers = write({"email": {"en": {"subject": "Lamps", "body": "New lamps."}}}, purpose="marketing")
    told = estimates.estimate(make_task(offers, "email"))
    assert (told.people, told.gets, told.reasons) == (3, {"email": 2}, {"no_consent": 1})


def test_nothing_starts_before_somebody_says_how_they_know(manager, db, work):
    address = address_of(send(manager, SHOPIFY))
    assert manager.get(address).headers["Location"].endswith("/reading")
    assert manager.get(f"{address}/preview").headers["Location"].endswith("/columns")
    refused = manager.post(f"{address}/run", {"mode": "run"})
    assert refused.status_code == 422
    assert 'id="source_text-error"' in refused.get_data(as_text=True)
    work()
    assert (db.query(Customer).count(), db.scalar(select(Import.state))) == (0, "uploaded")


def test_a_file_is_taken_without_what_it_says_of_consent(manager, db, work):
    address = address_of(send(manager, SHOPIFY))
    chosen = {"column_email": "2", "source_text": ""}
    assert manager.post(f"{address}/columns", chosen).headers["Location"].endswith("/preview")
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert (db.query(Customer).count(), db.query(Consent).count()) == (3, 0)
    assert "Undoing leaves the log" not in text_of(manager.get(address))


def test_a_sentence_that_is_too_long_is_refused_beside_its_field(manager):
    address = address_of(send(manager, SHOPIFY))
    chosen = taken_from(manager.get(f"{address}/columns"))
    refused = manager.post(f"{address}/columns", {**chosen, "source_text": "x" * 1001})
    assert refused.status_code == 422
    assert 'id="source_text-error"' in refused.get_data(as_text=True)
    assert "x" * 1001 in refused.get_data(as_text=True)


def test_a_column_of_who_said_no_is_read_as_one_and_refused_as_another(manager):
    address = address_of(send(manager, SHOPIFY.replace("Accepts Email Marketing", "Email opt-out")))
    chosen = taken_from(manager.get(f"{address}/columns"))
    assert (chosen["column_consent_email_marketing"], chosen["column_refused_email_marketing"]) == ("", "3")
    sent = {**chosen, "column_consent_email_marketing": "3", "source_text": PROOF}
    refused = manager.post(f"{address}/columns", sent)
    assert refused.status_code == 422
    assert 'id="column_consent_email_marketing-error"' in refused.get_data(as_text=True)
    assert "“Email opt-out” seems to say who does not want it" in text_of(refused)
    assert PROOF in refused.get_data(as_text=True)


def test_who_may_not_record_consent_brings_none_in(browser, db, work):
    let_managers_record_none(db)
    manager = browser(make_employee("manager"))
    assert "Agreed to marketing" not in text_of(manager.get("/imports/new"))
    address = address_of(send(manager, SHOPIFY))
    columns = manager.get(f"{address}/columns")
    assert "Only who may record consent" in text_of(columns)
    assert "column_consent_email_marketing" not in columns.get_data(as_text=True)
    forged = {**taken_from(columns), "column_consent_email_marketing": "3", "source_text": PROOF}
    manager.post(f"{address}/columns", forged)
    assert "Agrees" not in text_of(manager.get(f"{address}/preview"))
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    assert (db.query(Customer).count(), db.query(Consent).count()) == (3, 0)


def test_who_loses_the_right_meanwhile_does_not_start(browser, db, work):
    marta = make_employee("manager")
    manager = browser(marta)
    address = address_of(send(manager, SHOPIFY))
    manager.post(f"{address}/columns", {**taken_from(manager.get(f"{address}/columns")), "source_text": PROOF})
    let_managers_record_none(db)
    refused = browser(marta).post(f"{address}/run", {"mode": "run"})
    assert refused.status_code == 403
    assert "Only who may record consent" in text_of(refused)
    work()
    assert db.query(Customer).count() == 0


def test_the_columns_of_last_time_are_those_one_may_bring_in(browser, db, work):
    manager = browser(make_employee("manager"))
    address = address_of(send(manager, SHOPIFY))
    manager.post(f"{address}/columns", {**taken_from(manager.get(f"{address}/columns")), "source_text": PROOF})
    manager.post(f"{address}/run", {"mode": "run"})
    let_managers_record_none(db)
    again = address_of(send(browser(make_employee("manager")), SHOPIFY))
    made = db.get(Import, again.rpartition("/")[2])
    assert made.mapping
    assert not [key for key in made.mapping if key.startswith("consent")]


def test_undone_the_log_stays_and_so_do_those_it_speaks_of(manager, db, work):
    make_customer(email="grace@example.com", first_name="G", last_name="Hopper")
    address = address_of(send(manager, SHOPIFY.replace("mary@example.com,yes", "mary@example.com,")))
    manager.post(f"{address}/columns", {**taken_from(manager.get(f"{address}/columns")), "source_text": PROOF})
    manager.post(f"{address}/run", {"mode": "run"})
    work()
    before = db.query(Consent).count()
    done = db.scalars(select(ChangeSet).where(ChangeSet.kind == "import")).one()
    manager.post(done.undo_path)
    work()
    db.expire_all()
    left = {customer.email: customer.first_name for customer in db.query(Customer)}
    assert left == {"ada@example.com": "Ada", "grace@example.com": "G"}
    assert db.query(Consent).count() == before
