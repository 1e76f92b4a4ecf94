"""What raw statuses mean here, and what channel and buyer see of them: tables, one per WMS."""
