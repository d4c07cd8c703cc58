"""RFM: classes that ties share, eight groups that divide all buyers, and filters that mean the same."""

import html
import random
import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Invalid
from app.engine.answers import actions as answers
from app.engine.events.models import Event
from app.engine.filters import sql, tree
from app.people import actions as people
from app.people.models import Customer
from app.segments.rfm import actions, breaks, queries
from app.segments.rfm.breaks import Breaks
from app.segments.rfm.named import NAMED, cell_tree
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.segments.shop import buy, buyer, give_back, spread

BREAKS = Breaks(730, (30, 90, 180, 365), (2, 4), (10_000, 50_000))
HALVES = Breaks(400, (20, 50, 110, 200), (3,), (5_000,))


def find(where, as_of) -> set:
    wanted = tree.read("customer", where)
    passing = sql.ids(wanted, as_of.moment).where(Customer.erased_at.is_(None))
    return set(database.session.scalars(passing))


def body(page) -> str:
    return html.unescape(page.get_data(as_text=True))


def many_customers(number: int = 120) -> None:
    """Customers of every kind, some refunded in part or whole, some in foreign money, some who never bought."""
    chance = random.Random(3)
    for _number in range(number):
        customer = make_customer()
        latest = chance.choice([0.1, 10, 29.9, 30.1, 60, 120, 200, 364, 366, 500, 800])
        for gap in range(chance.choice([0, 1, 1, 2, 3, 5, 8])):
            minor = chance.choice([500, 5_000, 20_000])
            refunded = chance.choice([0, 0, 0, minor // 2, minor])
            currency = chance.choice(["GBP", "GBP", "GBP", "USD"])
            buy(customer, latest + gap * chance.choice([1, 40]), minor=minor, refunded=refunded, currency=currency)
        if chance.random() < 0.1:
            give_back(customer, latest, 700)


def test_filters_find_whom_the_grid_counts(db):
    many_customers()
    people.erase_customer(buyer(3), actor=SYSTEM, reason="Asked")
    for present in (BREAKS, HALVES):
        actions.set_breaks(present, actor=SYSTEM)
        db.commit()
        for day in (None, now().date() - timedelta(days=100)):
            agree(present, queries.read_as_of(day))


def agree(present, as_of) -> None:
    """The filters of a grid's cells and of its names find as many as it counts, and nobody twice."""
    grid = queries.find_grid(as_of)
    assert grid.total.customers > 40
    for (recency, often), total in grid.cells.items():
        assert len(find(cell_tree(present, as_of, recency, often), as_of)) == total.customers, (recency, often)
    found = [find(named.tree(present, as_of), as_of) for named in NAMED]
    assert [len(one) for one in found] == [total.customers for _named, total in grid.groups]
    assert sum(len(one) for one in found) == len(set.union(*found)) == grid.total.customers
    assert sum(total.money_minor for _named, total in grid.groups) == grid.total.money_minor


def test_each_name_means_what_it_says(db):
    expected = {
        "champions": buyer(*spread(5), minor=20_000),
        "loyal": buyer(3, 40),
        "new": buyer(5),
        "attention": buyer(100, 120, 140),
        "at_risk": buyer(200, 210),
        "cannot_lose": buyer(*(250 + one for one in range(5)), minor=20_000),
        "hibernating": buyer(300),
        "lost": buyer(500, 510),
    }
    buyer(800)
    make_customer()
    as_of = queries.read_as_of(None)
    for named in NAMED:
        assert find(named.tree(BREAKS, as_of), as_of) == {expected[named.key].person_id}, named.name


def test_what_was_given_back_is_no_purchase_and_no_money(db):
    returned = buyer(5, minor=9_000, refunded=9_000)
    partly = buyer(5, minor=9_000, refunded=4_000)
    give_back(partly, 2, 1_500)
    as_of = queries.read_as_of(None)
    grid = queries.find_grid(as_of)
    assert (grid.total.customers, grid.total.money_minor) == (1, 3_500)
    buy(returned, 3, minor=100)
    assert queries.find_grid(as_of).total.customers == 2


def test_as_of_an_earlier_day_later_sales_are_unknown(db):
    buyer(10, 200)
    past = queries.find_grid(queries.read_as_of(now().date() - timedelta(days=150)))
    present = queries.find_grid(queries.read_as_of(None))
    assert list(past.cells) == [(1, 0)]
    assert list(present.cells) == [(0, 1)]
    assert queries.read_as_of(now().date() + timedelta(days=9)).day is None


def test_ties_share_a_class():
    assert breaks.cut([(1, 50), (2, 20), (3, 20), (9, 10)]) == (2, 3, 9)
    assert breaks.cut([(value, 1) for value in range(1, 101)]) == (21, 41, 61, 81)
    assert breaks.cut([(1, 70), (2, 30)]) == (2,)


def test_few_different_frequencies_make_few_classes():
    days = [(value, 2) for value in range(1, 101)]
    money = [(value * 1000, 1) for value in range(1, 101)]
    proposed = breaks.propose(BREAKS, days, [(1, 60), (2, 25), (3, 15)], money)
    assert proposed.purchases == (2, 3)
    assert proposed.recency_days == (20, 40, 60, 80)
    assert proposed.money_minor == (21_000, 41_000, 61_000, 81_000)
    breaks.check(proposed)
    assert breaks.propose(BREAKS, days, [(1, 100)], money).purchases == BREAKS.purchases
    assert breaks.propose(BREAKS, [(1, 9)], [(1, 9)], [(1, 9)]) is None


def test_one_great_customer_moves_no_break(db):
    for number in range(24):
        buyer(number + 1, minor=1_000 * (number + 1))
    as_of = queries.read_as_of(None)
    before = queries.propose(BREAKS, as_of)
    buyer(12, minor=10**11)
    after = queries.propose(BREAKS, as_of)
    assert max(after.money_minor) <= max(before.money_minor) + 1_000


def test_in_a_large_shop_a_sample_proposes(db, monkeypatch):
    for number in range(80):
        buyer(number + 1)
    db.execute(text("ANALYZE customers"))
    monkeypatch.setattr(queries, "SAMPLE", 40)
    as_of = queries.read_as_of(None)
    sampled = queries.propose(BREAKS, as_of)
    assert sampled == queries.propose(BREAKS, as_of)
    monkeypatch.setattr(queries, "SAMPLE", 10_000)
    whole = queries.propose(BREAKS, as_of)
    assert sampled.recency_days != whole.recency_days
    assert max(abs(one - other) for one, other in zip(sampled.recency_days, whole.recency_days, strict=True)) < 25


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"window_days": 0}, "window_days"),
        ({"window_days": 365}, "recency_days"),
        ({"recency_days": (30, 90, 180)}, "recency_days"),
        ({"recency_days": (30, 90, 90, 180)}, "recency_days"),
        ({"purchases": ()}, "purchases"),
        ({"purchases": (1, 2)}, "purchases"),
        ({"purchases": (5, 3)}, "purchases"),
        ({"money_minor": (1, 2, 3, 4, 5)}, "money_minor"),
        ({"money_minor": (0,)}, "money_minor"),
    ],
)
def test_breaks_that_make_no_sense_are_refused(changed, field):
    with pytest.raises(Invalid) as refused:
        breaks.check(Breaks(**{**BREAKS.__dict__, **changed}))
    assert list(refused.value.errors) == [field]


def test_other_breaks_are_another_question(db):
    as_of = queries.read_as_of(None)
    usual = queries.question(as_of)
    buyer(5)
    answers.keep(usual)
    db.execute(text("UPDATE kept_answers SET took_ms = 9000"))
    db.commit()
    assert queries.find_grid(as_of).answer.is_kept
    actions.set_breaks(BREAKS, actor=SYSTEM)
    db.commit()
    assert queries.question(as_of) != usual
    assert not queries.find_grid(as_of).answer.is_kept


@pytest.fixture
def marta(browser, db):
    return browser(make_employee("manager"))


def test_a_manager_reads_the_grid_and_keeps_a_group(marta, db):
    buyer(5)
    buyer(6, minor=2_000)
    page = marta.get("/segments/rfm")
    assert "New and promising 2" in text_of(page)
    cells = re.findall(r'<td class="rfm-cell tint-5">\s*<a href="([^"]+)"><strong>2</strong><span>£30.00<', body(page))
    assert text_of(marta.get(cells[0])).count("carla") >= 2
    keep = re.findall(r'href="/segments/new([^"]+)"', body(page))
    assert len(keep) == len(NAMED)
    where = parse_qs(urlsplit(keep[0]).query)["where"][0]
    made = marta.post("/segments", {"where": where, "name": "The best", "mode": "dynamic"})
    assert made.status_code == 303
    assert marta.get("/filters/customer", query_string={"where": where}).status_code == 200


def test_a_manager_sets_breaks_and_everybody_sees_them(marta, browser, db):
    form = {"window_days": "200", "recency_days": "7, 14; 30 60", "purchases": "3", "money_minor": "1,99.50"}
    assert marta.post("/segments/rfm/breaks", {**form, "purchases": "three"}).status_code == 422
    assert marta.post("/segments/rfm/breaks", form).headers["Location"] == "/segments/rfm"
    assert queries.present_breaks() == Breaks(200, (7, 14, 30, 60), (3,), (100, 9950))
    assert "99.50" in marta.get("/segments/rfm/breaks").get_data(as_text=True)
    told = db.scalars(select(Event).where(Event.type == "segment.breaks_set")).one()
    assert told.payload == {"window_days": 200}
    audited = text("SELECT count(*) FROM audit_log WHERE table_name = 'rfm_breaks'")
    assert db.scalar(audited) == 1
    agent = browser(make_employee("agent"))
    assert agent.get("/segments/rfm").status_code == 200
    assert agent.post("/segments/rfm/breaks", form).status_code == 403
    assert db.scalar(select(func.count()).select_from(Event).where(Event.type == "segment.breaks_set")) == 1


def test_the_data_proposes_and_nothing_is_set(marta, db):
    assert "too few" in text_of(marta.get("/segments/rfm/breaks", query_string={"proposed": 1}))
    for number in range(30):
        buyer(*spread(1 + number % 3, number + 1))
    page = marta.get("/segments/rfm/breaks", query_string={"proposed": 1}).get_data(as_text=True)
    assert 'value="2, 3"' in page
    assert queries.find_newest() is None


def test_a_shop_whose_sales_are_old_is_led_to_their_day(marta, db):
    assert "As soon as there are sales" in text_of(marta.get("/segments/rfm"))
    buyer(2_000)
    (link,) = re.findall(r'"(/segments/rfm\?as_of=[^"]+)"', body(marta.get("/segments/rfm")))
    assert "1 in the 730 days" in text_of(marta.get(link))
    assert marta.get("/segments/rfm?as_of=yesterday").status_code == 422
    assert date.fromisoformat(link[-10:]) < date.today()


def test_whoever_may_not_see_sales_sees_no_money(browser, db):
    buyer(5, minor=12_345)
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'transactions.read', NULL)"))
    db.commit()
    page = body(browser(make_employee("agent")).get("/segments/rfm"))
    assert "<strong>1</strong>" in page
    assert "123.45" not in page
    assert "where=" not in page
