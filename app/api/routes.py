"""The documentation.

GET  /api/v1/openapi.json   for programs
GET  /api/docs              for people
"""

from flask import Blueprint, Response, current_app, jsonify, make_response, render_template, request

from app.core import access

bp = Blueprint("api_docs", __name__)

# Swagger UI writes style attributes; scripts stay as strict as on every page.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@bp.get("/api/v1/openapi.json")
@access.public
def document() -> Response:
    response = jsonify(current_app.extensions["api-document"])
    response.add_etag()
    response.headers["Cache-Control"] = "public, no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]


@bp.get("/api/docs")
@access.public
def page() -> Response:
    response = make_response(render_template("api/docs.html"))
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response
