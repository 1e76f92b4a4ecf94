"""`./oms`: the OMS from a shell. Thin calls of the services, on whatever stage is deployed."""
