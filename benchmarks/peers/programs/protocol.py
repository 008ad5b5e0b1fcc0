"""What a peer's program and the benchmark say to each other: one JSON object per line on standard input and output.

The program first says `{"ready": true, "about": {…}}`. Then every line in is a request and every line out its answer:
`{"seconds": …, "picture": "…"}`, the picture as base64 of RGB uint8 rows. The benchmark measures from outside; the
program's own seconds only tell the two apart.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Draw = Callable[[dict[str, Any]], NDArray[np.uint8]]


def serve(about: dict[str, Any], draw: Draw) -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not be taken for an answer
    print(json.dumps({"ready": True, "about": about}), file=answers, flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        picture = draw(json.loads(line))
        seconds = time.perf_counter() - started
        content = base64.b64encode(np.ascontiguousarray(picture).tobytes()).decode()
        print(json.dumps({"seconds": seconds, "picture": content, "shape": picture.shape}), file=answers, flush=True)
