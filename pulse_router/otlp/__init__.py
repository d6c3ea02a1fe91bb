"""Exports spans by OTLP over HTTP."""
