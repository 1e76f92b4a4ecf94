"""Transfers (调拨): goods that leave one warehouse and arrive at another."""
