"""Adjustments that people or other systems order (库存调整单)."""
