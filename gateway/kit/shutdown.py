"""How the parts of the application learn that it stops."""

from __future__ import annotations

import asyncio


class Shutdown:
    """Two moments: `begun`, when open-ended streams end so that their readers connect elsewhere, and `over`, when
    the time that running requests had to finish has passed."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.over = asyncio.Event()
