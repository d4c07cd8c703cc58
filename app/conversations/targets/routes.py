"""Response targets.

GET  /settings/targets              the policies, and a form for another one
POST /settings/targets              add one
GET  /settings/targets/<id>         form
POST /settings/targets/<id>         change
POST /settings/targets/<id>/delete  have it no more
POST /conversations/<id>/priority   how urgent a conversation is
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.conversations.queries import lookup
from app.conversations.targets import actions, forms, queries
from app.conversations.targets.models import TargetPolicy
from app.core import access, web
from app.core.errors import Invalid
from app.engine.hours.queries import shop_hours

bp = Blueprint("targets", __name__)

PATH = "/settings/targets"


@bp.get(PATH)
@access.requires("targets.edit")
def policies() -> Response:
    return _show(forms.PolicyForm(), None)


@bp.post(PATH)
@access.requires("targets.edit")
def add_policy() -> Response:
    return _save(None)


@bp.get(f"{PATH}/<uuid:policy_id>")
@access.requires("targets.edit")
def edit_policy(policy_id: UUID) -> Response:
    policy = queries.get_policy(policy_id)
    form = forms.PolicyForm()
    form.fill(policy)
    return _show(form, policy)


@bp.post(f"{PATH}/<uuid:policy_id>")
@access.requires("targets.edit")
def change_policy(policy_id: UUID) -> Response:
    return _save(queries.get_policy(policy_id))


@bp.post(f"{PATH}/<uuid:policy_id>/delete")
@access.requires("targets.edit")
def remove_policy(policy_id: UUID) -> Response:
    actions.remove_policy(queries.get_policy(policy_id), actor=access.actor())
    return web.go(PATH, "These targets are gone. What was measured stays.")


@bp.post("/conversations/<uuid:channel_id>/priority")
@access.requires("conversations.answer")
def set_priority(channel_id: UUID) -> Response:
    channel = lookup.get_channel(access.actor(), channel_id)
    actions.set_priority(channel, request.form.get("priority", -1, type=int))
    return web.go(f"/conversations/{channel_id}", f"Priority: {queries.PRIORITIES[channel.priority]}.")


def _save(policy: TargetPolicy | None) -> Response:
    form = forms.PolicyForm()
    typed = form.read()
    if typed is None:
        return _show(form, policy, 422)
    try:
        actions.save_policy(policy, **typed, actor=access.actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show(form, policy, 422)
    return web.go(PATH, "Targets saved. What waits now follows them, too.")


def _show(form: forms.PolicyForm, policy: TargetPolicy | None, status: int = 200) -> Response:
    return web.render(
        "targets/policies.html",
        status=status,
        form=form,
        policy=policy,
        policies=queries.list_policies(),
        kinds=queries.KINDS,
        priorities=queries.PRIORITIES,
        labels=dict(form.tag_id.choices),
        written=forms.written,
        is_always_open=shop_hours().is_always_open,
    )
