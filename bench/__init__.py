"""Benchmarks: our works against hand-written floors, each run in a new process. See docs/benchmarks.md."""
