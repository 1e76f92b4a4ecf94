"""Parcels, and the invoices that lie in them."""

from __future__ import annotations

from chalicelib.warehouse.codec.incoming.lines import pieces_of, read_props
from chalicelib.warehouse.codec.incoming.measures import read_amount, read_measure, read_price
from chalicelib.warehouse.documents.incoming.packages import (
    Invoice,
    InvoiceItem,
    Package,
    PackageMaterial,
    PackedItem,
)
from chalicelib.warehouse.texts import name, remark
from chalicelib.warehouse.xml import Node


def read_packages(document: Node) -> tuple[Package, ...]:
    """`packages/package`, one a parcel; `expressCode` is its waybill."""
    return tuple(_package(each) for each in document.listed("packages", "package"))


def _package(package: Node) -> Package:
    code, waybill, carrier, invoice_no, status = package.codes(
        "packageCode", "expressCode", "logisticsCode", "invoiceNo", "status"
    )
    return Package(
        code=code,
        waybill=waybill,
        carrier_code=carrier,
        carrier_name=name(package.text("logisticsName") or ""),
        weight_grams=read_measure(package, "weight", units=1000) or 0,
        items=tuple([_packed(item) for item in package.listed("items", "item")]),
        path=package.path,
        theoretical_weight_grams=read_measure(package, "theoreticalWeight", units=1000),
        length_mm=read_measure(package, "length", units=10),
        width_mm=read_measure(package, "width", units=10),
        height_mm=read_measure(package, "height", units=10),
        volume_ml=read_measure(package, "volume", units=1000),
        invoice_no=invoice_no,
        materials=tuple(
            _material(each) for each in package.listed("packageMaterialList", "packageMaterial")
        ),
        status=status,
        signed_at=package.time("signTime"),
        signed_by=package.text("signUserName") or "",
        remark=package.text("remark") or package.text("remarks") or "",
        extend_props=read_props(package),
    )


def _packed(item: Node) -> PackedItem:
    item_code, item_id = item.codes("itemCode", "itemId")
    return PackedItem(
        item_code=item_code or item.needed_code("itemCode"),
        item_id=item_id,
        quantity=pieces_of(item, "quantity"),
    )


def _material(material: Node) -> PackageMaterial:
    return PackageMaterial(
        kind=material.code("type"), quantity=read_measure(material, "quantity", units=1)
    )


def read_invoices(header: Node) -> tuple[Invoice, ...]:
    """`invoices/invoice`: what the WMS printed and put into the parcel."""
    return tuple(_invoice(each) for each in header.listed("invoices", "invoice"))


def _invoice(invoice: Node) -> Invoice:
    detail = invoice.child("detail")
    return Invoice(
        kind=invoice.code("type"),
        code=invoice.code("code"),
        number=invoice.code("number"),
        amount=read_amount(invoice, "amount"),
        content=remark(invoice.text("content") or ""),
        items=tuple(_row(row) for row in detail.listed("items", "item")) if detail else (),
        header=name(invoice.text("header") or ""),
        tax_number=invoice.code("taxNumber"),
    )


def _row(row: Node) -> InvoiceItem:
    return InvoiceItem(
        name=name(row.text("itemName") or ""),
        unit=row.code("unit"),
        price=read_price(row, "price"),
        quantity=read_measure(row, "quantity", units=1),
        amount=read_amount(row, "amount"),
    )
