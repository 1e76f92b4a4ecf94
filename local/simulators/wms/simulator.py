"""Puts the parts of the warehouse simulator together."""

from __future__ import annotations

from pathlib import Path

from local.simulators.application import Application
from local.simulators.behaviour import Behaviours
from local.simulators.control import add_control_routes
from local.simulators.fields import Fields
from local.simulators.store import Store
from local.simulators.wms.automatic import Automatic
from local.simulators.wms.callbacks import Callbacks
from local.simulators.wms.control import Control
from local.simulators.wms.gateway import Gateway
from local.simulators.wms.settings import WarehouseSettings
from local.simulators.wms.warehouse import Warehouse
from local.simulators.wms.work import Work


def build(
    settings: list[WarehouseSettings], folder: Path, *, automatic: bool = False
) -> Application:
    """The simulator of these warehouses, on the state kept in `folder`."""
    application = Application("wms")
    store = Store(folder)
    application.on_stop(store.close)
    warehouses = {each.code: Warehouse(each, store) for each in settings}
    behaviours = Behaviours(application.stopping)
    work = Work(store, Callbacks(store))
    control = Control(warehouses, store, work)
    if automatic:
        for warehouse in warehouses.values():
            control.set_auto(warehouse, Fields({"enabled": True}))
    gateway = Gateway(warehouses, store, behaviours)
    application.route("POST", "/{warehouse}/qimen", gateway.receive)
    add_control_routes(application, store, behaviours, lambda: {"warehouses": sorted(warehouses)})
    control.add_to(application)
    worker = Automatic(warehouses, store, work, application.stopping)
    application.on_stop(worker.join)
    worker.start()
    return application
