"""The customer's page behind a quote's link. Nobody is signed in, and no machine lists it.

GET  /q/<token>               read
GET  /q/<token>/quote.pdf     download
POST /q/<token>/acceptance    say yes
POST /q/<token>/refusal       say no, and why
"""

from flask import Blueprint, Response, request

from app.core import access, limits, web
from app.core.clock import today
from app.core.errors import Invalid
from app.deals.quotes import actions, queries
from app.deals.quotes.models import Quote
from app.deals.quotes.routes import sending
from app.people import details

bp = Blueprint("public_quotes", __name__, url_prefix="/q")
bp.after_request(web.keep_unlisted)

LOOKS = "60/minute"
ANSWERS = "10/minute"


@bp.get("/<token>")
@access.public
def read(token: str) -> Response:
    limits.hit(LOOKS, "quote", web.client_address())
    quote = queries.get_by_token(token)
    actions.note_seen(quote)
    return _show(quote, token)


@bp.get("/<token>/quote.pdf")
@access.public
def pdf(token: str) -> Response:
    limits.hit(LOOKS, "quote", web.client_address())
    return sending.send_pdf(queries.get_by_token(token))


@bp.post("/<token>/acceptance")
@access.public
def accept(token: str) -> Response:
    limits.hit(ANSWERS, "quote-answer", web.client_address())
    quote = queries.get_by_token(token, for_answer=True)
    try:
        actions.accept_quote(quote, details.name(request.form.get("name", "")[:1000]), web.client_address())
    except Invalid as refusal:
        return _show(quote, token, refusal)
    return web.go(f"/q/{token}", "Thank you. We have your answer.")


@bp.post("/<token>/refusal")
@access.public
def decline(token: str) -> Response:
    limits.hit(ANSWERS, "quote-answer", web.client_address())
    quote = queries.get_by_token(token, for_answer=True)
    try:
        reason = details.plain_text(request.form.get("reason", ""), actions.LONGEST_REASON)
        actions.decline_quote(quote, details.name(request.form.get("name", "")[:1000]), web.client_address(), reason)
    except Invalid as refusal:
        return _show(quote, token, refusal)
    return web.go(f"/q/{token}", "We have your answer.")


def _show(quote: Quote, token: str, refusal: Invalid | None = None) -> Response:
    return web.render(
        "quotes/public.html",
        status=422 if refusal else 200,
        quote=quote,
        lines=queries.list_lines(quote.quote_id),
        token=token,
        is_valid=quote.is_valid_on(today()),
        errors=(refusal.errors or {"reason": [str(refusal)]}) if refusal else {},
        typed=request.form,
    )
