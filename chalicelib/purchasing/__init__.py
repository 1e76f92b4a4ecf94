"""Purchase orders and their receipts."""
