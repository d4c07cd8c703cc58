"""The copy as a file: JSON for programs and a page for people, in one ZIP."""

import io
import json
import zipfile
from datetime import datetime
from typing import Any

from flask import current_app, render_template

from app.engine.custom_fields import definitions, values
from app.people import details
from app.people.disclosure import parts
from app.people.models import Customer


def write(customer: Customer, moment: datetime) -> bytes:
    """Everything that is kept about a customer, as a ZIP of `data.json` and `index.html`."""
    kept = {"about": [_about(customer)], **parts.gather(customer.person_id)}
    titles = {"about": "You", **{key: part.title for key, part in parts.PARTS.items()}}
    page = render_template(
        "people/disclosure/document.html",
        shop=current_app.extensions["rapport"].workspace,
        customer=customer,
        moment=moment,
        sections=[(titles[key], rows) for key, rows in kept.items()],
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", page)
        archive.writestr("data.json", json.dumps(kept, ensure_ascii=False, indent=2))
    return file.getvalue()


def _about(customer: Customer) -> dict[str, Any]:
    return {
        "number": str(customer.person_id),
        "first name": customer.first_name,
        "last name": customer.last_name,
        "email": customer.email,
        "email confirmed at": _iso(customer.email_verified_at),
        "phone": details.readable_phone(customer.phone),
        "address": customer.address,
        "country": customer.country,
        "language": customer.locale,
        "time zone": customer.time_zone,
        "stage": customer.stage,
        "came by": customer.source,
        "reference": customer.reference,
        "since": _iso(customer.created_at),
        "deactivated at": _iso(customer.deactivated_at),
        **{
            field.label: values.words(field, customer.person_id, customer.custom)
            for field in definitions.of("customer")
        },
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
