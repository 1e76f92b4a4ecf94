"""Setting up: shops, warehouses, clients with their keys, connections to warehouse systems."""

from __future__ import annotations

from typing import Annotated

import typer

from chalicelib.aws.secrets import new_signing_secret
from chalicelib.catalog.model import Client, ClientKind, Shop, Warehouse
from chalicelib.kernel.errors import Malformed
from chalicelib.kernel.items import to_item
from chalicelib.kernel.money import parse_fen
from chalicelib.warehouse.connecting import Connecting
from chalicelib.warehouse.connections import Connection
from local.cli.output import AsJson, say, say_json
from local.cli.reading import JsonFile, as_document, read_object
from local.cli.stage import stage


def put_shop(file: JsonFile, as_json: AsJson = False) -> None:
    """Sets a shop up, or says it anew. `hold_above` is an amount such as "500.00". What its
    warehouses may be told of it, if wanted: `platform_code` (OTHER), `platform_shop_code`,
    `platform_shop_name`, `address`.

    Example: oms shop put shop.json
    """
    oms = stage()
    given = _without_version(read_object(file))
    if given.get("hold_above") is not None:
        given["hold_above"] = parse_fen(given["hold_above"], field="hold_above")
    shop = as_document(given, Shop)
    oms.catalog.put_shop(shop)
    if as_json:
        return say_json({"shop": shop.code})
    return say(f"Shop {shop.code} is set up.")


def put_warehouse(file: JsonFile, as_json: AsJson = False) -> None:
    """Sets a warehouse up, or says it anew. Its stock opens by closing its opening stock. The file
    holds `code`, `name`, `owner`, `province`, `city`, and if wanted `zone`, `priority`, `active`,
    `wms` (the connection's code, if it is another), `buckets`, `cost_method` (AVERAGE or FIFO,
    fixed once its stock is open), and what its WMS may be told:
    `address`, `contact`, `phone`, `mobile`, `status` (a text of the WMS's own).

    Example: oms warehouse put warehouse.json
    """
    oms = stage()
    given = _without_version(read_object(file))
    for field in ("stock_open", "opened_on"):
        if field in given:
            raise Malformed("not_settable", "closing the opening stock opens it", field=field)
    warehouse = as_document(given, Warehouse)
    oms.catalog.put_warehouse(warehouse)
    if as_json:
        return say_json({"warehouse": warehouse.code})
    return say(f"Warehouse {warehouse.code} is set up.")


def put_client(
    code: Annotated[str, typer.Argument(help="The client's code, as in the header oms-client.")],
    *,
    kind: Annotated[ClientKind, typer.Option(case_sensitive=False, help="What it may send.")],
    shop: Annotated[str, typer.Option(help="The shop that a SHOP client speaks for.")] = "",
    owner: Annotated[str, typer.Option(help="Whose goods it is about.")] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    active: Annotated[bool, typer.Option(help="Whether it is let in.")] = True,
    as_json: AsJson = False,
) -> None:
    """Sets a signing client up. A new one gets its key, which is shown once, here.

    Example: oms client put shop-demo --kind SHOP --shop shop-demo
    """
    if kind is ClientKind.SHOP and not shop:
        raise typer.BadParameter("a SHOP client speaks for a shop: --shop CODE")
    oms = stage()
    oms.catalog.put_client(
        Client(code=code, kind=kind, name=name, shop=shop, owner=owner, active=active)
    )
    secret, created = oms.secrets.ensure(f"clients/{code}", new_signing_secret)
    if as_json:
        return say_json({"client": code, "secret": secret if created else None})
    say(f"Client {code} is set up.")
    return say(f"Its key, shown this once: {secret}") if created else say("It keeps its key.")


def connect_wms(file: JsonFile, as_json: AsJson = False) -> None:
    """Connects a warehouse system, or says its connection anew. The file holds the connection's
    fields (docs/wms.md has an example and lists them); `secret` and `callback_secret` are the keys
    themselves and go to the secrets; left out, the ones that are there stay.

    Example: oms wms connect wms.json
    """
    oms = stage()
    given = read_object(file)
    secret, callback_secret = (_key(given, name) for name in ("secret", "callback_secret"))
    connection = as_document({**given, "secret": ""}, Connection)
    kept = Connecting(transaction=oms.tables, secrets=oms.secrets, clock=oms.clock).connect(
        connection, secret=secret, callback_secret=callback_secret
    )
    if as_json:
        return say_json(
            {name: to_item(kept)[name] for name in ("code", "url", "customer_id", "app_key")}
        )
    return say(f"Connection {kept.code} to {kept.url} is set up.")


def rotate_secret(
    code: Annotated[str, typer.Argument(help="The connection's code.")],
    file: JsonFile,
    as_json: AsJson = False,
) -> None:
    """Changes a connection's keys without a pause: the file holds the new `secret`,
    `callback_secret` or both. Each signs from now on, and the one before stays good for checking
    until `oms wms finish-rotation`. Running functions take it within five minutes.

    Example: oms wms rotate-secret WH-EAST keys.json
    """
    oms = stage()
    oms.warehouse.connection(code)
    given = read_object(file)
    secret, callback_secret = (_key(given, name) for name in ("secret", "callback_secret"))
    if given:
        raise Malformed("unknown_field", "there is no such field", field=sorted(given)[0])
    names = Connecting(transaction=oms.tables, secrets=oms.secrets, clock=oms.clock).rotate(
        code, secret=secret, callback_secret=callback_secret
    )
    if as_json:
        return say_json({"wms": code, "changing": names})
    return say(f"New and old are good for {', '.join(names)}; the new one signs.")


def finish_rotation(
    code: Annotated[str, typer.Argument(help="The connection's code.")], as_json: AsJson = False
) -> None:
    """Drops the keys from before, once the other side uses the new ones.

    Example: oms wms finish-rotation WH-EAST
    """
    oms = stage()
    oms.warehouse.connection(code)
    names = Connecting(transaction=oms.tables, secrets=oms.secrets, clock=oms.clock).finish(code)
    if as_json:
        return say_json({"wms": code, "finished": names})
    return say(f"Only the new keys are good: {', '.join(names) or 'nothing was changing'}.")


def _without_version(given: dict[str, object]) -> dict[str, object]:
    if "version" in given:
        raise Malformed("not_settable", "each change counts it up", field="version")
    return given


def _key(given: dict[str, object], name: str) -> str:
    value = given.pop(name, "")
    if not isinstance(value, str):
        raise Malformed("malformed_field", "a text is needed", field=name)
    return value
