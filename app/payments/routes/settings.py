"""How customers can pay.

GET  /settings/payments              the vendors, and whether each is ready
GET  /settings/payments/<provider>   form
POST /settings/payments/<provider>   keep the account
"""

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.payments import queries
from app.payments.actions import accounts
from app.payments.providers import known

bp = Blueprint("payment_settings", __name__)


@bp.get("/settings/payments")
@access.requires("payments.configure")
def providers() -> Response:
    return web.render("payments/settings.html", providers=known.online(), accounts=queries.list_accounts())


@bp.get("/settings/payments/<provider>")
@access.requires("payments.configure")
def edit(provider: str) -> Response:
    account = queries.find_account(provider)
    return _show(provider, dict(account.plain) if account else {}, bool(account and account.is_enabled))


@bp.post("/settings/payments/<provider>")
@access.requires("payments.configure")
def save(provider: str) -> Response:
    chosen, is_enabled = accounts.get_provider(provider), request.form.get("is_enabled") == "1"
    try:
        accounts.save_account(provider, request.form, is_enabled=is_enabled, actor=actor())
    except Invalid as refusal:
        shown = {one.name: request.form.get(one.name, "") for one in chosen.settings if not one.is_secret}
        return _show(provider, shown, is_enabled, refusal.errors, 422)
    words = "Customers can pay with it." if is_enabled else "It is not offered."
    return web.go("/settings/payments", f"{chosen.label} is saved. {words}")


def _show(
    provider: str,
    values: dict[str, str],
    is_enabled: bool,
    errors: dict[str, list[str]] | None = None,
    status: int = 200,
) -> Response:
    chosen = accounts.get_provider(provider)
    return web.render(
        "payments/account.html",
        status=status,
        provider=chosen,
        account=queries.find_account(provider),
        values=values,
        is_enabled=is_enabled,
        notify_url=web.public_url(f"/hooks/{provider}"),
        errors=errors or {},
    )
