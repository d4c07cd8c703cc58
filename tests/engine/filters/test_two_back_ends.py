"""The database and the memory give the same answer to every tree, about every row."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.db import db as database
from app.engine.filters import facts, memory, operators, sql, tree
from app.engine.filters.fields import Field
from tests.engine.filters.conftest import MOMENT, OWNERS, THING, THINGS, WORDS

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from([word for word in WORDS if word]) | st.sampled_from(["r", "Σ", "i", "%", "ü"]),
    "number": st.sampled_from([-1, 0, 1, 2, 49, 50, 51]),
    "money": st.sampled_from([-500, -1, 0, 1, 2, 999, 1000, 1001, 2000, 10**12]),
    "moment": st.dates(date(2025, 11, 1), date(2026, 12, 1)).map(str),
    "choice": st.sampled_from(["on", "off", "gone", "unheard of"]),
    "identity": st.sampled_from([str(owner) for owner in OWNERS]),
    "yes": st.booleans(),
    "decimal": st.sampled_from([-1, -0.5, 0, 0.1, 1.75, 2, 2.0001]),
    "day": st.dates(date(2025, 11, 1), date(2026, 12, 1)).map(str),
    "set": st.sampled_from(["a", "b", "c", "gone", "unheard of"]),
}
LENGTHS = st.sampled_from(["1h", "1d", "20d", "90d", "3w", "1m", "11m", "1y"])


def value_for(kind: str, takes: str) -> st.SearchStrategy[Any]:
    one = VALUES[kind]
    return {
        "nothing": st.none(),
        "one": one,
        "two": st.tuples(one, one).map(sorted),
        "many": st.lists(one, min_size=1, max_size=3),
        "length": LENGTHS,
        "unit": st.sampled_from(["day", "week", "month", "quarter", "year"]),
    }[takes]


@st.composite
def leaf_of(draw, known: dict[str, Field]) -> dict[str, Any]:
    asked = draw(st.sampled_from(sorted(known.values(), key=lambda one: one.key)))
    operator = draw(st.sampled_from(list(asked.questions.values())))
    return {"f": asked.key, "op": operator.key, "v": draw(value_for(asked.type, operator.takes))}


def grown(leaf: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaf,
        lambda below: st.one_of(
            st.fixed_dictionaries({"all": st.lists(below, max_size=3)}),
            st.fixed_dictionaries({"any": st.lists(below, max_size=3)}),
            st.fixed_dictionaries({"not": below}),
        ),
        max_leaves=most,
    )


@st.composite
def aggregate(draw) -> dict[str, Any]:
    function = draw(st.sampled_from(list(tree.FUNCTIONS)))
    operator = operators.NUMBER[draw(st.sampled_from(tree.COUNTING))]
    parts = THING.collections["parts"]
    node = {
        "agg": function,
        "of": "parts" if function == "count" else "parts.price_minor",
        "op": operator.key,
        "v": draw(value_for("number" if function == "count" else "money", operator.takes)),
    }
    if draw(st.booleans()):
        node["window"] = {"last": draw(LENGTHS)}
    if draw(st.booleans()):
        node["where"] = draw(grown(leaf_of(parts.fields), 3))
    return node


MEMBERS = st.sampled_from([{"in": "group", "v": "1"}, {"in": "group", "v": "2"}])
TREES = grown(st.one_of(leaf_of(THING.fields), leaf_of(THING.fields), aggregate(), MEMBERS), 8)


def unhurried(examples: int) -> settings:
    """So many trees, however slow the machine."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def read_small(made: dict[str, Any]) -> tree.Filter:
    try:
        return tree.read("thing", made)
    except tree.BadFilter as refusal:
        if "levels deep" in refusal.sentence or "at most 5 times" in refusal.sentence:
            reject()
        raise


@pytest.mark.slow
@unhurried(300)
@given(TREES)
def test_both_back_ends_agree(world, made):
    agree(world, made)


@pytest.mark.slow
@pytest.mark.long
@unhurried(3000)
@given(TREES)
def test_both_back_ends_agree_on_thousands(world, made):
    agree(world, made)


def agree(world, made: dict[str, Any]) -> None:
    wanted = read_small(made)
    assert tree.read("thing", wanted.json) == wanted
    with world.app.app_context():
        found = set(database.session.scalars(sql.ids(wanted, MOMENT)))
    held = {number for number, known in enumerate(world.facts) if memory.evaluate(wanted, known, MOMENT).holds}
    assert found == held, wanted.json


@unhurried(100)
@given(TREES, st.integers(0, THINGS - 1))
def test_facts_are_fetched_as_they_are(world, made, number):
    wanted = read_small(made)
    with world.app.app_context():
        fetched = facts.fetch(wanted, number, MOMENT)
    answer = memory.evaluate(wanted, fetched, MOMENT)
    assert answer == memory.evaluate(wanted, world.facts[number], MOMENT)


def test_not_is_the_complement(world):
    asked = {"f": "state", "op": "in", "v": ["on"]}
    with world.app.app_context():
        inside = set(database.session.scalars(sql.ids(tree.read("thing", asked), MOMENT)))
        outside = set(database.session.scalars(sql.ids(tree.read("thing", {"not": asked}), MOMENT)))
        assert inside | outside == set(range(THINGS))
        assert not inside & outside
        naive = database.session.scalar(text("SELECT count(*) FROM filtered.filter_things WHERE NOT (state = 'on')"))
        assert len(outside) > naive
