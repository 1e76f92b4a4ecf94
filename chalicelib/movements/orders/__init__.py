"""Movement orders (出入库单): goods that a warehouse lets out or in without a sale or purchase."""
