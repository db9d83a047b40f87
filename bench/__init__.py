"""Benchmarks and the long fault run. Each is a command that prints a table; no test asserts a time."""
