"""The ports that everything listens on: chosen by settings, all different, and others nearby."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from local.cloud_settings import CLOUD_PORT, HOST, PORT_SETTING, CloudError, port_of
from local.processes import port_is_taken

PORTS = {"wms": 4571, "tax": 4572, "sms": 4573, "erp": 4574}
"""Where the simulators listen, unless OMS_WMS_PORT, OMS_TAX_PORT, OMS_SMS_PORT, OMS_ERP_PORT say
otherwise.
"""

FARTHEST = 20


def setting_of(simulator: str) -> str:
    """The variable that names a simulator's port."""
    return f"OMS_{simulator.upper()}_PORT"


def chosen_ports(environ: Mapping[str, str] = os.environ) -> dict[str, int]:
    """The simulators' ports; `CloudError` names a setting that is none, or two that are one."""
    return {name: port for name, port in _by_name(environ).items() if name in PORTS}


def free_ports(environ: Mapping[str, str] = os.environ) -> dict[str, int] | None:
    """Settings that put everything on other ports, free now, some thousands above the chosen ones;
    None if all of these are taken too.
    """
    names = {"cloud": PORT_SETTING, **{name: setting_of(name) for name in PORTS}}
    chosen = _by_name(environ)
    for ports in _nearby(chosen):
        if not any(port_is_taken(HOST, port) for port in ports.values()):
            return {names[name]: port for name, port in ports.items()}
    return None


def _by_name(environ: Mapping[str, str]) -> dict[str, int]:
    chosen = {"cloud": port_of(environ, PORT_SETTING, CLOUD_PORT)}
    for name, default in PORTS.items():
        port = port_of(environ, setting_of(name), default)
        if port in chosen.values():
            other = next(each for each, used in chosen.items() if used == port)
            both = " and ".join(
                PORT_SETTING if each == "cloud" else setting_of(each) for each in (other, name)
            )
            raise CloudError(f"{both} are both {port}: each needs a port of its own.")
        chosen[name] = port
    return chosen


def _nearby(chosen: Mapping[str, int]) -> Iterator[dict[str, int]]:
    for step in range(1, FARTHEST):
        ports = {name: port + 1000 * step for name, port in chosen.items()}
        if max(ports.values()) < 65536:
            yield ports
