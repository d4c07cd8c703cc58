"""The OpenAPI document: what each resource says of itself, and what holds for all of them."""

import re
from typing import Any

from flask import Flask

from app.api.contract import ROOT
from app.api.examples import IDS
from app.core import access

VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
VERBS = ("get", "put", "post", "delete", "patch")
DESCRIPTION = """
Everything programs may do. Send a key as `Authorization: Bearer rk_…`; an employee makes one under
*My account*, *API keys*. A key can do what it was made for, as long as its owner may.

**Lists** answer `data`, `next` and `previous`; follow `next` until it is null. **Changes** take the resource's
`ETag` as `If-Match`. **POSTs** take an `Idempotency-Key`: send the same key again after a lost answer, and it is
done once. **Refusals** are problem documents (RFC 9457) with a `code` for programs and `errors` by field.
**Money** is whole minor units with their currency. **Times** are UTC.
"""
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": "1 to 200 visible characters of your own. The same key within 24 hours repeats the first answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "The ETag of what you read.",
    "schema": {"type": "string"},
}
REFUSALS = {
    "400": "The body cannot be read.",
    "401": "No key, or one that works no more.",
    "403": "The key lacks the right.",
    "404": "Not there, or not visible to this key.",
    "409": "Somebody or something got there first.",
    "412": "It changed since you read it.",
    "413": "The body is too large.",
    "415": "The body is of another media type.",
    "422": "The values do not make sense.",
    "428": "`If-Match` is missing.",
    "429": "Too many requests. `Retry-After` says how many seconds to wait.",
    "default": "A refusal.",
}
READING = ("401", "403", "404", "422", "429", "default")
WRITING = (*READING, "400", "409", "413", "415")


def build(app: Flask, spec: dict[str, Any]) -> dict[str, Any]:
    """Complete the resources' own words with what holds for every operation."""
    rights = _rights(app)
    spec["components"]["securitySchemes"] = {"apiKey": {"type": "http", "scheme": "bearer", "bearerFormat": "rk_…"}}
    spec["security"] = [{"apiKey": []}]
    spec["components"]["responses"] = {f"Refusal{status}": _refusal(words) for status, words in REFUSALS.items()}
    for path, item in spec["paths"].items():
        for parameter in item.get("parameters", []):
            if parameter["name"] in IDS:
                parameter["example"] = IDS[parameter["name"]]
        for verb in VERBS:
            if verb in item:
                _complete(item[verb], verb, path, rights[verb, path])
    return spec


def _rights(app: Flask) -> dict[tuple[str, str], str]:
    """The right each operation takes, by verb and documented path."""
    return {
        (method.lower(), VARIABLE.sub(r"{\1}", rule.rule)): access.declared_permission(rule.endpoint, method) or ""
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ROOT)
        for method in rule.methods or ()
    }


def _complete(operation: dict[str, Any], verb: str, path: str, right: str) -> None:
    operation["operationId"] = "_".join(
        [verb, *path.removeprefix(ROOT).strip("/").replace("{", "").replace("}", "").split("/")]
    )
    if right not in ("", "*"):
        operation["description"] = f"{operation.get('description', '')}\n\nTakes the right `{right}`.".strip()
    parameters = operation.setdefault("parameters", [])
    for parameter in parameters:
        _say_absent(parameter["schema"])
    if verb == "post":
        parameters.append(IDEMPOTENCY_KEY)
    if verb in ("put", "patch"):
        parameters.append(IF_MATCH)
    statuses = READING if verb == "get" else WRITING
    if verb in ("put", "patch"):
        statuses = (*statuses, "412", "428")
    for status in statuses:
        operation["responses"][status] = {"$ref": f"#/components/responses/Refusal{status}"}


def _say_absent(schema: dict[str, Any]) -> None:
    """An address has no null: what may be left out is left out, and stands for nothing."""
    if schema.get("default") in ("", None):
        schema.pop("default", None)
    if isinstance(schema.get("type"), list):
        (schema["type"],) = (kind for kind in schema["type"] if kind != "null")


def _refusal(words: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": words, "content": {"application/problem+json": {"schema": schema}}}
