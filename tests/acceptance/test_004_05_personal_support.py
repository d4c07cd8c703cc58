"""004-05: beside the chat stand the customer's history and ratings; why customers ask is reported, down to the rows."""

from urllib.parse import quote

from app.accounts import sign_ins
from app.conversations.actions import ratings
from app.engine.tags.models import RecordTag, Tag
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def test_an_agent_sees_the_history_beside_the_chat(db, browser):
    ada, carla = make_employee(), make_customer(country="Norway")
    earlier = make_channel(carla, owner=ada, closed=True, topic="The broken vase")
    ratings.rate_channel(earlier, 2, actor=sign_ins.actor_for(carla.person_id))
    present = make_channel(carla, owner=ada, topic="Another vase")
    db.commit()
    beside = text_of(browser(ada).get(f"/conversations/{present.channel_id}"))
    assert "The broken vase" in beside
    assert "Norway" in beside
    assert "2.0 of 5 · 1 rating, 50% of 2" in beside


def test_contact_reasons_are_counted_by_label_and_open_their_rows(db, browser):
    ada = make_employee()
    delivery, returns = Tag(name="Delivery"), Tag(name="Returns")
    db.add_all([delivery, returns])
    db.flush()
    asked = [make_channel(owner=ada, topic=f"Question {number}") for number in range(3)]
    for channel, tag in ((asked[0], delivery), (asked[1], delivery), (asked[1], returns)):
        db.add(RecordTag(record_kind="conversation", record_id=channel.channel_id, tag_id=tag.tag_id))
    db.commit()
    boss = browser(make_employee("manager"))
    report = text_of(boss.get("/insights"))
    assert "Delivery 2 50% Returns 1 25% Without a label 1 25% All 4" in report
    rows = text_of(boss.get(f"/insights/rows?metric=reasons&group={quote('Delivery')}"))
    assert ("Question 0" in rows, "Question 1" in rows, "Question 2" in rows) == (True, True, False)
