"""Stock: the double-entry ledger, balances, reservations, cost, closing snapshots,
reconciliation.
"""
