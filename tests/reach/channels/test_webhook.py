"""Messages for a program of the shop's: signed over the very bytes, to public addresses alone."""

from uuid import uuid4

import pytest

from app.reach import references
from app.reach.channels.base import Outgoing, ProviderTrouble
from app.reach.channels.webhook import Webhook
from tests.fakes.shop import SECRET, Shop
from tests.mail_server import free_port


@pytest.fixture
def shop():
    program = Shop()
    yield program
    program.stop()


@pytest.fixture
def webhook(app, shop):
    strategy = Webhook({"url": f"{shop.url}/messages", "secret": SECRET})
    yield strategy
    strategy.close()


def message(body="Héllo"):
    person_id = uuid4()
    return Outgoing(references.write(7, person_id, "webhook"), person_id, person_id, {"body": body})


def test_a_batch_is_one_signed_request(webhook, shop):
    batch = [message(), message("Second")]
    assert [one.state for one in webhook.send(batch)] == ["sent", "sent"]
    assert [(one["id"], one["parts"]) for one in shop.heard] == [(one.reference, one.parts) for one in batch]
    assert "204" in webhook.test()
    assert len(shop.heard) == 2


@pytest.mark.parametrize(
    ("status", "state"), [(500, "later"), (503, "later"), (429, "later"), (400, "failed"), (422, "failed")]
)
def test_what_it_answers_says_whether_to_try_again(webhook, shop, status, state):
    shop.moods.append(status)
    assert webhook.send([message()])[0].state == state


@pytest.mark.parametrize("mood", [401, 404, 410, 302, "drop"])
def test_a_program_that_is_not_there_is_trouble(webhook, shop, mood):
    shop.moods.append(mood)
    with pytest.raises(ProviderTrouble):
        webhook.send([message()])
    assert shop.heard == []


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/x",
        "https://192.168.1.1/x",
        "https://10.0.0.1/x",
        "https://a:b@shop.example/",
        "ftp://x",
        "",
    ],
)
def test_only_public_addresses_are_taken(app, url):
    with pytest.raises(ProviderTrouble) as trouble:
        Webhook({"url": url, "secret": SECRET})
    assert trouble.value.setting == "url"


def test_a_name_that_means_this_machine_is_not_spoken_to(app):
    strategy = Webhook({"url": "https://localhost/x", "secret": SECRET})
    with pytest.raises(ProviderTrouble, match="not in the public internet"):
        strategy.send([message()])
    with pytest.raises(ProviderTrouble):
        Webhook({"url": "https://shop.example/x", "secret": "short"})


def test_nobody_at_home_is_trouble(app, shop):
    strategy = Webhook({"url": f"http://127.0.0.1:{free_port()}/", "secret": SECRET})
    with pytest.raises(ProviderTrouble, match="does not answer"):
        strategy.send([message()])
