"""Benchmarks: figures are ratios within one run, for machines are noisy."""
