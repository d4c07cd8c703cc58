"""004-25: transactions are cut by month; an old month is put away and brought back, and nothing is lost."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.sales import actions as sales
from app.sales import queries
from app.sales.models import Receipt, Transaction
from tests.factories import make_customer, make_product

JANUARY = datetime(2011, 1, 15, 12, tzinfo=UTC)
FEBRUARY = datetime(2011, 2, 15, 12, tzinfo=UTC)


def sell(db, at) -> Receipt:
    line = sales.SaleLine(make_product(price_minor=500).product_id, 2)
    receipt = sales.record_sale(make_customer(), [line], actor=SYSTEM, at=at)
    db.commit()
    return receipt


def run(app, *words):
    return app.test_cli_runner().invoke(args=["sales", *words])


def plan(db, first, last) -> str:
    query = "EXPLAIN SELECT sum(amount_minor) FROM transactions WHERE at >= :first AND at < :last"
    return "\n".join(db.scalars(text(query), {"first": first, "last": last}))


@pytest.fixture
def attached(app):
    yield
    run(app, "attach-month", "2011-01")


def test_a_question_about_one_month_reads_one_table(db):
    sell(db, JANUARY), sell(db, FEBRUARY)
    asked = plan(db, datetime(2011, 1, 1, tzinfo=UTC), datetime(2011, 2, 1, tzinfo=UTC))
    assert "transactions_2011_01" in asked
    assert "transactions_2011_02" not in asked
    assert "transactions_default" not in asked


@pytest.mark.usefixtures("attached")
def test_a_month_is_put_away_and_brought_back(app, db):
    old, new = sell(db, JANUARY), sell(db, FEBRUARY)
    sales.refund(old, None, amount_minor=100, reason="Late", actor=SYSTEM)
    db.commit()
    away = run(app, "detach-month", "2011-01")
    assert away.exit_code == 0, away.output
    assert "January 2011 is put away in the table transactions_2011_01" in away.output
    assert db.scalar(select(func.count()).select_from(Transaction).where(Transaction.at < FEBRUARY)) == 0
    assert db.scalar(text("SELECT count(*) FROM transactions_2011_01")) == 1
    assert len(queries.list_lines(new)) == 1
    for act in (
        lambda: sell(db, JANUARY),
        lambda: sales.refund(old, None, reason="Again", actor=SYSTEM),
    ):
        with pytest.raises(sales.MonthPutAway):
            act()
        db.rollback()
    with pytest.raises(Exception, match="never changed"):
        db.execute(text("DELETE FROM transactions_2011_01"))
    db.rollback()
    assert "put away already" in run(app, "detach-month", "2011-01").output
    assert "2011-01  about          0 lines  put away" in run(app, "months").output.replace("1 lines", "0 lines")
    assert run(app, "attach-month", "2011-01").exit_code == 0
    rest = sales.refund(old, None, reason="The rest", actor=SYSTEM)
    db.commit()
    assert rest.total_minor == -900
    sell(db, JANUARY)


def test_what_is_not_a_month_is_refused_in_words(app):
    assert "Write the month as 2011-01" in run(app, "detach-month", "January").output
    assert "There is no table of March 1999" in run(app, "detach-month", "1999-03").output
