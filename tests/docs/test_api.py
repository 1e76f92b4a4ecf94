"""`docs/openapi.json` and the app's routes are the same, and no route lets just anybody in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app import app
from chalicelib.kernel.roles import Role
from chalicelib.orders import intake
from docs.generate.bodies import TOKEN_BODIES, fields_of, whole_body
from docs.generate.routes import Admission, Route, routes

ROOT = Path(__file__).resolve().parent.parent.parent
SIGNED = {
    "/v1/orders",
    "/v1/skus",
    "/v1/suppliers",
    "/v1/bundles",
    "/v1/categories",
    "/v1/purchase-orders",
    "/v1/returns",
    "/v1/delivery-appointments",
    "/v1/movement-orders",
    "/v1/adjustment-orders",
    "/v1/transfers",
    "/v1/boms",
    "/v1/processing-orders",
}
ROUTES = routes()


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def document() -> Any:
    return json.loads((ROOT / "docs/openapi.json").read_text())


def test_the_document_has_the_routes_of_the_app_and_no_other(document: Any) -> None:
    declared = {
        (path, method.lower()) for path, methods in app.routes.items() for method in methods
    }
    written = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert written == declared


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_asks_for_a_role_or_for_a_signature(route: Route) -> None:
    """Deny by default: whoever adds a route says who may call it."""
    if route.path.startswith("/wms/"):
        assert route.admission is Admission.WMS
    elif route.path in SIGNED and route.method == "POST":
        assert route.admission is Admission.SIGNED
        assert set(route.client_kind.split(" or ")) <= {"shop", "product", "purchasing", "upstream"}
    else:
        assert route.admission is Admission.BEARER
        assert set(route.roles) <= {role.value for role in Role}
        assert route.authorizer == "authorizer"


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_a_route_says_what_it_does_and_answers(route: Route) -> None:
    assert route.text
    assert route.statuses
    assert set(route.path_parameters) == {
        part[1:-1] for part in route.path.split("/") if part.startswith("{")
    }


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.reads_json], ids=lambda route: route.path
)
def test_the_fields_of_a_token_holders_body_are_those_that_the_view_reads(route: Route) -> None:
    if route.fields:
        assert fields_of(TOKEN_BODIES[route.path]) == route.fields
    else:
        assert route.path not in TOKEN_BODIES


def test_no_body_is_described_that_no_route_takes() -> None:
    assert set(TOKEN_BODIES) == {route.path for route in ROUTES if route.reads_json}


def test_every_reference_of_the_document_leads_somewhere(document: Any) -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            yield from (each for name, each in value.items() if name == "$ref")
            for each in value.values():
                yield from references(each)
        elif isinstance(value, list):
            for each in value:
                yield from references(each)

    for reference in references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_the_schema_of_an_order_has_the_fields_of_the_example_in_its_intake() -> None:
    _, components = whole_body("/v1/orders")
    text = str(intake.__doc__)
    example = json.loads(text[text.index("{") : text.rindex("}") + 1])
    intake.parse_order(json.dumps(example).encode())
    assert set(components["OrderBody"]["properties"]) == set(example)
    assert set(components["OrderReceiver"]["properties"]) == set(example["receiver"])
    assert set(components["OrderLine"]["properties"]) == set(example["lines"][0])
