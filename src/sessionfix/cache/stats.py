"""What the system tells of files without a look into them."""

from __future__ import annotations

import os

TYPE_CHECKING = False  # as typing has it, which takes its time to be imported
if TYPE_CHECKING:
    from collections.abc import Iterable

Stats = list[int]
"""Of each file in turn: its size, the times at which the content and the inode were last changed, and the inode.

One flat list, as that is made, read and compared in half the time of 15,000 small ones.
"""

WIDTH = 4
MISSING = (0, 0, 0, 0)


def stats_of(paths: Iterable[str] | Iterable[bytes]) -> Stats:
    """The stats of files and folders, over links, in their order; MISSING for one that there is not."""
    stats: Stats = []
    stat = os.stat
    for path in paths:
        try:
            found = stat(path)
        except (OSError, ValueError):
            stats += MISSING
        else:
            stats += (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return stats
