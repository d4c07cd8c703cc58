"""Setting the shop's hours."""

from datetime import UTC, date, datetime

import pytest

from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.engine.hours import actions, queries

NINE_TO_FIVE = ((9 * 60, 17 * 60),)


def test_what_was_saved_counts_at_once(app, db):
    sunday = datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert queries.shop_hours().is_open(sunday)
    actions.set_week([NINE_TO_FIVE] * 6 + [()], actor=SYSTEM)
    db.commit()
    assert not queries.shop_hours().is_open(sunday)
    actions.add_holiday(date(2026, 11, 23), "Inventory", actor=SYSTEM)
    db.commit()
    assert queries.shop_hours().spans_on(date(2026, 11, 23)) == ()
    actions.remove_holiday(queries.list_holidays()[0], actor=SYSTEM)
    db.commit()
    assert queries.shop_hours().spans_on(date(2026, 11, 23)) == NINE_TO_FIVE


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        (((600, 600),), "later"),
        (((600, 1500),), "later"),
        (((600, 720), (700, 800)), "overlap"),
        (((0, 1), (2, 3), (4, 5), (6, 7), (8, 9)), "at most"),
    ],
)
def test_hours_that_make_no_sense_are_refused_by_weekday(app, spans, words):
    with pytest.raises(Invalid) as refused:
        actions.set_week([(), (), spans, (), (), (), ()], actor=SYSTEM)
    assert words in refused.value.errors["2"][0]


def test_a_date_is_in_the_list_once(app, db):
    actions.add_holiday(date(2026, 12, 24), "Christmas Eve", ((540, 720),), actor=SYSTEM)
    with pytest.raises(Invalid):
        actions.add_holiday(date(2026, 12, 24), "Again", actor=SYSTEM)
    with pytest.raises(Invalid):
        actions.add_holiday(date(2026, 12, 25), "", actor=SYSTEM)
