"""Tokens for people and programs that don't sign."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.aws.tokens import Token
from chalicelib.kernel.clock import to_text
from chalicelib.kernel.roles import Role
from local.cli.output import AsJson, say, say_json, say_table
from local.cli.stage import stage

Roles = Annotated[list[Role], typer.Option("--role", help="What its owner does; may be repeated.")]
Shops = Annotated[list[str] | None, typer.Option("--shop", help="Only this shop; may be repeated.")]
Warehouses = Annotated[
    list[str] | None, typer.Option("--warehouse", help="Only this warehouse; may be repeated.")
]


def issue(
    subject: Annotated[str, typer.Argument(help="Who gets it, as it shows in what they do.")],
    *,
    role: Roles,
    shop: Shops = None,
    warehouse: Warehouses = None,
    days: Annotated[int, typer.Option(help="How long it is good, up to 366.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Issues a token and shows it, once: only its digest is kept.

    Example: oms token issue li.na --role operator --warehouse WH-EAST --days 30
    """
    oms = stage()
    shops, warehouses = shop or [], warehouse or []
    for code in shops:
        oms.catalog.shop(code, field="shop")
    for code in warehouses:
        oms.catalog.warehouse(code, field="warehouse")
    issued = oms.tokens.issue(
        subject,
        [each.value for each in role],
        days=days,
        shops=shops,
        warehouses=warehouses,
    )
    if as_json:
        return say_json({**_token_json(issued.token), "token": issued.text})
    say(f"Token {issued.token.id} of {subject}, good until {to_text(issued.token.expires)}.")
    return say(f"Shown this once: {issued.text}")


def revoke(
    token: Annotated[str, typer.Argument(help="The token, or its id as `oms token list` shows.")],
    as_json: AsJson = False,
) -> None:
    """Takes a token back. The API may remember it for up to five minutes.

    Example: oms token revoke 3f2a9c0d11be
    """
    revoked = stage().tokens.revoke(token)
    if as_json:
        return say_json(_token_json(revoked))
    return say(f"Token {revoked.id} of {revoked.subject} is revoked.")


def listed(
    subject: Annotated[str, typer.Argument(help="Only this subject's.")] = "",
    as_json: AsJson = False,
) -> None:
    """The tokens there are: whose, what they may, until when. Not the tokens themselves.

    Example: oms token list
    """
    found = [_token_json(token) for token in stage().tokens.listed(subject)]
    if as_json:
        return say_json({"tokens": found})
    columns = ("id", "subject", "roles", "shops", "warehouses", "expires")
    rows = [
        [
            each["id"],
            each["subject"],
            ", ".join(each["roles"]),
            ", ".join(each["shops"]) or "all",
            ", ".join(each["warehouses"]) or "all",
            each["expires_at"],
        ]
        for each in found
    ]
    return say_table("Tokens", columns, rows)


def _token_json(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "subject": token.subject,
        "roles": list(token.roles),
        "shops": list(token.shops),
        "warehouses": list(token.warehouses),
        "issued_at": to_text(token.issued_at),
        "expires_at": to_text(token.expires),
    }
