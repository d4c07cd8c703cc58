"""What the API plugs into."""

from typing import Any

import flask_smorest
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema

from app.api import document, idempotency, routes, throttle
from app.api.access import PERMISSIONS
from app.api.resources import (
    attachments,
    availability,
    bulk,
    calendar,
    calls,
    changes,
    codes,
    companies,
    consents,
    conversations,
    custom_fields,
    customers,
    deals,
    disclosures,
    drafts,
    duplicates,
    employees,
    exports,
    files,
    filters,
    hours,
    imports,
    invoices,
    mailboxes,
    messages,
    notes,
    notices,
    orders,
    own,
    payments,
    pipelines,
    products,
    providers,
    quotes,
    ratings,
    replies,
    rfm,
    schedules,
    segments,
    service,
    stars,
    suggestions,
    tags,
    targets,
    tasks,
    taxes,
    touch_events,
    touch_tasks,
    transactions,
    views,
    widgets,
    work,
)
from app.api.schemas.base import Problem
from app.core import access, edge, reseal
from app.core.turns import Turns
from app.engine.events import catalogue

EVENTS_AT_ONCE = 20  # fewer than connections to PostgreSQL: each may have to look up its key
RESOURCES = (
    customers,
    consents,
    disclosures,
    duplicates,
    companies,
    employees,
    products,
    providers,
    transactions,
    deals,
    pipelines,
    quotes,
    orders,
    payments,
    invoices,
    taxes,
    conversations,
    ratings,
    attachments,
    drafts,
    availability,
    mailboxes,
    messages,
    calls,
    replies,
    filters,
    segments,
    touch_events,
    touch_tasks,
    rfm,
    views,
    widgets,
    tags,
    tasks,
    calendar,
    work,
    suggestions,
    schedules,
    imports,
    exports,
    bulk,
    codes,
    custom_fields,
    notes,
    notices,
    files,
    stars,
    changes,
    hours,
    targets,
    service,
    own,
)


class Api(flask_smorest.Api):
    """Documents the resources. Refusals are answered where all refusals are (`core.failures`)."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """One handler maps every error; the extension's own would answer for pages, too."""


def add(app: Flask) -> None:
    """Let programs in by their keys."""
    access.declare(*PERMISSIONS)
    app.wsgi_app = Turns(app.wsgi_app, f"POST {touch_events.ADDRESS}", EVENTS_AT_ONCE)  # type: ignore[method-assign]
    edge.add_gate(app, throttle.check)
    app.after_request(throttle.add_headers)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # answers keep the order of their shapes
    app.config.update(API_TITLE="Rapport", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    api = Api(app, spec_kwargs=_spec_options())
    for resource in RESOURCES:
        api.register_blueprint(resource.bp)
        app.extensions["csrf"].exempt(resource.bp)
    app.register_blueprint(routes.bp)
    reseal.add_place(idempotency.KeptAnswers())
    catalogue.subscribe("api.forget_customer", "customer.erased", handler=idempotency.forget_customer)
    with app.app_context():
        app.extensions["api-document"] = document.build(app, api.spec.to_dict())


def _spec_options() -> dict[str, Any]:
    return {
        "marshmallow_plugin": MarshmallowPlugin(schema_name_resolver=_name_of),
        "info": {"description": document.DESCRIPTION.strip()},
    }


def _name_of(schema: type[Schema] | Schema) -> str:
    """A shape's name; of one in which every field may be left out, its patch."""
    kind = schema if isinstance(schema, type) else type(schema)
    return f"{kind.__name__}Patch" if getattr(schema, "partial", False) else kind.__name__
