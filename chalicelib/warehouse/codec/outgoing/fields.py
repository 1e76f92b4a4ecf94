"""Single values as they stand on the wire: limits on the way out, units, what is left out.

Money has two decimals, weight (kg) and volume (L) three, a length (cm) two. Ours are integers of
the smaller unit, so every conversion is exact. None is left out of a message.
"""

from __future__ import annotations

from datetime import date

from chalicelib.kernel.errors import Refused
from chalicelib.kernel.money import Fen, UnitPrice, format_fen, line_amount
from chalicelib.warehouse.texts import code, name


def needed(text: str, field: str) -> str:
    """A code that the protocol asks for; refused (`missing_element`) when there is none."""
    return code(_present(text, field), field=field)


def maybe(text: str, field: str) -> str | None:
    """A code that may be missing; like any other it isn't cut."""
    return code(text, field=field) or None


def needed_name(text: str, field: str) -> str:
    """A name that the protocol asks for, cut to its length."""
    return name(_present(text, field))


def needed_text(text: str, field: str, longest: int) -> str:
    """A text that the protocol asks for and that can't be cut without becoming another one."""
    if len(_present(text, field)) > longest:
        raise Refused("code_too_long", f"it has at most {longest} characters", field=field)
    return text


def day(on: date | None) -> str | None:
    """`2026-11-22`."""
    return None if on is None else on.isoformat()


def yuan(amount: Fen | None) -> str | None:
    """Fen as money with two decimals."""
    return None if amount is None else format_fen(amount)


def price(of_one: UnitPrice | None) -> str | None:
    """A price of 1/10,000 as money: rounded half up to two decimals here and nowhere else."""
    return None if of_one is None else format_fen(line_amount(1, of_one))


def kilograms(grams: int | None, field: str) -> str | None:
    """1250 g as `1.250`."""
    return _decimal(grams, 3, field)


def litres(millilitres: int | None, field: str) -> str | None:
    """1250 ml as `1.250`."""
    return _decimal(millilitres, 3, field)


def centimetres(millimetres: int | None, field: str) -> str | None:
    """123 mm as `12.30`."""
    return _decimal(None if millimetres is None else millimetres * 10, 2, field)


def flag(value: bool | None) -> str | None:
    """`Y` or `N`; None where it isn't known."""
    return None if value is None else "Y" if value else "N"


def flags(codes: tuple[str, ...], field: str) -> str | None:
    """Several codes joined by `^` (orderFlag)."""
    return "^".join(needed(each, field) for each in codes) or None


def count(pieces: int, field: str) -> int:
    """Pieces that are planned, or a measure; refused (`negative_quantity`) below 0."""
    if pieces < 0:
        raise Refused("negative_quantity", f"{field} is not negative", field=field)
    return pieces


def _present(text: str, field: str) -> str:
    if not text.strip():
        raise Refused("missing_element", "a value is needed", field=field)
    return text


def _decimal(value: int | None, decimals: int, field: str) -> str | None:
    if value is None:
        return None
    whole, part = divmod(count(value, field), 10**decimals)
    return f"{whole}.{part:0{decimals}d}"
