"""004-14: a rating of 1 to 5 with feedback, after the close, one for each close, by the customer of the chat only."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from app.conversations.models import Rating
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def test_twenty_at_once_store_one_rating(server, db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada, closed=True)
    hers, url = server.browser(carla), f"/portal/chats/{channel.channel_id}/rating"

    def rate(stars: int) -> int:
        return hers.ask("POST", url, {"rating": str(1 + stars % 5), "feedback": f"number {stars}"})[0]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(rate, range(20)))
    assert answers == [303] * 20, "it may be changed for a day"
    db.expire_all()
    rated = db.scalars(select(Rating)).one()
    assert rated.stars == 1 + int(rated.comment.removeprefix("number ")) % 5, "all of one answer"
    assert rated.answered_by == ada.person_id


def test_only_after_the_close_only_one_to_five_only_by_the_customer(browser):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    url = f"/portal/chats/{channel.channel_id}"
    assert browser(carla).post(f"{url}/rating", {"rating": "5"}).status_code == 409
    browser(ada).post(f"/conversations/{channel.channel_id}/closure")
    for wrong in ("0", "6", "five", "4.5", "", "1e1"):
        assert browser(carla).post(f"{url}/rating", {"rating": wrong}).status_code == 422, wrong
    assert browser(make_customer()).post(f"{url}/rating", {"rating": "1"}).status_code == 404
    assert browser(ada).post(f"{url}/rating", {"rating": "1"}).status_code == 403
    page = browser(carla)
    thanks = page.follow(page.post(f"{url}/rating", {"rating": "4", "feedback": "<b>Kind</b>"}))
    assert "Thank you for your rating" in text_of(thanks)
    assert "<b>Kind</b>" in text_of(browser(ada).get(f"/conversations/{channel.channel_id}"))


def test_who_was_answered_by_nobody_has_nothing_to_rate(browser):
    carla = make_customer()
    channel = make_channel(carla)
    page, url = browser(carla), f"/portal/chats/{channel.channel_id}"
    page.post(f"{url}/closure")
    assert page.post(f"{url}/rating", {"rating": "5"}).status_code == 409
