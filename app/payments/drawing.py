"""The sequence of a payment as a drawing: three lines, and an arrow for each thing that was said."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.payments.models import Step

LANES = {"customer": 70, "shop": 270, "vendor": 470}
TOP, APART, WIDTH = 56, 34, 540


@dataclass(frozen=True)
class Arrow:
    """One step. Units: pixels of the drawing. `start` equals `end` for what the shop did by itself."""

    y: int
    start: int
    end: int
    title: str
    is_good: bool

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return (self.start + self.end) / 2

    @property
    def head(self) -> int:
        """How far the arrow's head reaches back."""
        return -7 if self.end > self.start else 7


@dataclass(frozen=True)
class Drawing:
    """All of it. `lanes`: where each party's line is, and what it is called."""

    lanes: list[tuple[int, str]]
    arrows: list[Arrow]
    width: int
    height: int


def draw(steps: Sequence[Step], vendor: str) -> Drawing:
    """Lay out the steps from top to bottom in the order of time."""
    arrows = [
        Arrow(TOP + APART * position, LANES[step.sender], LANES[step.receiver], step.title, step.is_good)
        for position, step in enumerate(steps)
    ]
    lanes = [(LANES["customer"], "Customer"), (LANES["shop"], "Shop"), (LANES["vendor"], vendor)]
    return Drawing(lanes, arrows, WIDTH, TOP + APART * len(arrows))
