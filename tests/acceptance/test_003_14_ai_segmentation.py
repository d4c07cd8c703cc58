"""003-14: RFM and clustering give named segments with reasons, the same under the same seed, with their quality."""

from datetime import date

import pytest

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.filters import sql, tree
from app.people.models import Customer
from app.segments.rfm import actions as rfm
from app.segments.rfm import queries as grids
from app.segments.suggestions import actions, clustering, queries
from app.segments.suggestions.names import quality
from tests.acceptance.test_real_shop_import import FILE, WHOLE, bring_in, part_of_it
from tests.browser_client import text_of
from tests.factories import make_employee
from tests.segments.test_suggestions import small_shop

LAST_DAY = date(2011, 6, 10)


def count(where, as_of) -> int:
    passing = sql.ids(tree.read("customer", where), as_of.moment).where(Customer.erased_at.is_(None))
    return len(database.session.scalars(passing).all())


def suggest(day: date | None) -> list:
    """A run, carried out at once."""
    run = actions.start(day, actor=SYSTEM)
    actions.carry_out(run, clustering.gather, clustering.find)
    database.session.commit()
    return [(one.name, one.origin_id, one.customer_count, one.tree) for one in run.suggestions]


def check(db, day: date | None) -> None:
    as_of = grids.read_as_of(day)
    rfm.set_breaks(grids.propose(grids.usual_breaks(), as_of), actor=SYSTEM)
    db.commit()
    grid = grids.find_grid(as_of)
    assert len({named.name for named, _total in grid.groups}) == 8
    for named, total in grid.groups:
        assert count(named.tree(grid.breaks, as_of), as_of) == total.customers, named.name
    assert sum(total.customers for _named, total in grid.groups) == grid.total.customers > 0
    first = suggest(day)
    assert suggest(day) == first
    run = queries.find_last_done()
    assert run.customer_count == grid.total.customers == sum(one.customer_count for one in run.suggestions)
    assert len({one.name for one in run.suggestions}) == len(run.suggestions) >= 3
    for one in run.suggestions:
        assert len(one.reasons) == 3
        assert count(one.tree, as_of) == one.rule_count
        assert one.precision > 0.6
        assert one.recall > 0.6
    assert -1 < run.silhouette < 1
    assert quality(run.silhouette)


def test_a_small_shop_gets_named_segments_with_reasons(db, browser):
    small_shop()
    check(db, None)
    page = text_of(browser(make_employee("manager")).get("/segments/suggestions"))
    run = queries.find_last_done()
    assert quality(run.silhouette) in page
    for one in run.suggestions:
        assert one.name in page


@pytest.mark.slow
@pytest.mark.skipif(not FILE.exists(), reason="the real shop's file is not on this machine")
@pytest.mark.parametrize("one_in", [10, pytest.param(WHOLE, marks=pytest.mark.long)])
def test_a_real_shop_gets_named_segments_with_reasons(db, one_in):
    bring_in(db, part_of_it(one_in))
    check(db, LAST_DAY)
