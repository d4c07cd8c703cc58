"""What a copy for a customer says of the messages they were to get."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.people.disclosure.parts import Part, add_part, leave_out
from app.reach.models import Delivery, Listed, Received, Run, Step, TouchTask, Trigger

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for messages."""
    add_part(Part("deliveries", "Messages planned for you", ("reach_deliveries",), _deliveries))
    add_part(Part("delivery_steps", "What became of them", ("reach_steps",), _steps))
    add_part(Part("triggers", "What they were to answer", ("reach_triggers",), _triggers))
    add_part(Part("received_events", "What the shop's programs told of you", ("reach_received",), _received))
    add_part(Part("recipient_lists", "Lists of recipients you are on", ("reach_listed",), _listed))
    leave_out("about staff", "crm_user_touch_task", "reach_templates", "reach_template_versions")
    leave_out("counted within seconds, and told by what became of each message", "reach_heard")
    leave_out("a fingerprint that leads back to nobody", "reach_suppressions")


def _deliveries(customer_id: UUID) -> Rows:
    query = select(Run.started_at.label("at"), TouchTask.name.label("message"), Delivery.channel, Delivery.reason)
    query = (
        query.select_from(Delivery)
        .join(Run, Run.run_id == Delivery.run_id)
        .join(TouchTask, TouchTask.id == Run.task_id)
    )
    return query.where(Delivery.person_id == customer_id).order_by(Delivery.run_id)


def _steps(customer_id: UUID) -> Rows:
    its = (Delivery.run_id == Step.run_id, Delivery.person_id == Step.person_id, Delivery.channel == Step.channel)
    query = select(Step.at, Step.channel, Step.kind.label("what"), Step.words).join(Delivery, its[0] & its[1] & its[2])
    return query.where(Delivery.person_id == customer_id).order_by(Step.at)


def _triggers(customer_id: UUID) -> Rows:
    query = select(Trigger.happened_at.label("at"), TouchTask.name.label("message"), Trigger.due_at)
    query = query.select_from(Trigger).join(TouchTask, TouchTask.id == Trigger.task_id)
    return query.where(Trigger.person_id == customer_id).order_by(Trigger.happened_at)


def _received(customer_id: UUID) -> Rows:
    query = select(Received.occurred_at.label("at"), Received.name.label("what"), Received.facts)
    return query.where(Received.person_id == customer_id).order_by(Received.occurred_at)


def _listed(customer_id: UUID) -> Rows:
    query = select(TouchTask.name.label("message")).select_from(Listed)
    return (
        query.join(TouchTask, TouchTask.id == Listed.task_id)
        .where(Listed.person_id == customer_id)
        .order_by(TouchTask.id)
    )
