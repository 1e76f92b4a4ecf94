"""Movements that no order or purchase leads to: opening stock and adjustments."""
