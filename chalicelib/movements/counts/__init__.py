"""Stock counts (盘点): what a WMS counted, page by page, assembled before anything is booked."""
