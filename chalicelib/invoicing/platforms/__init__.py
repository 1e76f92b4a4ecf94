"""Codecs of tax platforms, one file each."""
