"""The evidence: benchmarks, each a module with `NAME`, `DESCRIPTION` and `run(arguments)`."""
