"""Messages of warehouse systems tried on an OMS in this process: what each is answered, and what
it does.
"""
