"""What providers tell of calls: a call moves on, rings on open pages, and is written down once when it has ended."""

from sqlalchemy.dialects.postgresql import insert

from app.calls import queries
from app.calls.models import STATES, Call
from app.calls.providers.base import Heard
from app.conversations import doorbell
from app.conversations.models import PhoneCall
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db, new_id
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.people.models import Customer


def hear(provider: str, heard: Heard) -> Call:
    """Take in what a provider says of a call, as often and in whatever order it says so."""
    _meet(provider, heard)
    call = queries.hold_call(provider, heard.sid)
    assert call is not None  # it was met just now
    did_ring = call.rings
    if queries.is_later(heard.state, call.state) and heard.state in STATES:
        call.state = heard.state
    if did_ring and not call.rings:
        doorbell.ring_for_call(queries.list_answering(), key=_key(call))
    if heard.duration_seconds is not None and call.state == heard.state:
        call.duration_seconds = max(call.duration_seconds, heard.duration_seconds)
    if call.has_ended:
        call.ended_at = call.ended_at or now()
        _write_down(call)
    db.session.flush()
    return call


def _meet(provider: str, heard: Heard) -> None:
    """Know the call; the first time an incoming one is heard of, it rings."""
    number = heard.caller if heard.is_incoming else heard.called
    customer = queries.find_customer(number)
    values = {
        "call_id": new_id(),
        "provider": provider,
        "sid": heard.sid,
        "is_incoming": heard.is_incoming,
        "customer_id": customer.person_id if customer else None,
        "state": "queued",
        "started_at": now(),
    }
    made = insert(Call).values(values).on_conflict_do_nothing(index_elements=["provider", "sid"])
    call_id = db.session.scalar(made.returning(Call.call_id))
    if call_id is None:
        return
    call = queries.get_call(call_id)
    call.number = number
    if heard.is_incoming and heard.state not in STATES.keys() - {"queued", "initiated", "ringing"}:
        _ring(call, customer)


def _ring(call: Call, customer: Customer | None) -> None:
    """Let everybody who answers know, on their open pages and by the bell."""
    people = queries.list_answering()
    name = customer.name if customer else "Somebody unknown"
    path = f"/calls/{call.call_id}"
    for person_id in people:
        notices.notify(person_id, key=f"call:{call.call_id}", title=f"{name} calls", url=path)
    doorbell.ring_for_call(people, key=_key(call), name=name, path=path)


def _key(call: Call) -> str:
    """What pages call its ringing."""
    return f"call-{call.call_id}"


def _write_down(call: Call) -> None:
    """As a phone communication of its customer, once; brought up to date where the provider says more later."""
    if call.customer_id is None:
        return
    outcome = STATES[call.state][0]
    known = db.session.get(PhoneCall, call.comm_id) if call.comm_id else None
    if known is not None:
        known.duration_seconds, known.outcome = call.duration_seconds, outcome
        return
    ends = (call.customer_id, call.employee_id) if call.is_incoming else (call.employee_id, call.customer_id)
    written = PhoneCall(
        sender_id=ends[0],
        receiver_id=ends[1],
        content="",
        duration_seconds=call.duration_seconds,
        outcome=outcome,
        at=call.started_at,
    )
    db.session.add(written)
    db.session.flush()
    call.comm_id = written.comm_id
    told = {"call_id": str(call.call_id), "state": call.state}
    events.emit("call.ended", actor=SYSTEM, subject_id=call.customer_id, call_id=told["call_id"], state=told["state"])
