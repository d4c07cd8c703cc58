"""The place of a card in its column: a number between its neighbours', so that no other card has to move."""

from decimal import Decimal, localcontext

FIRST = Decimal(0)
PRECISION = 4_000


def between(above: Decimal | None, below: Decimal | None) -> Decimal:
    """A number between two, the one with the fewest digits near their middle; beyond the one that is there.

    Raises: ValueError unless `above` is less than `below`.
    """
    if above is None:
        return FIRST if below is None else below - 1
    if below is None:
        return above + 1
    if above >= below:
        raise ValueError(f"nothing is between {above} and {below}")
    with localcontext(prec=PRECISION):
        middle, places = (above + below) / 2, 0
        while not above < (short := round(middle, places)) < below:
            places += 1
        return short
