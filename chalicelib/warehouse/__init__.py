"""The WMS gateway: Qimen documents, their XML and signature, dispatch to warehouses and what they
call back.
"""
