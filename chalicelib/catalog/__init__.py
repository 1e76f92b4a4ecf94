"""Master data: SKUs and suppliers by their source system's identity, warehouses, shops, clients."""
