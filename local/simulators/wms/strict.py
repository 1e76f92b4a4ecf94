"""Strict reading of a message: the first fault is a `Refusal` that names the element."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from local.simulators.wms import qimen

CODE, NAME, REMARK = 50, 200, 500
_MONEY = re.compile(r"\d{1,16}(\.\d{1,2})?")
_QUANTITY = re.compile(r"\d{1,9}")
_PLACEHOLDERS = ("null", "None", "undefined", "NaN")


class Refusal(Exception):
    """The message is answered `failure` with this code and text."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Block:
    """One element of a message, read by name."""

    def __init__(self, element: Element, path: str) -> None:
        self.element = element
        self.path = path

    def optional(self, name: str, longest: int = CODE) -> str:
        """A text, "" when missing. Placeholders of programming languages are refused."""
        found = self.element.findall(name)
        if len(found) > 1:
            raise Refusal("INVALID_VALUE", f"字段重复: {self.path}/{name}")
        text = (found[0].text or "").strip() if found else ""
        if len(text) > longest:
            raise Refusal("INVALID_VALUE", f"超过 {longest} 字: {self.path}/{name}")
        if text in _PLACEHOLDERS:
            raise Refusal("INVALID_VALUE", f"取值非法: {self.path}/{name}={text}")
        return text

    def text(self, name: str, longest: int = CODE) -> str:
        """A mandatory text."""
        text = self.optional(name, longest)
        if not text:
            raise Refusal("MISSING_FIELD", f"缺少必填字段: {self.path}/{name}")
        return text

    def one_of(self, name: str, known: frozenset[str], default: str | None = None) -> str:
        """A code of a list; mandatory without a default."""
        text = self.text(name) if default is None else self.optional(name) or default
        if text not in known:
            raise Refusal("INVALID_VALUE", f"取值非法: {self.path}/{name}={text}")
        return text

    def time(self, name: str) -> str:
        """A mandatory time."""
        text = self.text(name)
        try:
            qimen.read_time(text)
        except ValueError:
            raise Refusal("INVALID_VALUE", f"时间格式错误: {self.path}/{name}={text}") from None
        return text

    def quantity(self, name: str) -> int:
        """A mandatory whole number above zero."""
        text = self.text(name)
        if not _QUANTITY.fullmatch(text) or int(text) == 0:
            raise Refusal("INVALID_VALUE", f"数量须为正整数: {self.path}/{name}={text}")
        return int(text)

    def signed(self, name: str) -> int:
        """A mandatory whole number, above zero or below."""
        text = self.text(name)
        if not _QUANTITY.fullmatch(text.removeprefix("-")) or int(text) == 0:
            raise Refusal("INVALID_VALUE", f"数量须为非零整数: {self.path}/{name}={text}")
        return int(text)

    def money(self, name: str) -> Decimal | None:
        """An amount not below zero with at most two decimals; None when missing."""
        text = self.optional(name)
        if text and not _MONEY.fullmatch(text):
            raise Refusal("INVALID_VALUE", f"金额格式错误: {self.path}/{name}={text}")
        return Decimal(text) if text else None

    def block(self, name: str) -> Block:
        """A mandatory element with elements of its own."""
        found = self.element.find(name)
        if found is None or not len(found):
            raise Refusal("MISSING_FIELD", f"缺少必填字段: {self.path}/{name}")
        return Block(found, f"{self.path}/{name}")

    def blocks(self, wrapper: str) -> list[Block]:
        """The elements of a mandatory list, at least one."""
        child = qimen.LISTS[wrapper]
        found = self.element.findall(f"{wrapper}/{child}")
        if not found:
            raise Refusal("MISSING_FIELD", f"缺少必填字段: {self.path}/{wrapper}/{child}")
        return [
            Block(element, f"{self.path}/{wrapper}/{child}[{number}]")
            for number, element in enumerate(found, start=1)
        ]

    def value(self) -> Any:
        """Every field, as plain values."""
        return qimen.value(self.element)
