"""Performance numbers, and the rows each of them is made of."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.accounts import sign_ins
from app.accounts.models import ChangedGrant
from app.conversations.models import Channel, Rating
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Invalid
from app.insights import periods
from app.sales import actions as sales
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted

LONDON = ZoneInfo("Europe/London")


def make_conversation(
    owner, *, answered_after: int = 60, rating: int | None = None, feedback: str = "", days_ago: int = 1
):
    """A chat that was asked for, answered so many seconds later, closed, and perhaps rated."""
    asked = now() - timedelta(days=days_ago)
    channel = Channel(
        state="closed",
        topic="Parcel",
        customer_id=make_customer().person_id,
        owner_id=owner.person_id,
        requested_at=asked,
        accepted_at=asked,
        first_response_at=asked + timedelta(seconds=answered_after),
        closed_at=asked + timedelta(hours=1),
    )
    database.session.add(channel)
    database.session.flush()
    if rating:
        database.session.add(
            Rating(
                channel_id=channel.channel_id,
                closed_at=channel.closed_at,
                stars=rating,
                comment=feedback,
                answered_by=owner.person_id,
                team=owner.department,
                channel_kind="chat",
                rated_at=channel.closed_at,
            )
        )
    database.session.commit()
    return channel


@pytest.fixture
def ravi(db):
    return make_employee("agent", first_name="Ravi", last_name="Patel")


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def test_each_measure_of_an_employee(ravi, manager):
    for seconds in (60, 120, 600):
        make_conversation(ravi, answered_after=seconds, rating=5)
    lines = [sales.SaleLine(make_product(price_minor=1000).product_id, 3)]
    sales.record_sale(make_customer(), lines, actor=sign_ins.actor_for(ravi.person_id))
    database.session.commit()
    page = text_of(manager.get("/performance"))
    assert "Ravi Patel" in page
    assert "2 min p90 8 min" in page
    assert "5.00 ± 0.00 · 3 rated" in page
    assert "£30.00" in page


def test_a_refund_counts_against_whoever_sold(ravi, manager, db):
    lines = [sales.SaleLine(make_product(price_minor=1000).product_id)]
    sale = sales.record_sale(make_customer(), lines, actor=sign_ins.actor_for(ravi.person_id))
    sales.refund(sale, None, reason="Damaged", actor=SYSTEM)
    db.commit()
    rows = text_of(manager.get(f"/performance/rows?measure=sales&employee={ravi.person_id}"))
    assert "-£10.00" in rows
    assert "£10.00" in rows


def test_the_span_before_is_compared(ravi, manager):
    make_conversation(ravi, days_ago=2)
    make_conversation(ravi, days_ago=3)
    make_conversation(ravi, days_ago=9)
    page = text_of(manager.get("/performance?period=7d"))
    assert "2 up 100%" in page


def test_the_rows_behind_a_number(ravi, manager):
    for _time in range(3):
        make_conversation(ravi)
    page = text_of(manager.get(f"/performance/rows?measure=taken&employee={ravi.person_id}"))
    assert page.count("Parcel") == 3
    answer = manager.get("/performance/rows.csv?measure=taken")
    assert answer.get_data(as_text=True).count("Parcel") == 3
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_what_customers_wrote_is_no_formula_in_the_file(ravi, manager):
    make_conversation(ravi, rating=1, feedback="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in manager.get("/performance/rows.csv?measure=rating").get_data(as_text=True)


def test_ratings_show_how_sure_they_are_and_what_was_said(ravi, manager):
    for stars in (5, 4, 5, 5, 1):
        make_conversation(ravi, rating=stars, feedback="Waited long" if stars == 1 else "")
    page = text_of(manager.get(f"/performance/{ravi.person_id}"))
    assert "4.00 on average" in page
    assert "Waited long" in page
    assert "5 of 5 closed conversations were rated" in page


def test_an_agent_sees_their_own_numbers_only(ravi, browser):
    other = make_employee("agent", last_name="Somebody")
    make_conversation(ravi)
    make_conversation(other)
    mine = browser(ravi)
    assert "Somebody" not in text_of(mine.get("/performance"))
    assert mine.get(f"/performance/{other.person_id}").status_code == 404
    assert mine.get(f"/performance/rows?measure=taken&employee={other.person_id}").status_code == 404


def test_a_manager_limited_to_the_team(db, ravi, browser):
    db.add(ChangedGrant(role="manager", permission="performance.read", scope="team"))
    db.commit()
    other = make_employee("agent", last_name="Somebody", department="Sales")
    make_conversation(ravi)
    make_conversation(other)
    page = text_of(browser(make_employee("manager")).get("/performance"))
    assert "Ravi Patel" in page
    assert "Somebody" not in page


def test_at_most_eight_statements(ravi, manager):
    make_conversation(ravi, rating=4)
    manager.get("/performance")
    for path in ("/performance", f"/performance/{ravi.person_id}", "/performance/rows?measure=rating"):
        with counted() as statements:
            assert manager.get(path).status_code == 200
        assert len(statements) <= 8, (path, statements)


@pytest.mark.parametrize(
    "query", ["period=9y", "from=2026-02-30", "from=2026-03-02&to=2026-03-01", "from=1000-01-01", "from=x"]
)
def test_periods_that_make_no_sense(manager, query):
    assert manager.get(f"/performance?{query}").status_code == 422
    assert manager.get("/performance/rows?measure=password_hash").status_code == 404


def test_a_day_is_a_day_of_the_shop_s_zone():
    period = periods.read({"from": "2026-03-29", "to": "2026-03-29"}, today=date(2026, 4, 1), zone=LONDON)
    assert period.start == datetime(2026, 3, 29, 0, tzinfo=UTC)
    assert period.end == datetime(2026, 3, 29, 23, tzinfo=UTC)  # the clocks went forward that night
    assert period.before.days == 1


def test_a_reversed_span_is_refused():
    with pytest.raises(Invalid):
        periods.read({"from": "2026-03-02", "to": "2026-03-01"}, today=date(2026, 4, 1), zone=LONDON)


def test_averages_of_few_are_grey_as_everywhere(browser, db):
    ada, ben, boss = make_employee(), make_employee(), make_employee("manager")
    for owner, number in ((ada, 4), (ben, 5)):
        for _each in range(number):
            make_conversation(owner, rating=4)
    db.commit()
    page = browser(boss).get("/performance?period=7d").get_data(as_text=True)
    cells = re.findall(r'data-label="Rating">(.*?)</td>', page, flags=re.S)
    assert sorted('quiet" title="Too few to mean much">4.00' in cell for cell in cells) == [False, True]
