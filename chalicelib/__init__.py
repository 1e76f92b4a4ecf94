"""The OMS (订单管理中心): slices named after the business, each with model, service and store."""
