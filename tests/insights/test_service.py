"""Insights into service: card, table, file and drill-down are one select, so they never disagree."""

import csv
import io
import json
import re
from datetime import timedelta
from random import Random
from urllib.parse import quote

import pytest

from app.accounts import sign_ins
from app.conversations.availability.models import Availability
from app.conversations.models import Channel, Rating
from app.conversations.targets.models import ResponseClock
from app.core.clock import now
from app.engine.tags.models import RecordTag, Tag
from app.insights import periods
from app.insights.service import queries
from app.insights.service.metrics import METRICS, NO_LABEL
from app.insights.service.queries import Asked
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.insights.test_performance import LONDON
from tests.statements import counted

DAYS = 40


def answered(db, owner, *, minutes=5, days_ago=1.0, target=None, stars=None, labels=(), team=""):
    """A conversation that was answered and closed: asked at noon, so that all of it is of one day."""
    asked = now().replace(hour=12) - timedelta(days=days_ago)
    channel = Channel(
        state="closed",
        topic="Parcel",
        customer_id=make_customer().person_id,
        owner_id=owner.person_id,
        requested_at=asked,
        closed_at=asked + timedelta(hours=1),
    )
    db.add(channel)
    db.flush()
    seconds = minutes * 60
    for kind, taken in (("first", seconds), ("resolution", 3600)):
        clock = ResponseClock(
            channel_id=channel.channel_id,
            kind=kind,
            started_at=asked,
            stopped_at=asked + timedelta(seconds=taken),
            business_seconds=taken,
            raw_seconds=taken,
            target_seconds=target,
            is_met=None if target is None else taken <= target,
            owner_id=owner.person_id,
            team=team or owner.department,
        )
        db.add(clock)
    if stars:
        rated = Rating(
            channel_id=channel.channel_id,
            closed_at=channel.closed_at,
            stars=stars,
            comment="As it was",
            answered_by=owner.person_id,
            team=team or owner.department,
            channel_kind="chat",
            rated_at=channel.closed_at,
        )
        db.add(rated)
    db.add_all(RecordTag(record_kind="conversation", record_id=channel.channel_id, tag_id=one.tag_id) for one in labels)
    db.commit()
    return channel


def asked_by(person, preset="30d", **more) -> Asked:
    actor = sign_ins.actor_for(person.person_id)
    return Asked(actor, periods.read({"period": preset}, today=now().astimezone(LONDON).date(), zone=LONDON), **more)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_card_table_file_and_drill_down_agree(db, browser, seed):
    chance = Random(seed)
    staff = [make_employee(department=team) for team in ("Support", "Support", "Sales")]
    labels = [Tag(name=name) for name in ("Delivery", "Returns, late")]
    db.add_all(labels)
    db.commit()
    for _number in range(30):
        answered(
            db,
            chance.choice(staff),
            minutes=chance.randint(1, 90),
            days_ago=1 + chance.random() * DAYS,
            target=chance.choice((None, 1800)),
            stars=chance.choice((None, 1, 3, 5)),
            labels=chance.sample(labels, chance.randint(0, 2)),
        )
    for person in staff:
        began = now() - timedelta(days=chance.random() * DAYS)
        ended = began + timedelta(hours=chance.randint(1, 9))
        db.add(Availability(person_id=person.person_id, began_at=began, ended_at=ended, state="busy"))
    db.commit()
    boss = make_employee("manager")
    page = browser(boss)
    for narrowed in ({}, {"employee_id": staff[0].person_id}, {"team": "Support"}):
        asked = asked_by(boss, **narrowed)
        query = "&".join(f"{name}={quote(value)}" for name, value in asked.query().items())
        for key, result in queries.read_service(asked).results.items():
            file = page.get(f"/insights/rows.csv?metric={key}&{query}").text
            lines = list(csv.DictReader(io.StringIO(file)))
            everything = queries.list_rows(asked, METRICS[key], limit=1000)
            assert result.now.count == len(lines) == len(everything), key
            assert result.now.count == sum(figure.count for figure in result.groups.values()), key
            if lines and METRICS[key].summary == "mean":
                assert result.now.mean == pytest.approx(sum(float(line["value"]) for line in lines) / len(lines))
            assert result.now.met == sum(line["in_time"] == "yes" for line in lines)
            total = sum(float(line["value"]) for line in lines)
            assert result.now.total == pytest.approx(total, rel=1e-4), key
            assert result.now.total == pytest.approx(sum(figure.total for figure in result.groups.values())), key
            for group, figure in result.groups.items():
                rows = queries.list_rows(asked, METRICS[key], group, limit=1000)
                assert figure.count == len(rows), (key, group)
                assert {row.grp for row in rows} == {group}


def test_the_page_says_what_it_counts_and_of_when(db, browser):
    ada = make_employee()
    for minutes in (5, 10, 60):
        answered(db, ada, minutes=minutes, target=1800, stars=4)
    answered(db, ada, minutes=20, days_ago=45)
    boss = browser(make_employee("manager"))
    boss.get("/insights")
    with counted() as statements:
        page = boss.get("/insights?period=30d")
    words = text_of(page)
    assert "compared with the 30 days before · days of Europe/London" in words
    assert "none are set: day and night count" in words
    assert "Half within 10 min , nine of ten within 50 min ; 67% of 3 within target" in words
    assert "4.0 of 5 · 3 ratings, 100% of 3" in words
    assert "As it was" in words
    told = json.loads(re.search(r'id="chart-first".*?data-chart="([^"]*)"', page.text)[1].replace("&#34;", '"'))
    assert told["series"]["Median"] == [*[None] * 28, 10.0, None], "yesterday, of thirty days"
    assert len(statements) <= 8, statements


def test_a_group_opens_exactly_its_rows(db, browser):
    ada, delivery = make_employee(), Tag(name="Delivery & returns")
    db.add(delivery)
    db.commit()
    one = answered(db, ada, labels=[delivery])
    other = answered(db, ada)
    boss = browser(make_employee("manager"))
    found = boss.get(f"/insights/rows?metric=reasons&group={quote(delivery.name)}").text
    assert str(one.channel_id) in found
    assert str(other.channel_id) not in found
    rest = boss.get(f"/insights/rows?metric=reasons&group={quote(NO_LABEL)}").text
    assert str(other.channel_id) in rest
    assert boss.get("/insights/rows?metric=nothing").status_code == 404
    assert boss.get("/insights/rows?metric=load&employee=me").status_code == 404


def test_one_sees_what_the_role_reaches(db, browser):
    ada, ben = make_employee(), make_employee()
    answered(db, ada)
    hers = answered(db, ben)
    page = browser(ada).get("/insights/rows?metric=first").text
    assert str(hers.channel_id) not in page
    assert queries.read_service(asked_by(ada)).results["first"].now.count == 1
    assert queries.read_service(asked_by(ada, employee_id=ben.person_id)).results["first"].now.count == 0
    assert browser(make_customer()).get("/insights").status_code == 403


def test_a_file_runs_no_formula(db, browser):
    channel = answered(db, make_employee(), stars=1)
    channel.topic = "=HYPERLINK(1)"
    db.commit()
    assert "'=HYPERLINK(1)" in browser(make_employee("manager")).get("/insights/rows.csv?metric=ratings").text


def test_what_took_long_to_count_is_shown_again_as_it_was(db, browser, monkeypatch):
    monkeypatch.setattr("app.core.redis.SLOW_SECONDS", 0)
    answered(db, make_employee(), stars=4)
    boss = browser(make_employee("manager"))
    pages = [text_of(boss.get("/insights")) for _again in range(2)]
    assert pages[0].partition("First answer")[2] == pages[1].partition("First answer")[2]
