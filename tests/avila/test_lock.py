from __future__ import annotations

import os
import subprocess
import sys

import pytest

from avila.lock import AlreadyRunningError, held

HOLD = """
import sys
from pathlib import Path
from avila.lock import held
with held(Path(sys.argv[1])):
    print(flush=True)
    input()
"""


def test_a_second_holder_is_told_the_process_of_the_first(tmp_path):
    with held(tmp_path), pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}"), held(tmp_path):
        pass


def test_a_killed_holder_gives_it_back(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    with pytest.raises(AlreadyRunningError), held(tmp_path):
        pass
    process.kill()
    process.communicate()
    with held(tmp_path):
        pass
