"""What every resource has in common: how it is asked, how it answers, how both are documented.

A resource's method takes plain values and returns a row or a page of rows. The decorators here
read and check the request, and make the answer with its links, tags and headers.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlencode

import flask_smorest
import marshmallow as ma
from flask import Request, Response, jsonify, request
from marshmallow import fields
from webargs.flaskparser import FlaskParser

from app.api import bodies, idempotency, versions
from app.api.schemas.base import PageQuery, Schema, Versioned
from app.core.errors import Invalid
from app.core.paging import Page


@dataclass(frozen=True)
class Attachment:
    """A file as an answer: whole, or in pieces."""

    name: str
    media_type: str
    content: bytes | Iterable[bytes]
    size_bytes: int | None = None


View = TypeVar("View", bound=Callable[..., Any])

ROOT = "/api/v1"


class Parser(FlaskParser):
    """Reads requests strictly, and refuses in the shape of all refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": ma.RAISE, "form": ma.RAISE}

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        return bodies.read_object()

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        only_parameters(*(field.data_key or name for name, field in schema.load_fields.items()))
        return req.args.to_dict()

    def handle_error(self, error: ma.ValidationError, req: Request, schema: ma.Schema, **_more: Any) -> NoReturn:
        (_location, messages), *_others = error.normalized_messages().items()
        raise Invalid(errors=_flat(messages)) from None


def _flat(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Errors by the path of their field: {"lines.0.quantity": [...]}."""
    if isinstance(messages, dict):
        found: dict[str, list[str]] = {}
        for name, inner in messages.items():
            is_whole = name == ma.exceptions.SCHEMA
            found |= _flat(inner, path if is_whole else f"{path}.{name}".lstrip("."))
        return found
    return {path or "body": [str(message) for message in messages]}


def only_parameters(*allowed: str) -> None:
    """Raises: Invalid for a parameter of the address that nobody asked for, or that is given twice."""
    names = ", ".join(allowed) or "none"
    errors = {
        name: [f"This takes no such parameter. It takes: {names}."] for name in request.args if name not in allowed
    }
    errors |= {name: ["Give it once."] for name, values in request.args.lists() if len(values) > 1}
    if errors:
        raise Invalid(errors=errors)


class Blueprint(flask_smorest.Blueprint):
    """The resources of one kind. Its name is their heading in the documentation."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, description: str, *, largest_body: int | None = None):
        super().__init__(name, __name__, url_prefix=ROOT, description=description)
        self.largest_body = largest_body
        self.before_request(self._begin)
        self.after_request(idempotency.keep)

    def arguments(self, schema: type[Schema] | Schema, **more: Any) -> Callable[[View], View]:
        """As ever, by one schema for all requests: to make one takes longer than to read a small body with it."""
        return super().arguments(made(schema) if isinstance(schema, type) else schema, **more)  # type: ignore[no-any-return]

    def _begin(self) -> Response | None:
        if self.largest_body is not None and request.mimetype == "multipart/form-data":
            request.max_content_length = self.largest_body
        return idempotency.begin()

    def lists(self, out: type[Schema], query: type[PageQuery] = PageQuery) -> Callable[[View], View]:
        """A GET of many. The method takes what was asked and returns a page of rows."""

        def decorate(view: View) -> View:
            @self.arguments(query, location="query")
            @self.response(200, page_of(out), description="One page.", headers=LINK_HEADER)
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                wanted = positional[-1]
                return many(_sparse(out, wanted["sparse"]), view(*positional, **ids))

            return answer  # type: ignore[no-any-return]

        return decorate

    def reads(self, out: type[Schema]) -> Callable[[View], View]:
        """A GET of one. The method returns its row."""

        def decorate(view: View) -> View:
            @self.doc(parameters=[FIELDS_PARAMETER, IF_NONE_MATCH])
            @self.alt_response(304, description="It is still as you read it.", success=True)
            @self.response(200, out, headers=ETAG_HEADER)
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                only_parameters("fields")
                schema = _sparse(out, request.args.get("fields", ""))
                response = tagged(view(*positional, **ids), schema)
                response.make_conditional(request)
                return response

            return answer  # type: ignore[no-any-return]

        return decorate

    def sends(self, *media_types: str) -> Callable[[View], View]:
        """A GET of a file. The method returns it."""

        def decorate(view: View) -> View:
            content: dict[str, Any] = {one.partition(";")[0]: {} for one in media_types}

            @self.doc(responses={"200": {"description": "The file.", "content": content}})
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                only_parameters()
                return _sent(view(*positional, **ids))

            return answer  # type: ignore[no-any-return]

        return decorate

    def creates(
        self, body: type[Schema] | None, out: type[Schema], *, example: dict[str, Any] | None = None, at: str = ""
    ) -> Callable[[View], View]:
        """A POST that makes something. The method takes the values, if there is a body, and returns the new row.

        `at` is the collection that has the new resource's own address; without it, the one posted to.
        """

        def decorate(view: View) -> View:
            @self.response(201, out, headers=LOCATION_HEADER)
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                only_parameters()
                if body is None and bodies.read_object():
                    raise Invalid("This takes no body.")
                return _created(tagged(view(*positional, **ids), made(out)), at)

            return self.arguments(body, example=example)(answer) if body else answer  # type: ignore[no-any-return]

        return decorate

    def receives(
        self, out: type[Schema], form: dict[str, Any], *, example: dict[str, str], at: str = ""
    ) -> Callable[[View], View]:
        """A POST of a form with a file. The method reads the form itself and returns the new row; `at` as `creates`."""

        def decorate(view: View) -> View:
            body = {"schema": form, "example": example}

            @self.doc(requestBody={"required": True, "content": {"multipart/form-data": body}})
            @self.response(201, out, headers=LOCATION_HEADER)
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                only_parameters()
                return _created(tagged(view(*positional, **ids), made(out)), at)

            return answer  # type: ignore[no-any-return]

        return decorate

    def does(
        self, out: type[Schema], body: type[Schema] | None = None, *, example: dict[str, Any] | None = None
    ) -> Callable[[View], View]:
        """A POST or DELETE of a state, such as a closure. The method returns the row as it is then."""

        def decorate(view: View) -> View:
            @self.response(200, out)
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                only_parameters()
                if body is None and bodies.read_object():
                    raise Invalid("This takes no body.")
                return tagged(view(*positional, **ids), made(out))

            return self.arguments(body, example=example)(answer) if body else answer  # type: ignore[no-any-return]

        return decorate

    def changes(
        self, body: type[Schema], out: type[Schema], *, example: dict[str, Any], partial: bool = True
    ) -> Callable[[View], View]:
        """A PATCH, or with `partial` False a PUT. The method loads the row by `versions.matching`."""

        def decorate(view: View) -> View:
            @self.arguments(body(partial=True) if partial else body(), example=example)
            @self.response(200, out, headers=ETAG_HEADER)
            @wraps(view)
            def answer(*positional: Any, **ids: Any) -> Response:
                only_parameters()
                return tagged(view(*positional, **ids), made(out))

            return answer  # type: ignore[no-any-return]

        return decorate


def many(schema: Schema, page: Page[Any]) -> Response:
    """A page of rows with the addresses of its neighbours, in the body and as Link headers."""
    links = {"next": _address(page.next), "previous": _address(page.previous)}
    response = jsonify({"data": schema.dump(page.rows, many=True), **links})
    for relation, address in links.items():
        if address:
            response.headers.add("Link", f'<{address}>; rel="{relation}"')
    return response


def tagged(row: Any, schema: Schema) -> Response:
    """One row with its ETag: its version's, or a hash of the answer."""
    response = jsonify(schema.dump(row))
    if isinstance(schema, Versioned):
        response.set_etag(versions.etag_of(row))
    else:
        response.add_etag()
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _sent(file: Attachment) -> Response:
    response = Response(file.content, content_type=file.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response.headers["Cache-Control"] = "no-store"
    if file.size_bytes is not None:
        response.headers["Content-Length"] = str(file.size_bytes)
    return response


def _created(response: Response, at: str) -> Response:
    response.status_code = 201
    collection = ROOT + at if at else request.path
    response.headers["Location"] = f"{collection}/{response.get_json()['id']}"
    return response


def _address(cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'after': cursor})}"


def _sparse(out: type[Schema], names: str) -> Schema:
    """The answer's schema, narrowed to the fields asked for. Raises: Invalid for one it does not have."""
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    known = list(made(out).fields)
    if unknown := [name for name in wanted if name not in known]:
        raise Invalid(errors={"fields": [f"There is no {unknown[0][:40]!r}. There are: {', '.join(known)}."]})
    return out(only=wanted) if wanted else made(out)


@cache
def made(schema: type[Schema]) -> Schema:
    """The schema as a whole, the same for all requests: none of them leaves anything in it."""
    return schema()


@cache
def page_of(out: type[Schema]) -> type[Schema]:
    """The schema of one page of a list."""
    link = {"description": "The address of the neighbouring page; null at the end."}
    members: dict[str, Any] = {
        "data": fields.List(fields.Nested(out), required=True),
        "next": fields.String(required=True, allow_none=True, metadata=link),
        "previous": fields.String(required=True, allow_none=True, metadata=link),
    }
    return type(f"{out.__name__}Page", (Schema,), members)


FIELDS_PARAMETER = {
    "in": "query",
    "name": "fields",
    "description": "Only these fields, divided by commas.",
    "schema": {"type": "string", "maxLength": 1000},
}
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "description": "An ETag: 304 when the resource still has it.",
    "schema": {"type": "string"},
}
ETAG_HEADER = {"ETag": {"description": "The version; send it as If-Match to change it.", "schema": {"type": "string"}}}
LINK_HEADER = {"Link": {"description": "`next` and `previous`, as in the body.", "schema": {"type": "string"}}}
LOCATION_HEADER = {"Location": {"description": "The new resource’s address.", "schema": {"type": "string"}}}
