"""Programs write down what was said elsewhere."""

from tests.factories import make_channel, make_customer
from tests.statements import counted


def test_calls_and_emails_stand_in_the_timeline(api):
    customer = make_customer()
    here = f"/customers/{customer.person_id}"
    body = {"kind": "phone", "content": "Wants two", "is_incoming": True, "at": "2026-01-31T10:15:00Z"}
    made = api.post(f"{here}/communications", body).json
    assert (made["sender_id"], made["at"]) == (str(customer.person_id), "2026-01-31T10:15:00.000Z")
    mail = api.post(f"{here}/communications", {"kind": "email", "subject": "Offer", "content": "Two lamps"})
    assert mail.status_code == 200
    titles = [item["title"] for item in api.get(f"{here}/timeline").json["data"]]
    assert {"The customer called", "Email: Offer"} <= set(titles)


def test_what_makes_no_sense_is_refused(api):
    here = f"/customers/{make_customer().person_id}/communications"
    for body, field in (
        ({"kind": "email", "content": "x"}, "subject"),
        ({"kind": "email", "subject": "x", "content": "x", "outcome": "Reached"}, "outcome"),
        ({"kind": "phone", "content": "x", "at": "2999-01-01T00:00:00Z"}, "at"),
        ({"kind": "chat", "content": "x"}, "kind"),
    ):
        refused = api.post(here, body)
        assert refused.status_code == 422
        assert field in str(refused.json)


def test_a_chat_is_written_in_by_who_sees_it_and_looked_at_once(program, db):
    carla, other = make_customer(), make_customer()
    own, foreign = make_channel(carla), make_channel(other)
    writer = program(carla, "conversations.read", "conversations.request")
    assert writer.post(f"/conversations/{foreign.channel_id}/messages", {"content": "Hello"}).status_code == 404
    reader = program(carla, "conversations.read")
    assert reader.post(f"/conversations/{own.channel_id}/messages", {"content": "Hello"}).status_code == 403
    with counted() as statements:
        said = writer.post(f"/conversations/{own.channel_id}/messages", {"content": "Hello"})
    assert (said.status_code, said.json["content"]) == (201, "Hello")
    assert not [one for one in statements if one.startswith("SELECT comm_channels.")], statements
