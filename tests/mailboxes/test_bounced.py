"""A customer's page says that mail does not reach them, and how to mend it."""

from app.mailboxes.actions import bouncing
from app.mailboxes.models import BouncedAddress
from app.mailboxes.reading.parsed import Bounce
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import make_mail, make_mailbox, take
from tests.mailboxes.test_parsing import REPORT
from tests.mailboxes.test_taking import write
from tests.statements import counted


def bounced(db, agent, **what_matters):
    gone = make_customer(email="Gone@example.com", **what_matters)
    sent = write(db, gone, agent)
    take(make_mailbox(), REPORT.replace(b"<ours@lotus.example>", sent.message_id.encode()))
    return gone


def test_the_page_says_since_when_and_what_the_server_said(browser, db):
    agent = make_employee()
    gone = bounced(db, agent)
    page = browser(agent)
    shown = page.get(f"/customers/{gone.person_id}")
    said = text_of(shown).partition("Mail came back")[2]
    assert said.startswith(" just now")
    assert "550 5.1.1 No such user here" in said
    assert "Correct the address" in said
    assert f'href="/customers/{gone.person_id}/edit"' in shown.text
    with counted() as statements:
        page.get(f"/customers/{gone.person_id}")
    assert len(statements) <= 8, statements


def test_it_goes_when_they_write_or_the_address_is_corrected(browser, db):
    agent = make_employee()
    gone = bounced(db, agent)
    page = browser(agent)
    gone.email = "here@example.com"
    db.commit()
    assert "Mail came back" not in text_of(page.get(f"/customers/{gone.person_id}"))
    gone.email = "gone@example.com"
    db.commit()
    assert "Mail came back" in text_of(page.get(f"/customers/{gone.person_id}"))
    take(make_mailbox("b@lotus.example"), make_mail("gone@example.com", "I am back"))
    assert "Mail came back" not in text_of(page.get(f"/customers/{gone.person_id}"))


def test_the_servers_words_give_no_address_away(db):
    customer = make_customer(email="gone@example.com")
    bouncing._remember(Bounce("gone@example.com", "5.1.1", "550 <gone@example.com>: unknown user", True))
    db.commit()
    found = db.get(BouncedAddress, "gone@example.com")
    assert (found.person_id, found.reason) == (customer.person_id, "550 (the address) unknown user")
    assert db.get(BouncedAddress, "gone@example.com") is not None
