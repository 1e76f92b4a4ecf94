"""What a WMS knows of a SKU, bundle or warehouse against what we know. Pure.

Only what the WMS tells is compared: a field that is missing in its answer is no difference.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from chalicelib.catalog.model import Bundle, Sku, Warehouse
from chalicelib.kernel.masking import mask_name, mask_phone
from chalicelib.warehouse.documents.outgoing.combineitem import CombineItemAnswer
from chalicelib.warehouse.documents.outgoing.item import KnownItem
from chalicelib.warehouse.documents.outgoing.partners import WarehouseInfo
from chalicelib.warehouse.store import Acknowledged
from chalicelib.warehouse.texts import name

Compares: TypeAlias = Sku | Bundle | Warehouse
"""What a WMS can be asked about."""


class Difference(StrEnum):
    """MISSING there; UNTOLD: there, though we have never told it; OLDER: an older version was
    acknowledged last; EXTRA: it should have been deleted; UNANSWERED: the WMS refused to say.
    """

    MISSING = "missing"
    UNTOLD = "untold"
    OLDER = "older"
    EXTRA = "extra"
    ITEM_ID = "item_id"
    NAME = "name"
    BARCODE = "barcode"
    VALID = "valid"
    COMPONENTS = "components"
    ADDRESS = "address"
    CONTACT = "contact"
    PHONE = "phone"
    MOBILE = "mobile"
    STATUS = "status"
    UNANSWERED = "unanswered"


@dataclass(slots=True)
class Compared:
    """What was found; `ours` and `theirs` are the values of what differs, as texts."""

    differences: list[Difference] = field(default_factory=list)
    ours: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)

    def add(self, difference: Difference, ours: str = "", theirs: str = "") -> None:
        self.differences.append(difference)
        if ours or theirs:
            self.ours[difference.value] = ours
            self.theirs[difference.value] = theirs


def compare_sku(sku: Sku, known: Acknowledged | None, found: KnownItem | None) -> Compared:
    """A SKU; `found` is None where the WMS has none. One that isn't sold needn't be there."""
    compared = Compared()
    if found is None:
        if known is not None or sku.valid:
            compared.add(Difference.MISSING)
        return compared
    _compare_versions(compared, sku.version, known)
    if known is not None and found.item_id and found.item_id != known.wms_id:
        compared.add(Difference.ITEM_ID, known.wms_id, found.item_id)
    ours, theirs = name(sku.name) or "", found.item_name.strip()
    if theirs and theirs != ours.strip():
        compared.add(Difference.NAME, ours, theirs)
    if found.bar_code and _barcodes(found.bar_code) != _barcodes(sku.barcode):
        compared.add(Difference.BARCODE, sku.barcode, found.bar_code)
    if found.valid is not None and found.valid != sku.valid:
        compared.add(Difference.VALID, _yes(sku.valid), _yes(found.valid))
    return compared


def compare_bundle(
    bundle: Bundle, known: Acknowledged | None, found: CombineItemAnswer | None
) -> Compared:
    """A bundle; `found` is None where the WMS has none."""
    compared = Compared()
    theirs: Counter[str] = Counter()
    for each in found.components if found else ():
        theirs[each.item_code] += each.quantity
    if not theirs:
        if bundle.valid:
            compared.add(Difference.MISSING)
        return compared
    if not bundle.valid:
        compared.add(Difference.EXTRA)
        return compared
    _compare_versions(compared, bundle.version, known)
    ours = Counter({each.sku: each.quantity for each in bundle.components})
    if ours != theirs:
        compared.add(Difference.COMPONENTS, _parts(ours), _parts(theirs))
    return compared


def compare_warehouse(
    warehouse: Warehouse,
    known: Acknowledged | None,
    ours: WarehouseInfo,
    found: WarehouseInfo | None,
) -> Compared:
    """A warehouse; `ours` is how it is told, `found` is None where the WMS has none. One that is
    closed needn't be there. The contact's name and numbers are masked in what is kept.
    """
    compared = Compared()
    if found is None:
        if known is not None or warehouse.active:
            compared.add(Difference.MISSING)
        return compared
    _compare_versions(compared, warehouse.version, known)
    for difference, said, theirs in (
        (Difference.NAME, ours.warehouse_name, found.warehouse_name),
        (Difference.ADDRESS, ours.address, found.address),
        (Difference.STATUS, ours.status, found.status),
    ):
        if _told_otherwise(said, theirs):
            compared.add(difference, name(said), theirs)
    if _told_otherwise(ours.contact, found.contact):
        compared.add(Difference.CONTACT, mask_name(ours.contact), mask_name(found.contact))
    for difference, said, theirs in (
        (Difference.PHONE, ours.phone, found.phone),
        (Difference.MOBILE, ours.mobile, found.mobile),
    ):
        if _told_otherwise(said, theirs):
            compared.add(difference, mask_phone(said), mask_phone(theirs))
    return compared


def _told_otherwise(ours: str, theirs: str) -> bool:
    """Whether the WMS tells it, and otherwise than we do."""
    return bool(theirs.strip()) and theirs.strip() != name(ours).strip()


def _compare_versions(compared: Compared, version: int, known: Acknowledged | None) -> None:
    if known is None:
        compared.add(Difference.UNTOLD)
    elif known.version < version:
        compared.add(Difference.OLDER, str(version), str(known.version))


def _barcodes(text: str) -> set[str]:
    """Several are separated by `;`."""
    return {each.strip() for each in text.split(";") if each.strip()}


def _yes(valid: bool) -> str:
    return "Y" if valid else "N"


def _parts(parts: Counter[str]) -> str:
    return ", ".join(f"{quantity} {code}" for code, quantity in sorted(parts.items()))
