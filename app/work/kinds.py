"""What is essential of customers, companies and tasks."""

from uuid import UUID

from sqlalchemy import func, select

from app.companies import queries as companies
from app.companies.models import Company
from app.conversations.access import visible_to as talks_visible_to
from app.conversations.models import Channel
from app.core.access import Actor
from app.core.db import db
from app.core.display import when
from app.core.errors import NotFound
from app.people.access import visible_to
from app.people.forms import STAGE_LABELS
from app.people.models import Customer, Employee
from app.people.privacy import email_of, phone_of
from app.tasks import queries as tasks
from app.tasks.moments import in_words
from app.work import essentials
from app.work.essentials import Essentials, Fact


def add() -> None:
    """Say what is essential of each kind."""
    essentials.add("customer", of_customer)
    essentials.add("company", of_company)
    essentials.add("task", of_task)


def of_customer(actor: Actor, customer_id: UUID) -> Essentials:
    """How to reach a customer, where they work, who looks after them, and when they were last in touch."""
    talked = select(func.max(Channel.last_at)).where(Channel.customer_id == customer_id, talks_visible_to(actor))
    query = (
        select(Customer, Company.name, Employee.name, talked.scalar_subquery())
        .outerjoin(Company, Company.company_id == Customer.company_id)
        .outerjoin(Employee, Employee.person_id == Customer.owner_id)
        .where(Customer.person_id == customer_id, visible_to(actor))
    )
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound
    customer, company, owner_name, last_at = found
    return Essentials(
        line=" · ".join(part for part in (STAGE_LABELS[customer.stage], company, customer.country) if part),
        facts=_facts(
            Fact("Company", company or "", f"/companies/{customer.company_id}"),
            Fact("Looked after by", owner_name or "Nobody yet"),
            Fact("Last contact", when(last_at) if last_at else "Never"),
            Fact("Came by", customer.source),
        ),
        phone=phone_of(customer, actor),
        email=email_of(customer, actor),
        customer_id=customer_id,
    )


def of_company(_actor: Actor, company_id: UUID) -> Essentials:
    """How to reach a company, and who looks after it."""
    company, owner = companies.get_company_and_owner(company_id)
    return Essentials(
        line=" · ".join(part for part in (company.industry, company.country) if part),
        facts=_facts(
            Fact("Website", company.website or company.domain or ""),
            Fact("Address", company.address),
            Fact("Looked after by", owner.name if owner else "Nobody yet"),
        ),
        phone=company.phone,
    )


def of_task(actor: Actor, task_id: UUID) -> Essentials:
    """What is to be done until when, and what it is about; a customer is reached from here."""
    row = tasks.get_row(actor, task_id)
    facts = _facts(
        Fact("Due", in_words(row.task.due_on, row.task.due_time)),
        Fact("About", row.record.name if row.record else "", row.record.href if row.record else ""),
        Fact("Details", row.task.details),
    )
    if row.record is None or row.record.kind != "customer":
        return Essentials(facts=facts)
    known = of_customer(actor, row.record.id)
    return Essentials(known.line, (*facts, *known.facts), known.phone, known.email, known.customer_id)


def _facts(*known: Fact) -> tuple[Fact, ...]:
    return tuple(fact for fact in known if fact.value)
