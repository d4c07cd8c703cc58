"""The funnel: who stood where, who came on, how surely and how fast; each number opens its list."""

import contextlib
import re
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.answers import queries as answers
from app.engine.filters import tree
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import ids
from app.insights import funnel_links
from app.insights.funnel import find_funnel, question
from app.insights.periods import Period
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.statements import counted

LONDON = ZoneInfo("Europe/London")
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), LONDON)


def on(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 12, tzinfo=UTC)


def came(db, *steps, **known):
    """A customer who came to each stage at its moment."""
    person = make_customer(stage=steps[0][0], created_at=steps[0][1], **known)
    for stage, at in steps[1:]:
        db.execute(
            text("UPDATE customers SET stage = :stage WHERE person_id = :id"), {"stage": stage, "id": person.person_id}
        )
        db.execute(
            text(
                "UPDATE stage_changes SET at = :at WHERE change_id ="
                " (SELECT max(change_id) FROM stage_changes WHERE person_id = :id)"
            ),
            {"at": at, "id": person.person_id},
        )
    db.commit()
    return person


@pytest.fixture
def people(db):
    """Seven people whose ways are all different."""
    ravi = make_employee(first_name="Ravi", last_name="Patel")
    fair, web = {"source": "Fair", "owner_id": ravi.person_id}, {"source": "Web"}
    return {
        "ravi": ravi,
        "waits": came(db, ("lead", on(3, 2)), **fair),
        "fast": came(db, ("lead", on(3, 2)), ("customer", on(3, 4)), **fair),
        "slow": came(db, ("lead", on(3, 3)), ("prospect", on(3, 13)), ("customer", on(4, 12)), **web),
        "slip": came(db, ("lead", on(3, 5)), ("customer", on(3, 6)), ("lead", on(3, 7)), **web),
        "lost": came(db, ("lead", on(3, 5)), ("former", on(3, 20)), **web),
        "before": came(db, ("lead", on(2, 1)), ("customer", on(3, 10)), **web),
        "bought": came(db, ("customer", on(3, 15))),
    }


def funnel(actor):
    return find_funnel(question(actor, MARCH), MARCH)


@contextlib.contextmanager
def too_much_to_count():
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE stage_changes IN ACCESS EXCLUSIVE MODE"))
        yield


def listed(link: str) -> int:
    where = parse_qs(urlsplit(link).query)["where"][0]
    return len(database.session.execute(ids(tree.read("customer", where), here_and_now())).all())


def test_stages_at_start_and_end_and_in_between(people):
    report = funnel(SYSTEM)
    lines = {line.stage: (line.at_start, line.came, line.left, line.at_end) for line in report.stages}
    assert lines == {
        "lead": (1, 5, 5, 2),
        "prospect": (0, 1, 0, 1),
        "customer": (0, 4, 1, 3),
        "former": (0, 1, 0, 1),
    }


def test_ways_count_who_got_there_and_how_fast(people):
    ways = {line.way.key: line for line in funnel(SYSTEM).ways}
    lead = ways["lead_customer"]
    assert (lead.came, lead.arrived, lead.share) == (5, 2, 0.4)
    assert lead.median_seconds == timedelta(days=(2 + 40) / 2).total_seconds()
    assert (ways["lead_prospect"].came, ways["lead_prospect"].arrived) == (5, 2)
    assert (ways["prospect_customer"].came, ways["prospect_customer"].arrived) == (1, 1)


def test_by_source_and_by_owner(people):
    report = funnel(SYSTEM)
    assert [(line.name, line.came, line.arrived) for line in report.by_source] == [("Web", 3, 1), ("Fair", 2, 1)]
    assert [(line.name, line.came, line.arrived) for line in report.by_owner] == [(None, 3, 1), ("Ravi Patel", 2, 1)]


def test_each_number_opens_a_list_of_as_many(people):
    report = funnel(SYSTEM)
    for stage in report.stages:
        assert listed(funnel_links.came_to(stage.stage, MARCH)) == stage.came
        assert listed(funnel_links.left(stage.stage, MARCH)) == stage.left
    for line in (*report.ways, *report.by_source, *report.by_owner):
        assert listed(funnel_links.set_out(line, MARCH)) == line.came
        assert listed(funnel_links.arrived(line, MARCH)) == line.arrived


def test_the_page_and_its_links(browser, people):
    page = browser(make_employee("manager"))
    answer = page.get("/funnel?from=2026-03-01&to=2026-03-31")
    shown = text_of(answer)
    assert "40.0%" in shown
    assert "Ravi Patel" in shown
    for link in re.findall(r'href="(/customers\?where[^"]+)"', answer.text):
        assert page.get(link.replace("&amp;", "&")).status_code == 200


def test_whoever_sees_their_own_customers_counts_those(people, db):
    ravi = sign_ins.actor_for(people["ravi"].person_id)
    ravi.grants["customers.read"] = "own"
    assert [line.came for line in funnel(ravi).stages] == [2, 0, 1, 0]


def test_it_takes_the_right(browser, db):
    assert browser(make_customer()).get("/funnel").status_code == 403


def test_an_erased_customer_is_counted_nowhere(people, db):
    from app.people import actions

    actions.erase_customer(people["waits"], actor=SYSTEM, reason="asked")
    db.commit()
    assert funnel(SYSTEM).stages[0].came == 4


def test_the_page_takes_eight_statements(browser, people):
    page = browser(make_employee("manager"))
    page.get("/funnel")
    with counted() as statements:
        page.get("/funnel?from=2026-03-01&to=2026-03-31")
    assert len(statements) <= 8, statements


def test_where_it_takes_long_a_job_counts_and_the_page_shows_the_age(browser, people, work, monkeypatch):
    page, address = browser(make_employee("manager")), "/funnel?from=2026-03-01&to=2026-03-31"
    monkeypatch.setattr(answers, "PAGE_BUDGET_MS", 50)
    with too_much_to_count():
        assert "This is being counted" in text_of(page.get(address))
    assert work() == 1
    with too_much_to_count():
        shown = text_of(page.get(address))
    assert "These are the numbers of" in shown
    assert "40.0%" in shown


def test_who_sees_all_shares_an_answer_and_others_have_their_own(people):
    manager = sign_ins.actor_for(make_employee("manager").person_id)
    ravi = sign_ins.actor_for(people["ravi"].person_id)
    assert question(manager, MARCH) == question(SYSTEM, MARCH)
    ravi.grants["customers.read"] = "own"
    assert question(ravi, MARCH) != question(manager, MARCH)
