"""Where people are reached by push."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db, one_of
from app.core.errors import NotFound
from app.engine.push import vapid
from app.engine.push.encryption import Reader
from app.engine.push.models import Device
from app.engine.push.sending import Address


def list_devices(person_id: UUID) -> list[Device]:
    """The devices of a person, the latest first."""
    query = select(Device).where(Device.person_id == person_id)
    return list(db.session.scalars(query.order_by(Device.created_at.desc(), Device.subscription_id)))


@dataclass(frozen=True)
class OwnPush:
    """What a page shows of push: the devices of whoever looks, and the key a browser subscribes with."""

    key: str
    devices: list[Device]

    def mark_of(self, device: Device) -> str:
        """By which a browser finds itself among the devices, without anybody reading its address on the page."""
        return hashlib.sha256(device.endpoint.encode()).hexdigest()


def of_person(person_id: UUID) -> OwnPush:
    """What a person's own page shows of push."""
    return OwnPush(vapid.get_key().public, list_devices(person_id))


def get_device(person_id: UUID, subscription_id: UUID) -> Device:
    """One of a person's own devices. Raises: NotFound."""
    its = (Device.person_id == person_id, Device.subscription_id == subscription_id)
    device = db.session.scalar(select(Device).where(*its))
    if device is None:
        raise NotFound
    return device


def find_devices(person_id: UUID, subscription_ids: Iterable[UUID] | None = None) -> list[Device]:
    """All devices of a person, or those named."""
    query = select(Device).where(Device.person_id == person_id)
    if subscription_ids is not None:
        query = query.where(one_of(Device.subscription_id, subscription_ids))
    return list(db.session.scalars(query.order_by(Device.subscription_id)))


def address_of(person_id: InstrumentedAttribute[UUID]) -> ColumnElement[object]:
    """SQL: the devices of a person as `addresses` reads them, NULL for none."""
    one = func.jsonb_build_array(Device.endpoint, Device.p256dh, Device.auth)
    listed = func.jsonb_agg(aggregate_order_by(one, Device.subscription_id))
    return select(listed).where(Device.person_id == person_id).scalar_subquery()


def addresses(listed: Iterable[Iterable[str]]) -> list[Address]:
    """What `address_of` gave: [endpoint, p256dh, auth] of each device."""
    return [Address(endpoint, Reader(p256dh, auth)) for endpoint, p256dh, auth in listed]


def to_address(device: Device) -> Address:
    """Where a device is reached."""
    return Address(device.endpoint, Reader(device.p256dh, device.auth))
