"""One's own account.

/settings  /settings/profile  /settings/password  /settings/email  /settings/theme
/settings/sign-ins/delete  /settings/sign-ins/<id>/delete
/settings/api-keys  /settings/api-keys/<id>/rotation  /settings/api-keys/<id>/delete
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from app.accounts import queries, sign_ins
from app.accounts.actions import api_keys, profile
from app.accounts.forms import ApiKeyForm, ChangeEmailForm, ChangePasswordForm, NameForm, ThemeForm
from app.core import access, devices, limits, web
from app.core.access import PERMISSIONS
from app.core.errors import Invalid
from app.engine.push import queries as push

bp = Blueprint("settings", __name__, url_prefix="/settings")

A_YEAR_SECONDS = 365 * 24 * 3600


@bp.get("")
@access.signed_in
def page() -> Response:
    return _page()


def _page(status: int = 200, **forms: Any) -> Response:
    account = queries.get_account(access.actor())
    data = {
        "name_form": NameForm(first_name=account.first_name, last_name=account.last_name),
        "email_form": ChangeEmailForm(),
        "password_form": ChangePasswordForm(),
        "theme_form": ThemeForm(theme=request.cookies.get("theme", "auto")),
        **forms,
    }
    here = sign_ins.hash_of(access.actor().session_id)
    listed = queries.list_sign_ins(account.person_id)
    data["push"] = push.of_person(account.person_id)
    return web.render("accounts/settings.html", status=status, account=account, sign_ins=listed, here=here, **data)


@bp.post("/profile")
@access.requires("profile.edit")
def save_name() -> Response:
    form = NameForm()
    if not form.was_sent():
        return _page(422, name_form=form)
    profile.rename(queries.get_account(access.actor()), **form.data, actor=access.actor())
    return web.go("/settings", "Saved.")


@bp.post("/password")
@access.signed_in
def change_password() -> Response:
    form = ChangePasswordForm()
    account = queries.get_account(access.actor())
    if form.was_sent():
        try:
            profile.change_password(account, old=form.password.data, new=form.new_password.data)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            device = devices.name_of(request.user_agent.string)
            sign_ins.start(account.person_id, address=web.client_address(), device=device)
            return web.go("/settings", "Your password is changed. Other browsers were signed out.")
    return _page(422, password_form=form)


@bp.post("/email")
@access.requires("profile.edit")
def change_email() -> Response:
    form = ChangeEmailForm()
    if form.was_sent():
        limits.hit("5/hour", "change-email", str(access.actor().id))
        account = queries.get_account(access.actor())
        try:
            profile.ask_to_move(account, email=form.email.data, password=form.password.data)
        except Invalid as refusal:
            form.blame(refusal)
        else:
            return web.go("/settings", f"Follow the link we sent to {form.email.data}. Until then nothing changes.")
    return _page(422, email_form=form)


@bp.post("/theme")
@access.signed_in
def choose_theme() -> Response:
    form = ThemeForm()
    if not form.was_sent():
        return _page(422, theme_form=form)
    response = web.go("/settings", "Saved for this browser.")
    if form.theme.data == "auto":
        response.delete_cookie("theme")
    else:
        secure = request.is_secure
        response.set_cookie("theme", form.theme.data, max_age=A_YEAR_SECONDS, samesite="Lax", secure=secure)
    return response


@bp.post("/sign-ins/delete")
@access.signed_in
def end_other_sign_ins() -> Response:
    ended = profile.end_other_sign_ins(actor=access.actor())
    return web.go("/settings", f"Signed out of {ended} other browsers." if ended != 1 else "Signed out of 1 browser.")


@bp.post("/sign-ins/<uuid:sign_in_id>/delete")
@access.signed_in
def end_sign_in(sign_in_id: UUID) -> Response:
    profile.end_sign_in(sign_in_id, actor=access.actor())
    return web.go("/settings", "Signed out of that browser.")


@bp.get("/api-keys")
@access.requires("api_keys.manage")
def keys_page() -> Response:
    return _keys_page(ApiKeyForm(access.actor()))


def _keys_page(form: ApiKeyForm | None, status: int = 200, secret: str = "") -> Response:
    listed = queries.list_api_keys(access.actor().id)
    labels = {key: permission.label for key, permission in PERMISSIONS.items()}
    return web.render("accounts/api_keys.html", status=status, form=form, keys=listed, labels=labels, secret=secret)


@bp.post("/api-keys")
@access.requires("api_keys.manage")
def create_key() -> Response:
    form = ApiKeyForm(access.actor())
    if not form.was_sent():
        return _keys_page(form, 422)
    _key, secret = api_keys.create_key(actor=access.actor(), **form.data)
    return _keys_page(None, 201, secret)


@bp.post("/api-keys/<uuid:api_key_id>/rotation")
@access.requires("api_keys.manage")
def rotate_key(api_key_id: UUID) -> Response:
    _key, secret = api_keys.rotate_key(api_key_id, actor=access.actor())
    return _keys_page(None, 201, secret)


@bp.post("/api-keys/<uuid:api_key_id>/delete")
@access.requires("api_keys.manage")
def revoke_key(api_key_id: UUID) -> Response:
    api_keys.revoke_key(api_key_id, actor=access.actor())
    return web.go("/settings/api-keys", "The key works no more.")
