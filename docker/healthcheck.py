#!/usr/bin/env python3
"""Exit 0 when the gateway in this container answers, for runtimes without probes of their own (compose)."""

import os
import sys
import urllib.request

url = f"http://127.0.0.1:{os.environ.get('AVILA_PORT', '8080')}/health"
try:
    with urllib.request.urlopen(url, timeout=4) as answer:
        sys.exit(answer.status != 200)
except OSError as error:
    sys.exit(f"{url}: {error}")
