"""Clients of live streams, and the tables behind them."""
