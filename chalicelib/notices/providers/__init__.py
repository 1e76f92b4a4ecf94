"""Codecs of message providers, one file each."""
