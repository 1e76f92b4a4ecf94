"""A warehouse management system that speaks signed Qimen XML both ways, for any number of
warehouses: it checks what it is sent like a strict one, keeps its own stock, and reports.

    python -m local.simulators.wms --port 9300 --config warehouses.json --state DIR

`gateway` takes what the OMS sends, `callbacks` sends what the warehouse reports, `work` is what
people in the warehouse do, `control` the JSON routes that make them do it, `automatic` does it
unasked.
"""
