from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import resource, sys
import numpy as np
from gateway.kit.memory import keep_freed

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        first, second = np.ones(2**21, np.uint8), np.ones(2**21, np.uint8)
        del first, second
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "kept":
    keep_freed()
faults()
print(faults())
"""


def faults(kind: str) -> int:
    done = subprocess.run([sys.executable, "-c", SCRIPT, kind], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_the_buffers_of_the_last_picture_serve_the_next_one():
    assert faults("kept") < 100 < faults("as it is")
