"""Switching push on and off, and sending it to people."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs, outward
from app.core.clock import now
from app.core.db import db, new_id, one_of
from app.core.errors import Invalid
from app.engine.events.models import Event
from app.engine.push import encryption, queries
from app.engine.push.encryption import Reader
from app.engine.push.models import Device
from app.engine.push.sending import Answer, Message, Sender

MOST_DEVICES = 20
LONGEST_ENDPOINT = 2000
DEVICE_LENGTH = 80
MOST_TRIES = 8
WRITTEN_DOWN_EVERY = timedelta(hours=1)


def add_device(person_id: UUID, *, endpoint: str, p256dh: str, auth: str, device: str) -> Device:
    """Reach a person in a browser from now on; whoever was reached in it before is not any more.

    Of more than 20 devices those not used for longest go. Raises: Invalid for no subscription of a browser.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not outward.is_reachable(endpoint):
        raise Invalid(errors={"endpoint": ["This is no address of a push service."]})
    try:
        encryption.check(Reader(p256dh, auth))
    except ValueError:
        raise Invalid(errors={"p256dh": ["These are no keys of a browser."]}) from None
    its = {"person_id": person_id, "p256dh": p256dh, "auth": auth, "device": device[:DEVICE_LENGTH]}
    statement = insert(Device).values(subscription_id=new_id(), endpoint=endpoint, created_at=now(), **its)
    statement = statement.on_conflict_do_update(index_elements=["endpoint"], set_={**its, "last_used_at": None})
    added = db.session.scalars(statement.returning(Device), execution_options={"populate_existing": True}).one()
    kept = select(Device.subscription_id).where(Device.person_id == person_id)
    kept = kept.order_by(
        (Device.subscription_id == added.subscription_id).desc(), Device.last_used_at.desc().nulls_last()
    )
    others = (Device.person_id == person_id, Device.subscription_id.not_in(kept.limit(MOST_DEVICES)))
    db.session.execute(delete(Device).where(*others))
    return added


def remove_device(device: Device) -> None:
    """Send nothing to a device any more."""
    db.session.delete(device)
    db.session.flush()


def forget_gone(endpoints: Iterable[str]) -> None:
    """Forget devices whose push service says that they are gone."""
    gone = delete(Device).where(one_of(Device.endpoint, endpoints))
    db.session.execute(gone, execution_options={"synchronize_session": False})


def mark_used(endpoints: Iterable[str]) -> None:
    """Note that devices were reached, once an hour at most."""
    moment = now()
    is_news = Device.last_used_at.is_(None) | (Device.last_used_at < moment - WRITTEN_DOWN_EVERY)
    reached = update(Device).where(one_of(Device.endpoint, endpoints), is_news)
    db.session.execute(reached.values(last_used_at=moment), execution_options={"synchronize_session": False})


def follow_deactivation(event: Event) -> None:
    """Whoever may not sign in any more is told nothing either."""
    if event.subject_id is not None:
        db.session.execute(delete(Device).where(Device.person_id == event.subject_id))


def tell(person_id: UUID, message: Message, devices: list[UUID] | None = None) -> None:
    """Queue a message to all devices of a person, or those named, in the present transaction.

    Of one tag at most one waits.
    """
    _queue(person_id, message, devices, tries=0, delay=0)


def _queue(person_id: UUID, message: Message, devices: list[UUID] | None, *, tries: int, delay: float) -> None:
    jobs.enqueue(
        "push.tell",
        {
            "person_id": str(person_id),
            "message": asdict(message),
            "devices": None if devices is None else [str(one) for one in devices],
            "tries": tries,
        },
        key=f"push:{person_id}:{message.topic or new_id()}:{tries}",
        delay=timedelta(seconds=delay),
    )


@jobs.job("push.tell")
def deliver(person_id: str, message: dict[str, str], devices: list[str] | None, tries: int) -> dict[str, int]:
    """Send to devices of a person, and again later to those whose push service asked for it."""
    said = Message(**message)  # type: ignore[arg-type]  # as `_queue` wrote it
    found = queries.find_devices(UUID(person_id), None if devices is None else map(UUID, devices))
    if not found:
        return {"sent": 0}
    sender = Sender()
    try:
        answers = sender.send([(queries.to_address(device), said) for device in found])
    finally:
        sender.close()
    settle([device.endpoint for device in found], answers)
    late = [(device, answer) for device, answer in zip(found, answers, strict=True) if answer.state == "later"]
    if late and tries < MOST_TRIES:
        wait = max(answer.after_seconds for _device, answer in late) * 2**tries
        again = [device.subscription_id for device, _answer in late]
        _queue(UUID(person_id), said, again, tries=tries + 1, delay=wait)
    return {"sent": sum(answer.state == "sent" for answer in answers), "later": len(late)}


def settle(endpoints: Sequence[str], answers: Sequence[Answer]) -> None:
    """Keep what push services said of their devices: who was reached, and who is gone."""
    by_state: dict[str, list[str]] = {"sent": [], "gone": []}
    for endpoint, answer in zip(endpoints, answers, strict=True):
        by_state.get(answer.state, []).append(endpoint)
    if by_state["sent"]:
        mark_used(by_state["sent"])
    if by_state["gone"]:
        forget_gone(by_state["gone"])
