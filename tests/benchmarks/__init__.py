"""How fast dispatch is, beside its peers; run on demand, never timed in CI: `python -m tests.benchmarks`."""
