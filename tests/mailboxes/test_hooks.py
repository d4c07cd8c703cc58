"""Mail by signed requests."""

import time

import pytest

from app.mailboxes import signing
from app.mailboxes.models import RawMail
from app.mailboxes.reading.limits import LARGEST_BYTES
from tests.mailboxes.cast import make_mail, make_mailbox


def head(mailbox, raw, *, secret=None, age=0, address=None):
    moment, address = str(int(time.time()) - age), address or mailbox.address
    signature = signing.sign(secret or mailbox.hook_secret, moment, address, raw)
    return {
        "X-Rapport-Mailbox": address,
        "X-Rapport-Timestamp": moment,
        "X-Rapport-Signature": signature,
        "Content-Type": "message/rfc822",
    }


def post(browser, raw, headers):
    return browser.http.post("/hooks/email", data=raw, headers=headers)


def test_a_signed_mail_is_taken_and_a_repeat_refused(browser, db):
    mailbox, raw = make_mailbox(), make_mail().as_bytes()
    here = browser()
    headers = head(mailbox, raw)
    assert post(here, raw, headers).json == {"outcome": "new conversation"}
    assert post(here, raw, headers).status_code == 409
    assert post(here, raw, head(mailbox, raw, age=5)).json == {"outcome": "known"}
    assert db.query(RawMail).count() == 1


@pytest.mark.parametrize("change", ["secret", "age", "future", "body", "mailbox", "none"])
def test_what_is_not_signed_so_is_refused(browser, db, change):
    mailbox, other, raw = make_mailbox(), make_mailbox("b@lotus.example"), make_mail().as_bytes()
    headers = {
        "secret": head(mailbox, raw, secret="guessed"),
        "age": head(mailbox, raw, age=400),
        "future": head(mailbox, raw, age=-400),
        "body": head(mailbox, raw + b"x"),
        "mailbox": {**head(mailbox, raw), "X-Rapport-Mailbox": other.address},
        "none": {},
    }[change]
    assert post(browser(), raw, headers).status_code == 401
    assert db.query(RawMail).count() == 0


def test_a_mail_over_the_limit_is_refused(browser):
    raw = b"x" * (LARGEST_BYTES + 1)
    assert post(browser(), raw, head(make_mailbox(), raw)).status_code == 413


def test_a_mail_over_the_limit_of_pages_is_taken(browser):
    mail = make_mail(words="line of text\n" * 300_000)
    raw = mail.as_bytes()
    assert len(raw) > 3 * 1024 * 1024
    assert post(browser(), raw, head(make_mailbox(), raw)).status_code == 200
