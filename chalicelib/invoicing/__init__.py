"""Invoices (发票): what of an order is invoiceable, and issuing it at the tax platform."""
