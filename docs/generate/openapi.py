"""The OpenAPI 3.1 document of the API, made from the routes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.bootstrap.intake import CLIENT_HEADER
from chalicelib.kernel.webhooks import ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from docs.generate.bodies import TOKEN_BODIES, WHOLE, whole_body
from docs.generate.routes import Admission, Route

Json = dict[str, Any]

_ERROR: Json = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string", "description": "stable; docs/errors.md lists all of them"},
        "message": {"type": "string", "description": "for people; it may be worded anew"},
        "field": {"type": "string", "description": "what it is about, such as lines[0].sku"},
        "message_id": {"type": "string", "description": "of the refused document in the log"},
    },
}

_SIGNATURE_HEADERS = {
    CLIENT_HEADER: "the client's code, as the OMS knows it",
    ID_HEADER: "an id of the message: 1-256 printable ASCII signs without a full stop",
    TIMESTAMP_HEADER: "seconds since 1970, at most 300 s off",
    SIGNATURE_HEADER: "v1,<base64 of HMAC-SHA256 over id.timestamp.body>; several by blanks",
}

_WMS_PARAMETERS = ("method", "timestamp", "app_key", "sign_method", "customerId", "sign")


def openapi_document(routes: Iterable[Route]) -> Json:
    """The whole document."""
    paths: dict[str, Json] = {}
    schemas: dict[str, Json] = {"Error": _ERROR}
    for route in routes:
        operation = _operation(route, schemas)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "OMS",
            "version": "1",
            "description": "Made from the code by `make docs`. How to sign and what to expect: "
            "docs/api.md.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {
                "Refused": _answer("nothing was changed; `code` says why", _ref("Error")),
                "Failed": _answer("our failure: the same request may be sent again", _ref("Error")),
            },
            "parameters": {name: _header(name, text) for name, text in _SIGNATURE_HEADERS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, schemas: dict[str, Json]) -> Json:
    summary, _, rest = route.text.partition("\n\n")
    operation: Json = {
        "operationId": route.name,
        "tags": [route.group],
        "summary": summary,
        "description": "\n\n".join(filter(None, [rest, _who(route)])),
        "parameters": _parameters(route),
    }
    if body := _body(route, schemas):
        operation["requestBody"] = {"required": True, "content": body}
    if route.admission is Admission.WMS:
        operation["responses"] = {
            "200": {
                "description": "flag success or failure, whatever came",
                "content": {"text/xml": {"schema": {"type": "string"}}},
            }
        }
        return operation
    if route.admission is Admission.BEARER:
        operation["security"] = [{"token": []}]
    operation["responses"] = {
        **{str(status): _answer("see the summary", {}) for status in route.statuses},
        "4XX": {"$ref": "#/components/responses/Refused"},
        "5XX": {"$ref": "#/components/responses/Failed"},
    }
    return operation


def _who(route: Route) -> str:
    if route.admission is Admission.BEARER:
        return f"Needs one of the roles {', '.join((*route.roles, 'admin'))}."
    if route.admission is Admission.SIGNED:
        return f"Signed as in Standard Webhooks by a {route.client_kind} client."
    return "Signed as Qimen does (docs/wms.md)."


def _parameters(route: Route) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.path_parameters
    ]
    found += [
        {
            "name": each.name,
            "in": "query",
            "required": each.needed,
            "schema": {"type": "string"},
        }
        for each in route.query
    ]
    if route.admission is Admission.SIGNED:
        found += [{"$ref": f"#/components/parameters/{name}"} for name in _SIGNATURE_HEADERS]
    if route.admission is Admission.WMS:
        found += [
            {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
            for name in _WMS_PARAMETERS
        ]
    return found


def _body(route: Route, schemas: dict[str, Json]) -> Json:
    if route.admission is Admission.WMS:
        return {"text/xml": {"schema": {"type": "string"}}}
    if route.path in WHOLE and route.method != "GET":
        schema, components = whole_body(route.path)
        schemas.update(components)
        return {"application/json": {"schema": schema}}
    if route.reads_json:
        return {"application/json": {"schema": TOKEN_BODIES[route.path]}}
    return {}


def _header(name: str, text: str) -> Json:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": text,
        "schema": {"type": "string"},
    }


def _answer(description: str, schema: Json) -> Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
