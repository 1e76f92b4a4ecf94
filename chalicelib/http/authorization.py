"""Who may call: signatures for those who send documents, bearer tokens with roles for everybody
else.

A token is random text; only its digest is kept (`aws.tokens`), with a subject, roles, and the shops
and warehouses it may see (empty: all). API Gateway caches what the authorizer
answers per token, so the answer lists all routes and each view asks for its role itself; a view
without a role is refused by a test.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalice.app import AuthRequest, AuthResponse, Blueprint, Request, Response

from chalicelib.bootstrap import container
from chalicelib.kernel.errors import Forbidden, NotFound
from chalicelib.kernel.roles import Role

authorization = Blueprint(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who stands behind a token. Without `shops` and `warehouses` it sees everything; bound to some
    of either it sees these only, so one that is bound to shops sees no warehouse's books.
    """

    subject: str
    roles: frozenset[str]
    shops: frozenset[str]
    warehouses: frozenset[str]

    @property
    def is_bound(self) -> bool:
        return bool(self.shops or self.warehouses)

    def sees_shop(self, shop: str) -> bool:
        return not self.is_bound or shop in self.shops

    def sees_warehouse(self, warehouse: str) -> bool:
        return not self.is_bound or warehouse in self.warehouses


@authorization.authorizer(name="authorizer")
def authorizer(request: AuthRequest) -> AuthResponse:
    """Looks the token up; no routes for one that isn't known or has expired."""
    scheme, _, text = str(request.token).partition(" ")
    token = container().tokens.find(text) if scheme.lower() == "bearer" else None
    if token is None:
        return AuthResponse(routes=[], principal_id="nobody")
    context = {
        "roles": " ".join(token.roles),
        "shops": " ".join(token.shops),
        "warehouses": " ".join(token.warehouses),
    }
    return AuthResponse(routes=["*"], principal_id=token.subject, context=context)


def caller_of(request: Request) -> Caller:
    """The caller that the authorizer has let in."""
    known: dict[str, str] = request.context["authorizer"]
    return Caller(
        subject=known["principalId"],
        roles=frozenset(known["roles"].split()),
        shops=frozenset(known["shops"].split()),
        warehouses=frozenset(known["warehouses"].split()),
    )


def needs(blueprint: Blueprint, *roles: Role) -> Callable[..., Callable[..., Response]]:
    """Lets the view run only for callers with one of the roles; hands it the caller first."""

    def decorate(view: Callable[..., Response]) -> Callable[..., Response]:
        @functools.wraps(view)
        def checked(*arguments: Any, **named: Any) -> Response:
            caller = caller_of(blueprint.current_request)
            if not caller.roles & {role.value for role in (*roles, Role.ADMIN)}:
                names = ", ".join(role.value for role in roles)
                raise Forbidden("role_missing", f"this needs one of the roles {names}")
            return view(caller, *arguments, **named)

        # Read by the test that walks every route.
        checked.roles = roles  # type: ignore[attr-defined]
        return checked

    return decorate


def visible_order(caller: Caller, shop: str) -> None:
    """Another tenant's order doesn't exist for the caller: said as of one that nobody has."""
    if not caller.sees_shop(shop):
        raise NotFound("unknown_order", "there is no such order")


def visible_warehouse(caller: Caller, warehouse: str) -> None:
    """Another tenant's warehouse doesn't exist for the caller."""
    if not caller.sees_warehouse(warehouse):
        raise NotFound("unknown_warehouse", "there is no such warehouse", field="warehouse")


def everything(caller: Caller) -> None:
    """For what concerns all tenants at once: no token that is bound to some."""
    if caller.is_bound:
        raise Forbidden("token_bound", "this needs a token that isn't bound to shops or warehouses")
