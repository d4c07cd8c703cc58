"""What many ask for at the same moment is worked on by turns, and nothing else waits for it."""

from io import BytesIO
from threading import Barrier, Event, Thread

import pytest

from app.core.turns import Turns

AT_ONCE = 5


def asked(path: str, body: bytes = b"", length: int = 0) -> dict:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_LENGTH": str(length or len(body)),
        "wsgi.input": BytesIO(body),
    }


def test_so_many_at_a_time_and_all_of_them_in_the_end():
    door, present, most, answered = Event(), [], [], []
    all_in = Barrier(AT_ONCE + 1)

    def application(environ, _start_response):
        if environ["PATH_INFO"] != "/many":
            return [b"at once"]
        present.append(environ)
        most.append(len(present))
        if not door.is_set():
            all_in.wait(10)
            door.wait(10)
        present.pop()
        return [b"in turn"]

    turns = Turns(application, "POST /many", AT_ONCE)
    threads = [Thread(target=lambda: answered.extend(turns(asked("/many"), None))) for _n in range(3 * AT_ONCE)]
    for thread in threads:
        thread.start()
    all_in.wait(10)
    assert turns(asked("/many/others"), None) == [b"at once"]
    door.set()
    for thread in threads:
        thread.join()
    assert answered == [b"in turn"] * 3 * AT_ONCE
    assert max(most) == AT_ONCE


def test_who_sends_slowly_keeps_nobody_waiting():
    sent = Event()

    class Slow(BytesIO):
        def read(self, size=-1):
            sent.wait(10)
            return super().read(size)

    turns = Turns(lambda environ, _start_response: [environ["wsgi.input"].read()], "POST /many", 1)
    answered = []
    slow = asked("/many", b"slow") | {"wsgi.input": Slow(b"slow")}
    thread = Thread(target=lambda: answered.extend(turns(slow, None)))
    thread.start()
    assert turns(asked("/many", b"quick"), None) == [b"quick"]
    sent.set()
    thread.join()
    assert answered == [b"slow"]


def test_what_fails_gives_its_turn_back():
    def application(environ, _start_response):
        raise ZeroDivisionError

    turns = Turns(application, "POST /many", 1)
    for _time in range(2):
        with pytest.raises(ZeroDivisionError):
            turns(asked("/many"), None)
