"""Made-up articles with 20 facts each, as tests/bench/load makes them."""
import importlib.machinery
import importlib.util

from .base import HERE


def _load():
    loader = importlib.machinery.SourceFileLoader("bench_load", str(HERE / "load"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_load", loader))
    loader.exec_module(module)
    return module


load = _load()
Made = load.Maker
