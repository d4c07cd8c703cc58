"""Answers: counted at once when that is quick, else by a job; kept with their age, renewed, forgotten."""

import pytest
from sqlalchemy import func, select, text

from app.core.db import db as database
from app.core.jobs import Job
from app.engine.answers import actions, queries
from app.engine.answers.models import KeptAnswer
from app.engine.answers.queries import Question
from app.people.models import Customer
from tests.factories import make_customer

HOW_MANY = Question("test.customers", {"least": 0})


@pytest.fixture(autouse=True)
def counter(monkeypatch):
    monkeypatch.setitem(queries._counters, HOW_MANY.name, count_customers)


def count_customers(least: int) -> list[int]:
    return [max(least, database.session.scalar(select(func.count()).select_from(Customer)))]


def test_what_is_quick_is_counted_at_once_and_not_kept(db):
    make_customer()
    found = queries.find(HOW_MANY)
    assert (found.value, found.is_kept) == ([1], False)
    actions.refresh(HOW_MANY, found)
    assert db.scalar(select(func.count()).select_from(Job)) == 0


def test_a_job_counts_what_takes_longer_than_a_page_may(db, work, monkeypatch):
    make_customer()
    monkeypatch.setattr(queries, "PAGE_BUDGET_MS", 50)
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE"))
        assert queries.find(HOW_MANY) is None
        actions.refresh(HOW_MANY, None)
        actions.refresh(HOW_MANY, None)
    database.session.rollback()
    assert work() == 1
    assert db.scalar(select(KeptAnswer.answer)) == [1]
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE"))
        assert queries.find(HOW_MANY).is_kept


def test_what_took_a_job_long_is_shown_with_its_age_and_renewed_when_old(db, work):
    actions.keep(HOW_MANY)
    db.execute(text("UPDATE kept_answers SET took_ms = 9000"))
    db.commit()
    make_customer()
    young = queries.find(HOW_MANY)
    assert (young.value, young.is_kept) == ([0], True)
    actions.refresh(HOW_MANY, young)
    assert work() == 0
    db.execute(text("UPDATE kept_answers SET counted_at = now() - interval '2 hours'"))
    db.commit()
    actions.refresh(HOW_MANY, queries.find(HOW_MANY))
    assert work() == 1
    assert queries.find(HOW_MANY).value == [1]


def test_other_arguments_are_another_question_and_old_answers_are_forgotten(db):
    actions.keep(HOW_MANY)
    db.execute(text("UPDATE kept_answers SET counted_at = now() - interval '8 days'"))
    other = Question(HOW_MANY.name, {"least": 7})
    assert actions.keep(other).value == [7]
    assert db.scalars(select(KeptAnswer.key)).all() == [other.key]


def test_counting_leaves_the_usual_limits(db):
    before = database.session.scalar(text("SHOW statement_timeout"))
    queries.count(HOW_MANY, 600_000)
    assert database.session.scalar(text("SHOW statement_timeout")) == before
