#!/usr/bin/env python3
"""Exit 0 when the process in this container is healthy, for runtimes without probes of their own (compose).

A worker or watchdog has only its port for probes; a gateway without one is asked on its own port.
"""

import os
import sys
import urllib.request

port = next(filter(None, (os.environ.get(name, "") for name in ("AVILA_OPS_PORT", "AVILA_PORT"))), "8080")
url = f"http://127.0.0.1:{port}/health"
try:
    with urllib.request.urlopen(url, timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"{url}: {error}")
