"""The REST edge: blueprints, authentication, requests and answers. Knows Chalice; reaches services
through bootstrap.
"""

from chalice.app import Blueprint


def blueprints() -> list[Blueprint]:
    """Every blueprint of the API, in the order of the docs."""
    from chalicelib.http.appointments import appointments
    from chalicelib.http.authorization import authorization
    from chalicelib.http.contents import contents
    from chalicelib.http.dispatches import dispatches
    from chalicelib.http.invoices import invoices
    from chalicelib.http.master_data import master_data
    from chalicelib.http.messages import messages
    from chalicelib.http.movements import movements
    from chalicelib.http.numbers import numbers
    from chalicelib.http.operations import operations
    from chalicelib.http.orders import orders
    from chalicelib.http.periods import periods
    from chalicelib.http.processing import processing
    from chalicelib.http.purchasing import purchasing
    from chalicelib.http.replays import replays
    from chalicelib.http.returns import returns
    from chalicelib.http.statuses import statuses
    from chalicelib.http.stock import stock
    from chalicelib.http.suspense import suspense
    from chalicelib.http.wms import wms

    return [
        authorization,
        orders,
        returns,
        invoices,
        master_data,
        purchasing,
        appointments,
        movements,
        processing,
        wms,
        stock,
        periods,
        suspense,
        numbers,
        messages,
        operations,
        contents,
        replays,
        statuses,
        dispatches,
    ]
