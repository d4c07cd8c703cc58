"""Many who ask at the same moment are served by few goes, and each gets what is theirs."""

import threading

from app.core.errors import Unavailable
from app.core.together import Together


class Bakery:
    """Doubles numbers; the first go waits until so many others stand in line."""

    def __init__(self, queue: int = 0):
        self.goes: list[list[int]] = []
        self.queue = queue
        self.together = Together(self.serve, weigh=lambda number: number, heaviest=100, blames=(ValueError,))

    def serve(self, numbers: list[int]) -> list[int]:
        self.goes.append(list(numbers))
        while len(self.goes) == 1 and len(self.together._waiting) < self.queue:
            threading.Event().wait(0.001)
        if 13 in numbers:
            raise ValueError("thirteen")
        if 0 in numbers:
            raise ZeroDivisionError
        if 66 in numbers:
            raise SystemExit
        return [number * 2 for number in numbers]

    def ask(self, *numbers: int) -> dict[int, object]:
        """Ask for the first, and for the others while it is being served; answers or errors by number."""
        self.queue = len(numbers) - 1
        answers: dict[int, object] = {}

        def ask_one(number: int) -> None:
            try:
                answers[number] = self.together.ask(number)
            except (ValueError, ZeroDivisionError, SystemExit, Unavailable) as error:
                answers[number] = type(error)

        threads = [threading.Thread(target=ask_one, args=(number,)) for number in numbers]
        for before, thread in enumerate(threads):
            thread.start()
            while not self.goes or (len(self.together._waiting) < min(before, self.queue) and len(self.goes) == 1):
                threading.Event().wait(0.001)
        for thread in threads:
            thread.join()
        return answers


def test_who_comes_while_one_is_served_is_served_together():
    bakery = Bakery()
    assert bakery.ask(1, 2, 3, 4) == {1: 2, 2: 4, 3: 6, 4: 8}
    assert bakery.goes == [[1], [2, 3, 4]]


def test_one_go_takes_no_more_than_it_can_carry_but_always_one():
    bakery = Bakery()
    assert bakery.ask(1, 60, 30, 20, 200) == {1: 2, 60: 120, 30: 60, 20: 40, 200: 400}
    assert bakery.goes == [[1], [60, 30], [20], [200]]


def test_what_may_be_the_fault_of_one_is_that_of_one_alone():
    bakery = Bakery()
    assert bakery.ask(1, 2, 13, 4) == {1: 2, 2: 4, 13: ValueError, 4: 8}
    assert bakery.goes == [[1], [2, 13, 4], [2], [13], [4]]


def test_what_is_nobodys_fault_is_told_to_all_and_the_next_are_served():
    bakery = Bakery()
    assert bakery.ask(1, 2, 0) == {1: 2, 2: ZeroDivisionError, 0: ZeroDivisionError}
    assert bakery.together.ask(5) == 10


def test_nobody_waits_for_ever_for_one_who_is_ended_in_the_middle():
    bakery = Bakery()
    assert set(bakery.ask(1, 2, 66).values()) == {2, SystemExit, Unavailable}
    assert bakery.together.ask(5) == 10
