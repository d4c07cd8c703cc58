"""Providers of channels, and addresses that are not written to.

/providers  /providers/{id}  .../checks
/suppressions  /suppressions/{id}
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import providers as shapes
from app.core import access, limits
from app.core.access import actor
from app.core.errors import NotFound
from app.core.paging import Page
from app.reach.channels import actions, queries
from app.reach.channels.actions import ProviderDetails
from app.reach.channels.models import Provider, Suppression
from app.reach.channels.routes.providers import CHECKS

bp = Blueprint("Providers", "By which ways people are reached, and addresses that are not written to.")

EXAMPLE = {
    "strategy": "smtp",
    "name": "Mail relay",
    "settings": {"host": "relay.shop.example", "sender": "The shop <hello@shop.example>", "password": "kept sealed"},
}
SUPPRESSED = {"channel": "email", "address": "ada@example.com", "words": "Asked for it on the phone"}


@bp.route("/providers")
class Providers(MethodView):
    @bp.lists(shapes.Provider)
    @access.requires("reach.providers")
    def get(self, _wanted: dict[str, Any]) -> Page[Provider]:
        """List the providers by channel, in the order in which they would send, all on one page"""
        found = list(queries.list_providers())
        return Page(found, None, None, len(found))

    @bp.creates(shapes.ProviderIn, shapes.Provider, example=EXAMPLE)
    @access.requires("reach.providers")
    def post(self, values: dict[str, Any]) -> Provider:
        """Set up a provider"""
        return actions.add_provider(ProviderDetails(**values), actor=actor())


@bp.route("/providers/<uuid:provider_id>")
class OneProvider(MethodView):
    @bp.reads(shapes.Provider)
    @access.requires("reach.providers")
    def get(self, provider_id: UUID) -> Provider:
        """Read how a provider is set up, without its secrets"""
        return queries.get_provider(provider_id)

    @bp.changes(shapes.ProviderIn, shapes.Provider, example={"is_enabled": False})
    @access.requires("reach.providers")
    def patch(self, values: dict[str, Any], provider_id: UUID) -> Provider:
        """Change a provider, or switch it off; of `settings`, those left out stay"""
        provider = versions.matching(queries.get_provider(provider_id))
        before = actions.details_of(provider)
        values["settings"] = {**before.settings, **values.get("settings", {})}
        actions.edit_provider(provider, replace(before, **values), actor=actor())
        return provider


@bp.route("/providers/<uuid:provider_id>/checks")
class ChecksOfProvider(MethodView):
    @bp.does(shapes.ProviderCheck)
    @access.requires("reach.providers")
    def post(self, provider_id: UUID) -> dict[str, Any]:
        """Try a provider without writing to anybody, ten times a minute at most"""
        provider = queries.get_provider(provider_id)
        limits.hit(CHECKS, "provider-check", str(actor().id))
        found = actions.check_provider(provider)
        return {"id": provider_id, "works": found.works, "words": found.words}


@bp.route("/suppressions")
class Suppressions(MethodView):
    @bp.lists(shapes.Suppression, shapes.SuppressionQuery)
    @access.requires("reach.read")
    def get(self, wanted: dict[str, Any]) -> Page[Any]:
        """List the addresses that are not written to, by their fingerprints, the newest first"""
        channel = wanted.get("channel", "")
        return queries.list_suppressions(channel=channel, cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.SuppressionIn, shapes.Suppression, example=SUPPRESSED)
    @access.requires("reach.providers")
    def post(self, values: dict[str, Any]) -> Suppression:
        """Write no more to an address; one that is on the list stays as it stands there"""
        return actions.suppress(**values, actor=actor())


@bp.route("/suppressions/<fingerprint>")
class OneSuppression(MethodView):
    @bp.reads(shapes.Suppression)
    @access.requires("reach.read")
    def get(self, fingerprint: str) -> Suppression:
        """Read since when an address is not written to, and why"""
        return _suppression(fingerprint)

    @bp.does(shapes.Suppression)
    @access.requires("reach.providers")
    def delete(self, fingerprint: str) -> Suppression:
        """Let an address be written to again"""
        found = _suppression(fingerprint)
        actions.release(found.channel, found.fingerprint, actor=actor())
        return found


def _suppression(fingerprint: str) -> Suppression:
    channel, _dash, mark = fingerprint.rpartition("-")
    try:
        found = queries.find_suppression(channel, bytes.fromhex(mark))
    except ValueError:
        found = None
    if found is None:
        raise NotFound
    return found
