"""Benchmarks: our walk beside its peers, in one run, on one extract. Nothing asserts a time."""
