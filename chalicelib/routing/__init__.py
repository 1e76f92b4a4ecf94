"""Routing: the rules that review an order, and the choice of the warehouses that ship it. Pure."""
