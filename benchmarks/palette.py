"""What the palette answers to parts of names, mails, phones and numbers, one question after the other.

Goal: p95 at most 100 ms on 1,000,000 customers. Beside it: the yardstick's bare page, asked the same way.
"""

import argparse
import statistics
import time
import urllib.request
from urllib.parse import urlencode

from app.core.db import db
from app.people.models import Customer
from benchmarks import machine

GOAL_MS = 100
ASKED = 40


def main() -> None:
    """Print the latencies of each kind of question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    with machine.shop(parser.parse_args().customers) as shop:
        cookie = machine.cookie_of(shop.app, "manager")
        with shop.app.app_context():
            questions = _questions()
        with machine.web("benchmarks.yardstick:app", shop.env) as (address, _master):
            limit = _ask([f"{address}/"] * ASKED, "")
        print(f"{'yardstick':22} median {statistics.median(limit):6.1f} ms   p95 {_p95(limit):6.1f} ms")
        with machine.web("wsgi:app", shop.env) as (address, _master):
            everything = []
            for kind, words in questions.items():
                taken = _ask([f"{address}/search?{urlencode({'q': one})}" for one in words], cookie)
                everything += taken
                print(f"{kind:22} median {statistics.median(taken):6.1f} ms   p95 {_p95(taken):6.1f} ms", flush=True)
        p95 = _p95(everything)
        print(
            f"{'all':22} p95 {p95:.1f} ms (goal {GOAL_MS}), {p95 / _p95(limit):.1f} times the yardstick"
            f"   {'ok' if p95 <= GOAL_MS else 'MISSED'}"
        )


def _questions() -> dict[str, list[str]]:
    """As people type them: whole words and their beginnings, the ends of phones, slips."""
    few = db.session.scalars(db.select(Customer).order_by(db.func.random()).limit(ASKED)).all()
    return {
        "a last name": [one.last_name for one in few],
        "its first letters": [one.last_name[:3] for one in few],
        "first and last name": [one.name for one in few],
        "a part of a mail": [(one.email or "")[3:12] for one in few],
        "the end of a phone": [(one.phone or "")[-4:] for one in few],
        "a whole phone": [one.phone or "" for one in few],
        "a reference": [one.reference or "" for one in few],
        "a slip of the pen": [_slip(one.name) for one in few],
    }


def _slip(name: str) -> str:
    """The name with two of its letters turned round."""
    middle = len(name) // 2
    return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


def _ask(urls: list[str], cookie: str) -> list[float]:
    """Milliseconds of each answer, one after the other, after one to warm up."""
    taken = []
    for url in [urls[0], *urls]:
        request = urllib.request.Request(url, headers={"Cookie": cookie, "HX-Request": "true"})
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        taken.append((time.perf_counter() - started) * 1000)
    return taken[1:]


def _p95(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=20)[-1]


if __name__ == "__main__":
    main()
