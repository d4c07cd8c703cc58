"""000-44 and 001-38: figures go beside the work. A collector that hangs slows nobody; what is lost is counted."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.core import telemetry as module
from app.core.telemetry import MOST_WAITING, Telemetry
from app.reach import journal
from tests.factories import make_customer
from tests.flows.processes import wait_until
from tests.reach.cast import kinds, launch, make_task, write


class Collector(ThreadingHTTPServer):
    """Keeps what it is told, once it may answer."""

    def __init__(self) -> None:
        self.told: list[dict] = []
        self.may_answer = threading.Event()
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/figures"


class Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.may_answer.wait(60)
        self.server.told.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.may_answer.set()
    server.shutdown()
    server.server_close()


def test_a_collector_that_hangs_slows_nobody_and_what_is_lost_is_counted(collector):
    telemetry = Telemetry()
    telemetry.init(collector.url)
    telemetry.report("first")
    wait_until(lambda: not telemetry._waiting, 10, "the collector hangs on the first")
    started = time.thread_time()
    for number in range(MOST_WAITING + 25):
        telemetry.report("figure", number=number)
    assert time.thread_time() - started < 5
    assert telemetry.dropped == 25
    collector.may_answer.set()
    everything = 1 + MOST_WAITING
    wait_until(lambda: sum(len(told["figures"]) for told in collector.told) == everything, 30, "all is told")
    kept = [figure["number"] for told in collector.told for figure in told["figures"] if "number" in figure]
    assert kept == list(range(25, MOST_WAITING + 25))
    assert max(told["dropped"] for told in collector.told) == 25


def test_what_is_sent_is_reported_and_does_not_wait_for_it(collector, monkeypatch, db, work):
    telemetry = Telemetry()
    telemetry.init(collector.url)
    monkeypatch.setattr(journal, "telemetry", telemetry)
    make_customer()
    launch(make_task(write()))
    work()
    assert kinds() == {"sent": 1}
    collector.may_answer.set()
    wait_until(lambda: collector.told, 10, "the figure")
    (figure,) = collector.told[0]["figures"]
    assert (figure["name"], figure["channel"], figure["sent"]) == ("reach.sent", "in_app", 1)


def test_without_an_address_nothing_is_kept():
    telemetry = Telemetry()
    telemetry.report("figure")
    assert not telemetry._waiting
    assert module.telemetry is not telemetry
