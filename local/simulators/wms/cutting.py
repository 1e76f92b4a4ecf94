"""Large confirms cut into several messages (`totalOrderLines`), as some warehouses send them."""

from __future__ import annotations

from local.simulators.application import JsonObject
from local.simulators.fields import Fields


def in_parts(content: JsonObject, header: str, fields: Fields) -> list[JsonObject]:
    """A confirm as messages of at most `lines_each` lines; 0, or none given: as one. Each part has
    the header with the line count of the whole, the first one the parcels.
    """
    lines, each = content["orderLines"], fields.whole("lines_each", 0)
    if each <= 0 or len(lines) <= each:
        return [content]
    whole = content | {header: content[header] | {"totalOrderLines": len(lines)}}
    bare = {name: value for name, value in whole.items() if name != "packages"}
    return [
        (bare if first else whole) | {"orderLines": lines[first : first + each]}
        for first in range(0, len(lines), each)
    ]
