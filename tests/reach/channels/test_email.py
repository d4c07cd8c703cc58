"""Email goes by any SMTP server, and says of each mail what became of it."""

import shutil
import socket
import subprocess
import time
from uuid import uuid4

import pytest

from app.reach import references
from app.reach.channels import opened
from app.reach.channels.base import CHANNELS, Outgoing, ProviderTrouble
from app.reach.channels.email import Smtp
from tests.factories import make_customer
from tests.fakes.smtp import Manners, mail_server
from tests.mail_server import free_port


def message(address="ada@example.com", **parts):
    person_id = uuid4()
    return Outgoing(
        references.write(7, person_id, "email"), person_id, address, {"subject": "Hello", "text": "Dear Ada", **parts}
    )


def smtp(server, **settings):
    return Smtp({"host": "127.0.0.1", "port": str(server.port), "security": "none", **settings})


def test_without_a_provider_the_installation_s_own_server_sends(db, mailbox):
    strategy = opened.strategy_of("email", opened.choose("email"))
    sent = message(html="<p>Dear Ada</p>", unsubscribe_url="http://crm.test/u/x")
    assert [one.state for one in strategy.send([sent])] == ["sent"]
    (mail,) = mailbox.messages
    assert mail["From"] == "Rapport <hello@rapport.example>"
    assert mail["Message-ID"] == f"<{sent.reference}@rapport.example>"
    assert mail.get_body(("html",)).get_content().strip() == "<p>Dear Ada</p>"
    assert references.read(sent.reference) == (7, sent.person_id, "email")
    strategy.close()


def test_each_refusal_says_whose_fault_it_is(app):
    refusals = {
        "gone@example.com": "550 5.1.1 No such user",
        "full@example.com": "552 5.2.2 Mailbox full",
        "policy@example.com": "550 5.7.1 Relaying denied",
        "grey@example.com": "450 4.7.1 Come back later",
        "fine@example.com": "",
    }
    del refusals["fine@example.com"]
    with mail_server(Manners(refusals=refusals)) as server:
        strategy = smtp(server, sender="Lotus <hello@lotus.example>")
        outcomes = strategy.send([message(address) for address in (*refusals, "fine@example.com", "no address")])
        strategy.close()
    assert [(one.state, one.is_for_good) for one in outcomes] == [
        ("failed", True),
        ("failed", False),
        ("failed", False),
        ("later", False),
        ("sent", False),
        ("failed", True),
    ]
    assert outcomes[3].after_seconds == 300
    assert outcomes[0].words == "5.1.1 No such user"


def test_a_hang_up_after_the_last_dot_is_unknown(app):
    with mail_server(Manners(drop_at={1})) as server:
        strategy = smtp(server)
        assert [one.state for one in strategy.send([message() for _each in range(3)])] == ["sent", "unknown", "sent"]


def test_a_server_that_takes_nothing_is_trouble_and_nobody_is_marked(app):
    with mail_server(Manners(refusals={"hello@rapport.example": "550 5.7.1 Not yours"})) as server:
        with pytest.raises(ProviderTrouble, match="Not yours"):
            smtp(server).send([message(), message()])
    with pytest.raises(ProviderTrouble, match="cannot be reached"):
        Smtp({"host": "127.0.0.1", "port": str(free_port()), "security": "none"}).send([message()])
    with pytest.raises(ProviderTrouble, match="not a sender"):
        Smtp({"sender": "nobody"})


def test_the_button_tries_the_settings(app):
    with mail_server() as server:
        assert "answers without encryption" in smtp(server).test()
        with pytest.raises(ProviderTrouble):
            smtp(server, username="shop", password="wrong").test()
        with pytest.raises(ProviderTrouble):
            smtp(server, security="starttls").test()
        assert server.kept == []


def test_an_address_has_the_same_fingerprint_in_both_worlds(db):
    ada = make_customer(email="Ada.Lovelace@Example.com")
    in_sql = db.scalar(CHANNELS["email"].fingerprint().select().where(type(ada).person_id == ada.person_id))
    assert CHANNELS["email"].fingerprint_of(" ada.lovelace@EXAMPLE.com ") == bytes(in_sql)


@pytest.mark.skipif(shutil.which("smtp-sink") is None, reason="needs Postfix's smtp-sink")
def test_postfix_takes_a_thousand_on_kept_connections(app):
    port = free_port()
    sink = subprocess.Popen(["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "100"])
    try:
        _wait_for(port)
        strategy = Smtp({"host": "127.0.0.1", "port": str(port), "security": "none"})
        outcomes = [one for _each in range(10) for one in strategy.send([message() for _one in range(100)])]
        strategy.close()
    finally:
        sink.terminate()
        sink.wait()
    assert [one.state for one in outcomes] == ["sent"] * 1000


def _wait_for(port):
    for _try in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("it never listened")
