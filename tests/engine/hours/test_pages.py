"""The page of opening hours: a plain form."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.engine.events.models import Event
from app.engine.hours import queries
from tests.browser_client import text_of
from tests.factories import make_employee

PATH = "/settings/opening-hours"


def typed(**times: str) -> dict[str, str]:
    """A week in which nothing but these times are filled in."""
    empty = {f"{end}-{day}-{place}": "" for end in ("opens", "closes") for day in range(7) for place in range(2)}
    return empty | {name.replace("_", "-"): value for name, value in times.items()}


def test_a_week_with_split_hours_is_set(browser, db):
    manager = browser(make_employee("manager"))
    assert "Always open" in text_of(manager.get(PATH))
    sent = typed(opens_0_0="09:00", closes_0_0="12:30", opens_0_1="14:00", closes_0_1="00:00")
    page = manager.follow(manager.post(PATH, sent))
    assert "Opening hours saved" in text_of(page)
    assert 'value="12:30"' in page.text
    db.rollback()
    week = queries.shop_hours().week
    assert week[0] == ((540, 750), (840, 1440))
    assert week[1:] == ((),) * 6
    assert db.query(Event).filter_by(type="hours.changed").count() == 1
    manager.post(PATH, typed())
    assert queries.shop_hours().is_always_open


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (typed(opens_2_0="09:00"), "Enter both times"),
        (typed(opens_2_0="09:00", closes_2_0="08:00"), "later than opening"),
        (typed(opens_2_0="25:00", closes_2_0="26:00"), "Enter both times"),
        (typed(opens_2_0="24:30", closes_2_0="08:00"), "Enter both times"),
        (typed(opens_2_0="09:00", closes_2_0="12:00", opens_2_1="11:00", closes_2_1="13:00"), "overlap"),
    ],
)
def test_what_makes_no_sense_stays_typed(browser, sent, words):
    page = browser(make_employee("manager")).post(PATH, sent)
    assert page.status_code == 422
    assert words in text_of(page)
    assert f'value="{sent["opens-2-0"]}"' in page.text


def test_holidays_come_and_go(browser, db):
    manager = browser(make_employee("manager"))
    day = (now() + timedelta(days=30)).date().isoformat()
    page = manager.follow(
        manager.post(f"{PATH}/holidays", {"day": day, "name": "Founder’s day", "opens": "", "closes": ""})
    )
    assert "Founder’s day" in text_of(page)
    again = manager.post(f"{PATH}/holidays", {"day": day, "name": "Again", "opens": "10:00", "closes": "12:00"})
    assert (again.status_code, "in the list already" in text_of(again)) == (422, True)
    half = manager.post(f"{PATH}/holidays", {"day": "2027-01-01", "name": "Half", "opens": "10:00", "closes": ""})
    assert (half.status_code, "Enter both times" in text_of(half)) == (422, True)
    assert manager.post(f"{PATH}/holidays/no-day/delete", {}).status_code == 404
    manager.post(f"{PATH}/holidays/{day}/delete", {})
    db.rollback()
    assert queries.list_holidays() == []


def test_it_takes_the_right(browser):
    agent = browser(make_employee("agent"))
    assert agent.get(PATH).status_code == 403
    assert agent.post(PATH, typed()).status_code == 403
