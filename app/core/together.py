"""What many ask of one process at the same moment, done by one of them for all."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.core.errors import Unavailable
from app.core.log import get

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

log = get(__name__)


@dataclass(eq=False)
class _Waiting(Generic[Asked, Answer]):
    asked: Asked
    answer: Answer | None = None
    error: Exception | None = None
    is_served: bool = False


class Together(Generic[Asked, Answer]):
    """Whoever asks while others are served waits for the next go, which serves all who came meanwhile.

    Nobody waits for company but for those who are about to ask at this very moment: one who asks alone is served at
    once, and the busier it is the more share a go.
    `serve` answers several in their order. An error that `blames` names may be the fault of one of them: each is then
    served alone. Those served by one go weigh at most `heaviest` together, or are one.
    """

    def __init__(
        self,
        serve: Callable[[Sequence[Asked]], Sequence[Answer]],
        *,
        weigh: Callable[[Asked], int],
        heaviest: int,
        blames: tuple[type[Exception], ...],
    ):
        self._serve_all, self._weigh, self._heaviest, self._blames = serve, weigh, heaviest, blames
        self._waiting: deque[_Waiting[Asked, Answer]] = deque()
        self._turn = threading.Lock()

    def ask(self, asked: Asked) -> Answer:
        """Returns its answer. Raises: what serving it raised."""
        mine: _Waiting[Asked, Answer] = _Waiting(asked)
        self._waiting.append(mine)
        while not mine.is_served:
            with self._turn:
                if not mine.is_served:
                    self._go()
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]

    def _go(self) -> None:
        self._gather()
        together = self._next()
        try:
            self._serve(together)
        finally:  # whoever goes may be ended in the middle; the others must not wait for ever
            for one in together:
                one.is_served = True

    def _gather(self) -> None:
        """Give way to those who can run now, as long as that brings any: greenlets come one after another."""
        present = 0
        while present < len(self._waiting):
            present = len(self._waiting)
            time.sleep(0)

    def _next(self) -> list[_Waiting[Asked, Answer]]:
        together = [self._waiting.popleft()]
        weight = self._weigh(together[0].asked)
        while self._waiting and (weight := weight + self._weigh(self._waiting[0].asked)) <= self._heaviest:
            together.append(self._waiting.popleft())
        return together

    def _serve(self, together: Sequence[_Waiting[Asked, Answer]]) -> None:
        for one in together:
            one.error = Unavailable("It is not known whether this was done. Ask again.")
        try:
            answers = self._serve_all([one.asked for one in together])
        except Exception as error:
            log.exception("together.not_served", many=len(together))
            if len(together) > 1 and isinstance(error, self._blames):
                for one in together:
                    self._serve([one])
                return
            for one in together:
                one.error = error
        else:
            for one, answer in zip(together, answers, strict=True):
                one.answer, one.error = answer, None
