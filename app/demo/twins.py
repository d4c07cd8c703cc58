"""Two customers of the demo company who are here twice, for somebody to find."""

from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.db import db
from app.people import actions as people
from app.people.actions import CustomerDetails
from app.people.duplicates import finding
from app.people.models import Customer

MAILBOX = "margaret.hollis@gmail.com"


def register() -> None:
    """Register both beside their doubles, unless that was done before, and look who is alike."""
    if db.session.scalar(select(Customer.person_id).where(Customer.email == MAILBOX)):
        return
    doubled = (
        CustomerDetails("Margaret", "Hollis", MAILBOX, "+442079460170", country="United Kingdom"),
        CustomerDetails("Maggie", "Hollis", "margarethollis+garden@gmail.com", country="United Kingdom"),
        CustomerDetails("Tomás", "Echeverría", "tomas@echeverria.example", "+34915550170", country="Spain"),
        CustomerDetails("Tomas", "Echeverria", None, "+34915550170", "Calle Mayor 12\nMadrid", country="Spain"),
    )
    for details in doubled:
        people.register_customer(details, actor=SYSTEM, source="Demo")
    finding.find_all()
