"""Templates as data. Rendering knows named parameters and nothing else.

For SMS the provider renders its own approved text; ours is the same text, for previews, and says
which parameters have to be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.kernel.errors import Refused

_PLACEHOLDER = re.compile(r"\$\{([a-z_]+)\}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
VALUE_LENGTH = 35
"""The longest value of a variable that the SMS providers take."""


class Channel(StrEnum):
    """How a notice travels."""

    SMS = "SMS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One text with `${placeholders}`; `provider_code` is the approved template's at the
    provider.
    """

    code: str
    channel: Channel
    provider_code: str
    text: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The placeholders, each once, in the text's order."""
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.text)))


def values_for(template: Template, known: Mapping[str, str]) -> dict[str, str]:
    """The template's parameters out of what is known: control characters taken out, cut to what a
    provider takes. Refused with `notice_parameter_missing` if one is missing or empty.
    """
    values = {}
    for name in template.parameters:
        value = _CONTROL.sub("", known.get(name, "")).strip()[:VALUE_LENGTH]
        if not value:
            raise Refused("notice_parameter_missing", "the template needs it", field=name)
        values[name] = value
    return values


def render(template: Template, values: Mapping[str, str]) -> str:
    """The text, each placeholder replaced once: what a value holds is never looked at again."""
    return _PLACEHOLDER.sub(lambda found: values[found.group(1)], template.text)


TEMPLATES = {
    each.code: each
    for each in (
        Template(
            code="shipped",
            channel=Channel.SMS,
            provider_code="SMS_PARCEL_SHIPPED",
            text="您在${shop}购买的订单${order}已发货，运单号${waybill}，请留意查收。",
        ),
        Template(
            code="status",
            channel=Channel.SMS,
            provider_code="SMS_ORDER_STATUS",
            text="您在${shop}购买的订单${order}有新的状态：${text}。",
        ),
    )
}
