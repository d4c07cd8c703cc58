"""Where vendors tell what happened.

POST /hooks/alipay      form, signed by Alipay
POST /hooks/wechatpay   JSON, signed by WeChat Pay
"""

from flask import Blueprint, Response, request

from app.core import access, limits, web
from app.core.errors import TooLarge
from app.payments.actions import hearing

bp = Blueprint("payment_hooks", __name__)

LIMIT = "600/minute"


@bp.post("/hooks/<any(alipay, wechatpay):provider>")
@access.public
def hear(provider: str) -> Response:
    limits.hit(LIMIT, "payment-hook", web.client_address())
    if (request.content_length or 0) > hearing.LARGEST_BYTES:
        raise TooLarge("A notification is not that long.")
    reply = hearing.hear(provider, request.get_data(), dict(request.headers))
    return Response(reply.body, status=reply.status, mimetype=reply.mimetype)
