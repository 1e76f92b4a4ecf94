"""Returns (退货), exchanges (换货) and parcels that nobody claims (无头件)."""
