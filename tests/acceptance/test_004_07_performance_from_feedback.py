"""004-07: a manager sees each employee's average rating, out of how many and how sure, and what was said."""

from app.core.clock import now
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee

SAID = {5: "Quick and kind", 4: "Good in the end", 1: "Nobody read my order"}


def rate_all(browser, employee) -> None:
    for stars, words in SAID.items():
        carla = make_customer()
        channel = make_channel(carla, owner=employee, closed=True)
        form = {"rating": str(stars), "feedback": words}
        assert browser(carla).post(f"/portal/chats/{channel.channel_id}/rating", form).status_code == 303


def test_average_interval_count_and_the_words_behind_them(browser, db):
    ravi, noor = make_employee(first_name="Ravi", last_name="Patel"), make_employee(first_name="Noor", last_name="Ali")
    rate_all(browser, ravi)
    manager, today = browser(make_employee("manager")), now().date().isoformat()
    span = f"from={today}&to={today}"
    page = text_of(manager.get(f"/performance?{span}"))
    assert "Ravi Patel" in page
    assert "3.33 ± 2.36 · 3 rated" in page
    rows = text_of(manager.get(f"/performance/rows?{span}&measure=rating&employee={ravi.person_id}"))
    assert all(words in rows for words in SAID.values())
    own = browser(noor).get(f"/performance/{ravi.person_id}?{span}")
    assert own.status_code == 404
