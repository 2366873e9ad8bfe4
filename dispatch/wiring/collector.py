"""How often Python looks for garbage that it cannot see at once: seldom.

What is made for a row or a letter goes with it, without a cycle. By Python's own thresholds the collector
would look through everything again for each few letters, and takes a tenth of the time.
"""

from __future__ import annotations

import gc


def collect_seldom() -> None:
    """For the rest of this process."""
    gc.set_threshold(50_000, 20, 50)
