"""The rows of tests/bench/run: one module a subject, each with `rows(bench)`, which yields Row after Row."""
