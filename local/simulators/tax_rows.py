"""What the tax platform checks of an invoice's rows, as the tax authority's rules have it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from local.simulators.fields import Fields

ROW_REQUIRED = ("goodsName", "goodsCode", "withTaxFlag", "taxRate", "invoiceLineProperty")
AMOUNTS = ("taxIncludedAmount", "taxExcludedAmount", "tax")


class Fault(Exception):
    """The request is answered with this code and text."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def checked_row(row: Fields, number: int) -> tuple[Decimal, Decimal, Decimal]:
    """A row's gross, net and tax; refused where they aren't a row of the tax authority's."""
    for name in ROW_REQUIRED:
        if not row.text(name, ""):
            raise Fault("E9001", f"第 {number} 行 {name} 不能为空")
    try:
        gross, net, tax = (Decimal(row.text(name)) for name in AMOUNTS)
        rate = Decimal(row.text("taxRate"))
    except InvalidOperation:
        raise Fault("E9129", f"第 {number} 行金额格式错误") from None
    if gross <= 0 or any(each != round(each, 2) for each in (gross, net, tax)):
        raise Fault("E9129", f"第 {number} 行金额错误")
    if gross != net + tax:
        raise Fault("E9130", f"第 {number} 行含税金额不等于不含税金额加税额")
    if abs(net * rate - tax) > Decimal("0.06"):
        raise Fault("E9131", f"第 {number} 行税额误差超过 0.06")
    return gross, net, tax
