"""Signed HTTP requests to tenants' endpoints, behind a network guard."""
