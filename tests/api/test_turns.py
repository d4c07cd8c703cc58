"""What programs send by thousands is worked on by turns, and nothing else waits for it."""

from threading import Barrier, Event, Thread

from app.api.turns import AT_ONCE, Turns


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

    turns = Turns(application, "/many")
    threads = [Thread(target=lambda: answered.extend(turns({"PATH_INFO": "/many"}, None))) for _n in range(3 * AT_ONCE)]
    for thread in threads:
        thread.start()
    all_in.wait(10)
    assert turns({"PATH_INFO": "/other"}, None) == [b"at once"]
    door.set()
    for thread in threads:
        thread.join()
    assert answered == [b"in turn"] * 3 * AT_ONCE
    assert max(most) == AT_ONCE
