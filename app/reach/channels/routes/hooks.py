"""Where providers of messages report, signed.

POST /hooks/twilio-sms               somebody answered a text message
POST /hooks/twilio-sms/<reference>   how one goes on
"""

from flask import Blueprint, Response, request

from app.core import access
from app.reach.channels import twilio_reports

bp = Blueprint("reach_hooks", __name__)


@bp.post("/hooks/twilio-sms")
@access.public
def answered() -> Response:
    twilio_reports.hear_answer(twilio_reports.signed_form(request))
    return Response("<Response/>", mimetype="text/xml")


@bp.post("/hooks/twilio-sms/<reference>")
@access.public
def status(reference: str) -> Response:
    twilio_reports.hear_status(reference, twilio_reports.signed_form(request))
    return Response(status=204)
