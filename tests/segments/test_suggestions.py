"""Suggested segments: groups with reasons, a rule that is a filter, names that stay, quality that is told."""

import os
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.events.models import Event
from app.engine.filters import queries as filters
from app.engine.filters import tree
from app.engine.schedules import actions as schedules
from app.engine.schedules.models import Schedule
from app.segments.rfm.queries import read_as_of
from app.segments.suggestions import actions, clustering, names, queries
from app.segments.suggestions.features import BY_KEY, FEATURES, read
from app.segments.suggestions.models import SuggestionRun
from tests.browser_client import text_of
from tests.factories import make_channel, make_employee
from tests.segments.shop import buy, buyer, give_back, make_customer

PLACE = {feature.key: place for place, feature in enumerate(FEATURES)}
ROOT = Path(__file__).parent.parent.parent


def customers(number: int, seed: int = 1) -> np.ndarray:
    """Features of regulars, of people who came once long ago, and of new ones with large baskets."""
    chance = np.random.default_rng(seed)
    kind = chance.choice(3, number, p=[0.2, 0.5, 0.3])
    rows = np.zeros((number, len(FEATURES)), np.float32)

    def set_(key: str, *of_kinds: np.ndarray) -> None:
        rows[:, PLACE[key]] = np.round(np.choose(kind, of_kinds))

    set_("recency_days", *(chance.integers(low, high, number) for low, high in ((1, 30), (300, 700), (1, 40))))
    set_("purchases", chance.integers(9, 20, number), np.ones(number), np.ones(number))
    set_("basket_minor", *(chance.lognormal(mean, 0.3, number) for mean in (9, 7.5, 10.5)))
    rows[:, PLACE["money_minor"]] = rows[:, PLACE["purchases"]] * rows[:, PLACE["basket_minor"]]
    rows[:, PLACE["tenure_days"]] = rows[:, PLACE["recency_days"]] + 40 * (rows[:, PLACE["purchases"]] - 1)
    rows[:, PLACE["conversations"]] = chance.poisson(0.2, number)
    return rows


def test_the_same_customers_make_the_same_groups():
    rows = customers(600)
    once, twice = clustering.find(rows, []), clustering.find(rows, [])
    assert once == twice
    assert len(once.groups) == 3
    assert once.silhouette > 0.4
    assert sum(group.customers for group in once.groups) == 600
    assert sum(group.money_share for group in once.groups) == pytest.approx(1)


def test_each_group_has_its_reasons_and_a_rule_that_fits():
    found = clustering.find(customers(600), [])
    called = [names.name_of([(one.key, one.distance) for one in group.reasons], ()) for group in found.groups]
    assert any("not seen lately" in name.lower() for name in called)
    assert any("buying often" in name.lower() for name in called)
    for group in found.groups:
        assert len(group.reasons) == 3
        assert group.rule.precision > 0.9
        assert group.rule.recall > 0.9


def test_groups_are_known_again_when_customers_come_and_change():
    first = clustering.find(customers(600), [])
    later = customers(660, seed=9)
    later[:, PLACE["recency_days"]] += 7
    again = clustering.find(later, [group.centre for group in first.groups])
    assert sorted(group.same_as for group in again.groups) == [0, 1, 2]
    for group in again.groups:
        before = first.groups[group.same_as]
        assert {one.key for one in group.reasons} == {one.key for one in before.reasons}
    others = customers(600)
    others[:, PLACE["purchases"]] += 300
    strangers = clustering.find(others, [group.centre for group in first.groups])
    assert None in [group.same_as for group in strangers.groups]


def test_customers_who_are_all_alike_are_no_groups():
    assert clustering.find(np.ones((200, len(FEATURES)), np.float32), []) is None


def test_names_are_plain_and_never_twice():
    reasons = [("purchases", 2.0), ("money_minor", 1.5), ("recency_days", -0.9)]
    assert names.name_of(reasons, ()) == "Buying often, spending much"
    third = "Buying often, spending much, recent"
    assert names.name_of(reasons, {"Buying often, spending much"}) == third
    assert names.name_of(reasons, {"Buying often, spending much", third}) == f"{third} (2)"
    assert names.name_of([("purchases", 0.1)], ()) == "Like most customers"
    assert [names.quality(one).split()[3] for one in (0.6, 0.3, 0.1)] == ["clearly", "be", "into"]


def features_of(db, **options) -> list[dict]:
    rows = [row for batch in read(read_as_of(options.get("day")), "GBP") for row in batch]
    return [dict(zip(BY_KEY, map(float, row), strict=True)) for row in rows]


def test_features_net_refunds_and_know_only_what_was_then(db):
    carla = buyer(10, 400, 1_000, minor=5_000)
    buy(carla, 20, minor=3_000, refunded=3_000)
    give_back(carla, 5, 1_000)
    make_channel(carla)
    make_customer()
    (known,) = features_of(db)
    assert known == {
        "recency_days": 11,
        "purchases": 2,
        "money_minor": 9_000,
        "basket_minor": 5_000,
        "tenure_days": 1_001,
        "refund_share": pytest.approx(4 / 13),
        "refunds": 2,
        "conversations": 1,
        "low_ratings": 0,
    }
    (then,) = features_of(db, day=now().date() - timedelta(days=200))
    assert (then["purchases"], then["refunds"], then["conversations"]) == (1 + 0, 0, 0)


def small_shop(number: int = 60) -> None:
    """As many who bought, in three ways, and some who never did."""
    chance = random.Random(5)
    for place in range(number):
        if place % 10 == 0:
            make_customer()
        if place % 3 == 0:
            latest = chance.randint(1, 20)
            buyer(
                *(latest + 0.5 + 25 * one for one in range(chance.randint(7, 10))), minor=chance.randint(4, 6) * 1_000
            )
        elif place % 3 == 1:
            buyer(chance.randint(400, 600) + 0.5, minor=chance.randint(1, 2) * 700)
        else:
            buyer(chance.randint(5, 40) + 0.5, minor=chance.randint(30, 50) * 1_000)


@pytest.fixture
def marta(browser, db):
    return browser(make_employee("manager"))


def test_a_manager_asks_reads_and_keeps_a_suggestion(marta, db, work):
    small_shop()
    assert "No suggestions yet" in text_of(marta.get("/segments/suggestions"))
    assert marta.post("/segments/suggestions").status_code == 303
    assert marta.post("/segments/suggestions").status_code == 303
    page = marta.get("/segments/suggestions", fragment=True)
    assert "Looking for groups" in text_of(page)
    assert 'hx-trigger="every 3s"' in page.get_data(as_text=True)
    work()
    run = db.scalars(select(SuggestionRun)).one()
    assert (run.state, run.customer_count) == ("done", 60)
    page = text_of(marta.get("/segments/suggestions"))
    for one in run.suggestions:
        assert one.name in page
        wanted = tree.read("customer", one.tree)
        assert filters.preview(SYSTEM, wanted).count == one.rule_count
        assert one.precision > 0.8
        made = marta.post("/segments", {"where": wanted.json, "name": one.name, "mode": "dynamic"})
        assert made.status_code == 303
    assert "silhouette" in page
    assert "typical" in page
    told = db.scalars(select(Event).where(Event.type == "segment.suggested")).one()
    assert told.payload["groups"] == len(run.suggestions)


def test_names_stay_when_a_run_is_repeated_and_when_customers_change(db, work):
    small_shop()

    def suggest() -> dict:
        run_id = actions.start(None, actor=SYSTEM).run_id
        db.commit()
        work()
        db.expire_all()
        run = queries.get_run(run_id)
        return {one.name: (one.origin_id, one.customer_count) for one in run.suggestions}

    first = suggest()
    assert suggest() == first
    small_shop(12)
    third = suggest()
    assert {name: origin for name, (origin, _count) in third.items()} == {
        name: origin for name, (origin, _count) in first.items()
    }
    assert sum(count for _origin, count in third.values()) == 72


def test_too_few_customers_are_told(marta, db, work):
    buyer(3)
    marta.post("/segments/suggestions")
    work()
    assert "Fewer than 50 customers" in text_of(marta.get("/segments/suggestions"))
    assert queries.find_latest().state == "failed"


def test_groups_as_of_an_earlier_day_name_the_days(db, work):
    small_shop()
    day = now().date() - timedelta(days=1)
    actions.start(day, actor=SYSTEM)
    db.commit()
    work()
    run = queries.find_last_done()
    assert run.as_of == day
    for one in run.suggestions:
        assert "window" not in str(one.tree)
        assert filters.preview(SYSTEM, tree.read("customer", one.tree)).count == one.rule_count
    assert db.scalar(select(func.count()).select_from(Schedule)) == 0


def test_the_first_run_makes_a_schedule_that_runs_by_itself(db, work):
    small_shop()
    actions.start(None, actor=SYSTEM)
    db.commit()
    work()
    schedule = db.scalars(select(Schedule).where(Schedule.job == actions.SUGGEST_JOB)).one()
    assert schedule.in_words
    schedules.run_now(schedule, actor=SYSTEM)
    actions.start(None, actor=SYSTEM)
    db.commit()
    work()
    assert [run.state for run in db.scalars(select(SuggestionRun))] == ["done"] * 3
    assert db.scalar(select(func.count()).select_from(Schedule)) == 1


def test_a_run_that_died_is_told_and_another_can_begin(marta, db, work):
    small_shop()
    run = actions.start(None, actor=SYSTEM)
    db.commit()
    db.execute(text("UPDATE jobs SET state = 'failed'"))
    db.commit()
    assert "It came to no end" in text_of(marta.get("/segments/suggestions"))
    assert actions.start(None, actor=SYSTEM).run_id != run.run_id


def test_agents_look_and_start_nothing(browser, db):
    agent = browser(make_employee("agent"))
    assert agent.get("/segments/suggestions").status_code == 200
    assert agent.post("/segments/suggestions").status_code == 403
    assert browser(make_employee("manager")).post("/segments/suggestions", {"as_of": "soon"}).status_code == 422


@pytest.mark.slow
def test_pages_do_without_the_heavy_libraries():
    heavy = "{'sklearn', 'numpy', 'scipy'}"
    asked = f"import sys, app.segments.suggestions.wiring; sys.exit(' '.join({heavy} & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=os.environ, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
