"""Benchmarks of the mirror, each beside a lower bound: `make bench`. Not part of the wheel."""
