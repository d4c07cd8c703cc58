"""Programs write down what was said elsewhere."""

from tests.factories import make_customer


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
