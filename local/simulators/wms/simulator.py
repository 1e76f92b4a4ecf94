"""Puts the parts of the warehouse simulator together."""

from __future__ import annotations

from pathlib import Path

from local.simulators.application import Application, json_response
from local.simulators.control import add_control_routes
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms.automatic import Automatic
from local.simulators.wms.callbacks import Callbacks
from local.simulators.wms.chance import Chance
from local.simulators.wms.clock import MACHINE, Clock, Standing
from local.simulators.wms.control import Control
from local.simulators.wms.course import Course
from local.simulators.wms.deeds import Deeds
from local.simulators.wms.gateway import Gateway
from local.simulators.wms.incoming import Incoming
from local.simulators.wms.rules import Rules
from local.simulators.wms.scenario import Scenario
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.telling import Telling, state
from local.simulators.wms.warehouse import Warehouse
from local.simulators.wms.work import Work


def build(
    settings: list[WarehouseSettings],
    folder: Path,
    *,
    automatic: bool = False,
    seed: int = 1,
    scenario: Scenario | None = None,
    senders: int = 1,
) -> Application:
    """The simulator of these warehouses, on the state kept in `folder`."""
    application = Application("wms")
    store = Store(folder)
    application.on_stop(store.close)
    standing = scenario.standing if scenario else None
    clock: Clock = MACHINE if standing is None else Standing(store, standing)
    warehouses: dict[str, Warehouse] = {}
    for each in settings:
        warehouses[each.code] = Warehouse(each, store, clock, together=warehouses)
    rules = Rules(store, Chance(seed=seed))
    incoming = Incoming(application.stopping, rules, clock)
    work = Work(store, Callbacks(store), rules)
    deeds = Deeds(work, work.desk)
    control = Control(warehouses, store, work)
    if automatic:
        for warehouse in warehouses.values():
            control.set_auto(warehouse, Fields({"enabled": True}))
    if scenario is not None:
        _settle(scenario, rules, warehouses, store)
    gateway = Gateway(warehouses, store, incoming)
    application.route("POST", "/{warehouse}/qimen", gateway.receive)
    add_control_routes(application, store, incoming, lambda: {"warehouses": sorted(warehouses)})
    control.add_to(application)
    worker = Automatic(
        warehouses,
        Course(work, deeds, work.desk),
        work.desk,
        clock,
        stopping=application.stopping,
        is_away=incoming.is_away,
        senders=scenario.senders if scenario else senders,
    )
    telling = Telling(
        control.one_of,
        store,
        work=work,
        deeds=deeds,
        rules=rules,
        incoming=incoming,
        automatic=worker,
    )
    telling.add_to(application)
    application.route("GET", "/state", lambda _: json_response(state(warehouses, store)))
    application.on_stop(worker.join)
    worker.start()
    return application


def _settle(
    scenario: Scenario, rules: Rules, warehouses: dict[str, Warehouse], store: Store
) -> None:
    with store.transaction():
        rules.set_scenario(list(scenario.rules))
        for warehouse in warehouses.values():
            scenario.settle(warehouse)
