"""Notices: templated messages to buyers, exactly one each, and signed webhooks to the upstream."""
