"""000-11: the bell counts what is unread; opening marks read; both survive a reload."""

import re

from app.engine.notices import actions as notices
from tests.factories import make_customer


def test_the_bell_counts_and_opening_is_remembered(browser, db):
    carla = make_customer()
    for number in range(2):
        notices.notify(carla.person_id, key=f"chat:{number}", title=f"Answer {number}", url="/settings")
    db.commit()
    mine = browser(carla)
    page = mine.get("/notices").get_data(as_text=True)
    assert 'data-count="2"' in page
    mine.follow(mine.post(re.search(r'action="(/notices/\S+/opening)"', page)[1]))
    for reloaded in (mine, browser(carla)):
        assert 'data-count="1"' in reloaded.get("/notices").get_data(as_text=True)
