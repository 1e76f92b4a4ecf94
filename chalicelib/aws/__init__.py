"""The AWS adapters: tables, raw bucket, queues, keys, secrets, settings. The only place that
builds a client.
"""
