"""Find session factories called without `with`, and rewrite the calls."""

__version__ = "0.1.0"
