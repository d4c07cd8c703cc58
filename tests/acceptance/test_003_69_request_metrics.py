"""003-69: request rate, latency and errors for each route template, without ids in the labels."""

import re
from uuid import uuid4

from app.engine.notices.actions import Mail, send_mail


def count(text: str, name: str, **labels: str) -> float:
    """The value of one sample of a Prometheus text."""
    for line in text.splitlines():
        if line.startswith(name + "{") and all(f'{key}="{value}"' in line for key, value in labels.items()):
            return float(line.rsplit(" ", 1)[1])
    return 0.0


def scrape(browser) -> str:
    return browser().get("/metrics").get_data(as_text=True)


def test_requests_latency_and_errors_are_counted(browser):
    before = scrape(browser)
    visitor = browser()
    for _time in range(3):
        visitor.get("/healthz")
    lost = uuid4()
    visitor.get(f"/nowhere/{lost}")
    after = scrape(browser)
    labels = {"route": "/healthz", "method": "GET"}
    assert count(after, "rapport_requests_total", **labels) - count(before, "rapport_requests_total", **labels) == 3
    assert count(after, "rapport_request_seconds_count", **labels) >= 3
    assert count(after, "rapport_requests_total", route="unmatched", status="404") >= 1
    assert str(lost) not in after


def test_methods_that_nobody_knows_are_counted_as_one(app, browser):
    for invented in ("BREW", "WHEN"):
        app.test_client().open("/healthz", method=invented)
    found = scrape(browser)
    assert count(found, "rapport_requests_total", method="other", status="405") >= 2
    assert not re.search("BREW|WHEN", found)


def test_the_text_is_well_formed(browser):
    sample = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^}]*\})? (-?[0-9.e+-]+|NaN|\+Inf)")
    for line in scrape(browser).splitlines():
        assert line.startswith("#") or sample.fullmatch(line), line


def test_what_workers_do_is_counted_in_the_database(db, browser):
    send_mail("carla@example.com", Mail("Hello", ("Hello",)))
    db.commit()
    assert count(scrape(browser), "rapport_jobs", lane="critical", state="queued") == 1
