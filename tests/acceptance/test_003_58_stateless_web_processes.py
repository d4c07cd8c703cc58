"""003-58: two web processes behind round robin; the user does not notice, and nothing is kept in files."""

from itertools import cycle
from uuid import uuid4

import pytest

from tests.flows.processes import House, Visitor, wait_until
from tests.mail_server import free_port

pytestmark = pytest.mark.slow


class RoundRobin(Visitor):
    """A visitor whose every request goes to the next process."""

    def __init__(self, *addresses: str) -> None:
        super().__init__(addresses[0])
        self.turns = cycle(addresses)

    @property
    def url(self) -> str:
        return next(self.turns)

    @url.setter
    def url(self, _first: str) -> None:
        return


@pytest.fixture
def twins(house: House):
    """The address of the house, and of one more installation on the same database."""
    second = house.start_web("second", free_port(), workers=1)
    yield house.url, second
    house.stop("second")


def files_of(house: House) -> set[str]:
    kept = house.folder / "state"
    return {str(path) for path in kept.rglob("*")} if kept.exists() else set()


def test_users_are_unaffected_by_which_process_answers(house, twins):
    before = files_of(house)
    carla, ravi = RoundRobin(*twins), RoundRobin(*twins)
    for visitor, role in ((carla, "customer"), (ravi, "agent")):
        person = house.people[role]
        assert visitor.post("/sign-in", email=person.email, password=person.password).status_code == 303
    for _turn in range(6):
        assert carla.get("/portal").status_code == 200
        assert ravi.get("/customers").status_code == 200
    topic = uuid4().hex
    asked = carla.post("/portal/chats/new", key=uuid4().hex, topic=topic, message="Which of you is it?")
    chat = asked.headers["Location"]
    number = chat.rsplit("/", 1)[1]
    assert ravi.post(f"/conversations/{number}/acceptance").status_code == 303
    for turn in range(4):
        assert ravi.post(f"/conversations/{number}/messages", content=f"Answer {turn}").status_code == 303
        assert f"Answer {turn}" in carla.get(chat).text
    product = house.ask("SELECT product_id::text FROM products WHERE archived_at IS NULL LIMIT 1")
    carla.post("/portal/basket", product=product)
    for _turn in range(2):
        assert product in carla.get("/portal/basket").text
    assert carla.post("/sign-out").status_code in (302, 303)
    for _turn in range(2):
        assert carla.get("/portal").status_code == 302
    assert files_of(house) == before


def test_a_message_posted_at_one_process_is_live_at_the_other(house, twins):
    carla, ravi = Visitor(twins[0]), Visitor(twins[1])
    for visitor, role in ((carla, "customer"), (ravi, "agent")):
        person = house.people[role]
        visitor.post("/sign-in", email=person.email, password=person.password)
    chat = carla.post("/portal/chats/new", key=uuid4().hex, topic="Live", message="Hello?").headers["Location"]
    number = chat.rsplit("/", 1)[1]
    ravi.post(f"/conversations/{number}/acceptance")
    with carla.http.stream("GET", f"{twins[0]}{chat}/stream?after=1") as stream:
        heard = stream.iter_lines()
        assert stream.status_code == 200
        ravi.post(f"/conversations/{number}/messages", content="From the other process")
        assert wait_until(lambda: "From the other process" in next(heard), 30, "the message on the stream")
