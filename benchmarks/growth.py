"""The customers list at 1,000,000 customers beside the same list at 10,000: at most 1.5 times its latency."""

import argparse

from app.core.paging import LAST
from benchmarks import machine

GOAL = 1.5


def latencies(customers: int, connections: int) -> dict[str, machine.Load]:
    """Measure the first page and the far end of one company's list."""
    with machine.shop(customers, per_customer=1) as shop:
        cookie = machine.cookie_of(shop.app, "manager")
        with machine.web("wsgi:app", shop.env) as (address, _master):
            return {
                "first page": machine.load(address + "/customers", cookie, connections),
                "far end": machine.load(f"{address}/customers?after={LAST}", cookie, connections),
            }


def main() -> None:
    """Print the ratio for each end of the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    small = latencies(options.small, options.connections)
    large = latencies(options.large, options.connections)
    for name, before in small.items():
        ratio = large[name].p50 / before.p50
        print(
            f"{name}: p50 {before.p50:.1f} ms at {options.small:,}, {large[name].p50:.1f} ms at {options.large:,}:"
            f" {ratio:.2f} times (goal {GOAL}) {'ok' if ratio <= GOAL else 'MISSED'}"
        )


if __name__ == "__main__":
    main()
