"""By which ways people are reached.

GET  /reach/channels              each channel with its providers, and how they do
GET  /reach/channels/new          form: ?strategy=
POST /reach/channels/new          set one up
GET  /reach/channels/<id>         form
POST /reach/channels/<id>         change it
POST /reach/channels/<id>/check   try it
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, limits, web
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.reach.channels import actions, forms, queries
from app.reach.channels.base import CHANNELS, STRATEGIES, Strategy
from app.reach.channels.models import Provider

bp = Blueprint("providers", __name__)

CHECKS = "10/minute"
HERE = "/reach/channels"


@bp.get(HERE)
@access.requires("reach.read")
def index() -> Response:
    return web.render("reach/channels.html", channels=queries.list_channels(), days=queries.DAYS)


@bp.route(f"{HERE}/new", methods=["GET", "POST"])
@access.requires("reach.providers")
def new() -> Response:
    strategy = _strategy(request.values.get("strategy", ""))
    if request.method == "GET":
        return _show(strategy, None)
    try:
        provider = actions.add_provider(forms.read_provider(request.form, strategy), actor=actor())
    except Invalid as refusal:
        return _show(strategy, None, refusal)
    return web.go(f"{HERE}/{provider.provider_id}", "It is set up. Test it.")


@bp.route(f"{HERE}/<uuid:provider_id>", methods=["GET", "POST"])
@access.requires("reach.providers")
def edit(provider_id: UUID) -> Response:
    provider = queries.get_provider(provider_id)
    strategy = _strategy(provider.strategy)
    if request.method == "GET":
        return _show(strategy, provider)
    try:
        actions.edit_provider(provider, forms.read_provider(request.form, strategy), actor=actor())
    except Invalid as refusal:
        return _show(strategy, provider, refusal)
    return web.go(f"{HERE}/{provider_id}", "Saved.")


@bp.post(f"{HERE}/<uuid:provider_id>/check")
@access.requires("reach.providers")
def check(provider_id: UUID) -> Response:
    limits.hit(CHECKS, "provider-check", str(actor().id))
    found = actions.check_provider(queries.get_provider(provider_id))
    return web.go(f"{HERE}/{provider_id}", found.words if found.works else f"It does not work: {found.words}")


def _strategy(key: str) -> type[Strategy]:
    strategy = STRATEGIES.get(key)
    if strategy is None or not queries.can_be_set_up(strategy):
        raise NotFound
    return strategy


def _show(strategy: type[Strategy], provider: Provider | None, refusal: Invalid | None = None) -> Response:
    values = {"is_enabled": "1", "rank": "1"}
    if provider is not None:
        values = {"name": provider.name, "rank": str(provider.rank), "is_enabled": "1" if provider.is_enabled else ""}
        values |= {"per_second": str(provider.per_second or "")}
        values |= {f"set-{key}": value for key, value in provider.settings.items()}
    if refusal is not None:
        values = request.form.to_dict()
    return web.render(
        "reach/provider.html",
        status=422 if refusal else 200,
        strategy=strategy,
        channel=CHANNELS[strategy.channel],
        provider=provider,
        values=values,
        errors=refusal.errors if refusal else {},
    )
