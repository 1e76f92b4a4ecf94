"""The upstream system: takes stock messages signed as in Standard Webhooks.

    python -m local.simulators.erp --port 9400 --secret whsec_... --state DIR

It takes `POST` on any path. Signature: `webhook-signature` holds, blank-separated,
`v1,` + base64(HMAC-SHA256(key, webhook-id "." webhook-timestamp "." body)); the key is the
base64-decoded secret behind `whsec_`.
"""
