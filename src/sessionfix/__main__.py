"""`python -m sessionfix`."""

from __future__ import annotations

from sessionfix.cli import main

if __name__ == "__main__":
    main(prog_name="sessionfix")
