"""To whom an invoice is made out, as the order says."""

from __future__ import annotations

import re

from chalicelib.invoicing.model import Buyer
from chalicelib.kernel.errors import Refused
from chalicelib.orders.model import InvoiceRequest, Person

PRIVATE_TITLE = "个人"
"""The customary title where a person gave none."""

TITLE_LENGTH = 100
_TAX_NO = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17,18}|[0-9A-Z]{20}", re.ASCII)


def invoice_buyer(request: InvoiceRequest, person: Person) -> Buyer:
    """The buyer, or a refusal: `invoice_title_missing`, `invoice_title_too_long`,
    `invoice_tax_no_wrong`.

    A company needs its tax number; any tax number has 15, 17, 18 or 20 upper-case letters and
    digits (the platforms' rule). Its check digit isn't looked at: public bodies' fail it.
    """
    company = request.kind == "COMPANY"
    title = person.invoice_title.strip() or ("" if company else PRIVATE_TITLE)
    tax_no = person.invoice_tax_no
    if not title:
        raise Refused("invoice_title_missing", "a company's invoice needs its name")
    if len(title) > TITLE_LENGTH:
        raise Refused("invoice_title_too_long", f"a title has at most {TITLE_LENGTH} characters")
    if (company or tax_no) and not _TAX_NO.fullmatch(tax_no):
        raise Refused(
            "invoice_tax_no_wrong",
            "a tax number has 15, 17, 18 or 20 upper-case letters and digits",
        )
    return Buyer(title=title, tax_no=tax_no)
