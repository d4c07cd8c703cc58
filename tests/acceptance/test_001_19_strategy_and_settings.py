"""001-19: another provider of a channel is one class of at most thirty lines and a row that people fill in."""

import inspect
import json
import sys

import httpx
import pytest
from sqlalchemy import select

from app.reach.channels import opened
from app.reach.channels.base import SENT, STRATEGIES, Outcome, ProviderTrouble, Setting, Strategy, add_strategy
from app.reach.channels.models import Provider
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.fakes.web import Server
from tests.reach.cast import kinds, launch, make_task, write

MOST_LINES = 30
MAIL = {"email": {"en": {"subject": "Hello {customer.first_name}", "body": "New lamps."}}}


def add_mail_house():
    @add_strategy
    class MailHouse(Strategy):
        """Letters by the API of a mail house."""

        key = "mail_house"
        channel = "email"
        label = "Mail house"
        settings = (
            Setting("url", "Address", is_needed=True),
            Setting("token", "Token", is_secret=True, is_needed=True),
        )

        def send(self, messages):
            return [self._send(one) for one in messages]

        def _send(self, one):
            letter = {"id": one.reference, "to": one.address, "subject": one.parts["subject"]}
            answer = httpx.post(self.config["url"], json=letter, headers={"Token": self.config["token"]})
            if answer.status_code == 401:
                raise ProviderTrouble("The mail house does not know this token.")
            return SENT if answer.is_success else Outcome("failed", code=str(answer.status_code))


class House(Server):
    """The vendor: takes letters of who has its token, but none to nobody@."""

    def __init__(self) -> None:
        self.letters: list[dict[str, str]] = []
        super().__init__()

    def handle(self, method, path, headers, body):
        letter = json.loads(body)
        if headers.get("Token") != "open sesame":
            return 401, {}, b""
        if letter["to"].startswith("nobody@"):
            return 422, {}, b""
        self.letters.append(letter)
        return 200, {}, b""


@pytest.fixture
def vendor():
    house = House()
    add_mail_house()
    yield house
    STRATEGIES.pop("mail_house")
    opened.close_all()
    house.stop()


def test_a_provider_of_thirty_lines_is_set_up_on_its_page_and_sends(vendor, db, work, browser, capsys):
    admin = browser(make_employee("admin"))
    typed = {"strategy": "mail_house", "name": "The house", "rank": "1", "is_enabled": "1"}
    admin.post("/reach/channels/new", {**typed, "set-url": vendor.url, "set-token": "wrong"})
    page = f"/reach/channels/{db.scalars(select(Provider.provider_id)).one()}"
    make_customer(first_name="Ada", email="ada@example.com")
    make_customer(first_name="Ben", email="nobody@example.com")
    launch(make_task(write(MAIL), "email"))
    work()
    assert "does not know this token" in text_of(admin.get(page))
    admin.post(page, {**typed, "set-url": vendor.url, "set-token": "open sesame"})
    launch(make_task(write(MAIL), "email"))
    work()
    assert [(one["to"], one["subject"]) for one in vendor.letters] == [("ada@example.com", "Hello Ada")]
    assert kinds() == {"sent": 1, "failed": 1}
    lines = len([line for line in inspect.getsource(add_mail_house).splitlines() if line.strip()])
    with capsys.disabled():
        sys.stdout.write(f"\nanother provider of a channel takes {lines} lines\n")
    assert lines <= MOST_LINES
