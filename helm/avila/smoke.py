"""What `helm test` runs: is the gateway alive and ready, and, with a key and a pipeline, does it make a picture?"""

import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ["SMOKE_URL"]
PATIENCE_S = float(os.environ.get("SMOKE_PATIENCE_S", "60"))


def get(path):
    with urllib.request.urlopen(URL + path, timeout=10) as answer:
        return answer.status


def wait_for(path):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return get(path)
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                sys.exit(f"{URL}{path}: {error}")
            time.sleep(2)


def generate(pipeline, key):
    body = {"model": pipeline, "prompt": "a red apple", "response_format": "b64_json"}
    request = urllib.request.Request(
        URL + "/v1/images/generations",
        data=json.dumps(body).encode(),
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=600) as answer:
            picture = base64.b64decode(json.load(answer)["data"][0]["b64_json"])
    except urllib.error.HTTPError as error:
        sys.exit(f"generation: {error.code} {error.read(2000).decode(errors='replace')}")
    if not picture.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF")):
        sys.exit("generation: the answer is no picture")
    print(f"generation: {len(picture)} bytes")


for path in ("/health", "/readyz"):
    print(path, wait_for(path))
if os.environ.get("SMOKE_PIPELINE"):
    generate(os.environ["SMOKE_PIPELINE"], os.environ["SMOKE_API_KEY"])
print("ok")
