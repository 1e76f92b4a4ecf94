"""What of a person may be shown (GB/T 41833-2022, the e-waybill standard, taken as the floor for
every screen and log).

A name hides at least one character, a phone number at least six digits, an address everything from
building, unit or room on.
"""

from __future__ import annotations

import re

_ADDRESS_DETAIL = re.compile(
    r"(\d+|[一二三四五六七八九十甲乙丙丁A-Za-z]+)\s*(号楼|栋|幢|座|单元|楼|层|室|房|号|弄|街坊|门|户|期)"
)

_MOBILE = re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")


def mask_mobiles(text: str) -> str:
    """Free text with everything in it that looks like a mobile number masked."""
    return _MOBILE.sub("1**********", text)


def mask_name(name: str) -> str:
    """`张三` -> `张*`, `欧阳小明` -> `欧***`."""
    return name[:1] + "*" * max(1, len(name) - 1) if name else ""


def mask_phone(phone: str) -> str:
    """`13812345678` -> `138******78`; a short number keeps at most its last two digits."""
    if not phone:
        return ""
    kept_front = 3 if len(phone) >= 11 else 0
    hidden = max(6, len(phone) - kept_front - 2)
    tail = phone[kept_front + hidden :]
    return phone[:kept_front] + "*" * hidden + tail


def mask_address(address: str) -> str:
    """Cut before the first building, house number, unit or room: `文一路969号` -> `文一路***`."""
    found = _ADDRESS_DETAIL.search(address)
    kept = address[: found.start()] if found else address[:6]
    return kept + "***" if address else ""
