"""Receivers of webhooks in processes of their own: real servers, and a hostile one."""
