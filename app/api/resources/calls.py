"""Calls.

/calls  /calls/{id}
/customers/{id}/calls
/phone-settings  /own-phone-settings
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import calls as shapes
from app.calls import queries
from app.calls.actions import calling, ringing
from app.calls.models import Call
from app.calls.routes.pages import CALLS_PER_PERSON, PROVIDER
from app.core import access, limits, web
from app.core.access import actor
from app.core.errors import NotFound
from app.core.paging import Page
from app.people import queries as people

bp = Blueprint("Calls", "The phone: who called, how it ended, and calling customers. What was said is a message.")

SETTINGS = {"account_sid": "AC0123", "token": "kept sealed", "number": "+442079460000", "forward_to": "+442079460001"}


@bp.route("/calls")
class Calls(MethodView):
    @bp.lists(shapes.Call, shapes.CallQuery)
    @access.requires("conversations.answer")
    def get(self, wanted: dict[str, Any]) -> Page[Call]:
        """List calls with whom one may see, the newest first

        Calls that took place elsewhere are written down at `/customers/{id}/communications`.
        """
        return queries.page_of_calls(
            actor(), customer_id=wanted["customer_id"], cursor=wanted["after"], size=wanted["limit"]
        )


@bp.route("/calls/<uuid:call_id>")
class OneCall(MethodView):
    @bp.reads(shapes.Call)
    @access.requires("conversations.answer")
    def get(self, call_id: UUID) -> Call:
        """Read how a call goes, or ended"""
        return queries.get_call_for(actor(), call_id)


@bp.route("/customers/<uuid:customer_id>/calls")
class CallsOfCustomer(MethodView):
    @bp.creates(None, shapes.Call, at="/calls")
    @access.requires("conversations.answer")
    def post(self, customer_id: UUID) -> Call:
        """Call a customer: one’s own phone rings, then one is connected

        Read the call to hear how it goes. At most 30 an hour.
        """
        customer = people.get_customer(actor(), customer_id)
        limits.hit(CALLS_PER_PERSON, "phone-call", str(actor().id))
        return calling.call_customer(customer, actor=actor())


@bp.route("/phone-settings")
class Settings(MethodView):
    @bp.reads(shapes.PhoneSettings)
    @access.requires("calls.configure")
    def get(self) -> dict[str, Any]:
        """Read the shop’s account and numbers, without the token"""
        return _settings()

    @bp.does(shapes.PhoneSettings, shapes.PhoneSettingsIn, example=SETTINGS)
    @access.requires("calls.configure")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set the shop’s account and numbers"""
        calling.save_account(PROVIDER, calling.AccountDetails(**values), actor=actor())
        return _settings()


def _settings() -> dict[str, Any]:
    account = queries.find_account(PROVIDER)
    hook = web.public_url(f"/hooks/phone/{PROVIDER}")
    return {
        **{name: getattr(account, name, "") for name in ("account_sid", "number", "forward_to")},
        "provider": PROVIDER,
        "is_enabled": account is not None and account.is_enabled,
        "has_token": account is not None and account.token_enc is not None,
        "calls_url": hook,
        "status_url": f"{hook}/status",
    }


@bp.route("/own-phone-settings")
class OwnSettings(MethodView):
    @bp.reads(shapes.OwnPhone)
    @access.requires("conversations.answer")
    def get(self) -> dict[str, Any]:
        """Read where one is rung oneself"""
        return _own(opens_customer=queries.opens_customer(actor().id))

    @bp.does(shapes.OwnPhone, shapes.OwnPhone, example={"number": "+44 20 7946 0002", "opens_customer": True})
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Say where one is rung, and what one’s pages do then"""
        ringing.choose(**values, actor=actor())
        return _own(opens_customer=values["opens_customer"])


def _own(*, opens_customer: bool) -> dict[str, Any]:
    me = people.find_employee(actor().id)
    if me is None:
        raise NotFound
    return {"number": me.phone or "", "opens_customer": opens_customer}
