"""`python -m sessionfix`."""

from __future__ import annotations

import sys

from sessionfix.start import main

if __name__ == "__main__":
    sys.exit(main())
