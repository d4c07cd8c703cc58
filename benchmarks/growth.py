"""The customers list at 1,000,000 customers beside the same list at 10,000: at most 1.5 times its latency.

Both companies are up at once and asked in turn, so that what else the machine does befalls both.
"""

import argparse
import contextlib
import statistics

from sqlalchemy import text

from app.core.db import db
from app.core.paging import LAST
from benchmarks import machine

GOAL = 1.5
ROUNDS = 5
PAGES = {"first page": "/customers", "far end": f"/customers?after={LAST}"}


def main() -> None:
    """Print the ratio for each end of the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        companies = [_open(stack, size) for size in (options.small, options.large)]
        for name, path in PAGES.items():
            taken: list[list[float]] = [[], []]
            for _round in range(ROUNDS):
                for (address, cookie), times in zip(companies, taken, strict=True):
                    times.append(machine.load(address + path, cookie, options.connections, seconds=3).p50)
            small, large = map(statistics.median, taken)
            print(
                f"{name}: p50 {small:.1f} ms at {options.small:,}, {large:.1f} ms at {options.large:,}:"
                f" {large / small:.2f} times (goal {GOAL}) {'ok' if large / small <= GOAL else 'MISSED'}",
                flush=True,
            )


def _open(stack: contextlib.ExitStack, customers: int) -> tuple[str, str]:
    """A company of a size and its web processes; returns where it is and a manager's cookie."""
    shop = stack.enter_context(machine.shop(customers, per_customer=1))
    with shop.app.app_context():
        db.session.execute(text("CHECKPOINT"))  # what the seed left to be written is not the list's
        db.session.commit()
    address, _master = stack.enter_context(machine.web("wsgi:app", shop.env))
    return address, machine.cookie_of(shop.app, "manager")


if __name__ == "__main__":
    main()
