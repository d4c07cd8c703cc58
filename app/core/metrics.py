"""Prometheus metrics, right with several web processes.

Request metrics are counted in each process (multiprocess mode); everything that
workers do is counted in PostgreSQL and read at scrape time by `collectors`.
"""

import os
from collections.abc import Callable, Iterable
from functools import lru_cache

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric

requests = Counter("rapport_requests_total", "Requests answered", ["route", "method", "status"])
latency = Histogram(
    "rapport_request_seconds",
    "Time to answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5),
)
errors = Counter("rapport_errors_total", "Errors met, by what was done about them", ["error", "policy"])
degraded = Counter("rapport_degraded_total", "Times a part was away and work went on", ["part"])
cache_reads = Counter("rapport_cache_reads_total", "Reads of the cache", ["outcome"])


METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was answered, and how long that took; methods that nobody knows are one."""
    counted, timed = _of_requests(route, method if method in METHODS else "other", status)
    counted.inc()
    timed.observe(seconds)


@lru_cache(maxsize=2_000)
def _of_requests(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    """What counts requests of one kind; to find it by its labels takes longer than to count."""
    return requests.labels(route, method, str(status)), latency.labels(route, method)


Collect = Callable[[], Iterable[tuple[str, str, dict[str, str], float]]]
_collectors: list[Collect] = []


def collector(collect: Collect) -> Collect:
    """Register a function that yields (name, help, labels, value) at scrape time, from PostgreSQL."""
    _collectors.append(collect)
    return collect


class _FromDatabase:
    def collect(self) -> Iterable[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for collect in _collectors:
            for name, description, labels, value in collect():
                family = families.setdefault(name, GaugeMetricFamily(name, description, labels=list(labels)))
                family.add_metric(list(labels.values()), value)
        return families.values()


def scrape() -> tuple[bytes, str]:
    """The whole text of `/metrics` and its content type."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        multiprocess.MultiProcessCollector(registry)
        own = generate_latest(registry)
    else:
        own = generate_latest(REGISTRY)
    stored = CollectorRegistry()
    stored.register(_FromDatabase())  # type: ignore[arg-type]
    return own + generate_latest(stored), CONTENT_TYPE_LATEST
