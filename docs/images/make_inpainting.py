"""Draws `inpainting.png` through `/v1/jobs` of a running service: what was sent, where to paint, what came back.

AVILA_API_KEY=av_… .venv/bin/python docs/images/make_inpainting.py [http://127.0.0.1:8080]
"""

from __future__ import annotations

import base64
import io
import os
import sys
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

SIDE, KEPT, BORDER = 64, 40, 4
BEFORE: tuple[dict[str, Any], ...] = (
    {"prompt": "a red apple, noto style", "seed": 3},
    {"prompt": "a grinning face, fluent", "seed": 8},
)
AFTER: tuple[dict[str, Any], ...] = (
    {"prompt": "a green apple, noto style", "seed": 3, "mask_blur": 2, "strength": 1.0},
    {"prompt": "a crying face, fluent", "seed": 8, "mask_blur": 2},
)
EXTENDED = {**BEFORE[0], "mask_blur": 2, "outpaint": {"right": SIDE - KEPT}}


def job(url: str, given: dict[str, Any]) -> Image.Image:
    """The picture of one job."""
    headers = {"authorization": f"Bearer {os.environ['AVILA_API_KEY']}", "prefer": "wait=60"}
    body = {"model": "avila-demo", "input": {"width": SIDE, "height": SIDE, **given}}
    answer = httpx.post(f"{url}/v1/jobs", json=body, headers=headers, timeout=90).raise_for_status().json()
    file = httpx.get(httpx.URL(url).join(answer["output"][0]), headers=headers, timeout=30).raise_for_status()
    return Image.open(io.BytesIO(file.content)).convert("RGB")


def data_url(picture: Image.Image) -> str:
    """The picture as a request carries it."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def mask_from(left: int) -> Image.Image:
    """White to the right of `left`."""
    mask = Image.new("L", (SIDE, SIDE))
    mask.paste(255, (left, 0, SIDE, SIDE))
    return mask


def main() -> None:
    """Three rows: two halves painted anew, one picture extended."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    rows = []
    for before, after in zip(BEFORE, AFTER, strict=True):
        picture, mask = job(url, before), mask_from(SIDE // 2)
        rows.append((picture, mask, job(url, {**after, "image": data_url(picture), "mask": data_url(mask)})))
    part = rows[0][0].crop((0, 0, KEPT, SIDE))
    rows.append((part, mask_from(KEPT), job(url, {**EXTENDED, "image": data_url(part)})))
    pitch = SIDE + 2 * BORDER
    sheet = Image.new("RGB", (3 * pitch, 3 * pitch), "#e8e8e8")
    for top, row in enumerate(rows):
        for left, picture in enumerate(row):
            sheet.paste(picture, (left * pitch + BORDER, top * pitch + BORDER))
    large = sheet.resize((2 * sheet.width, 2 * sheet.height), Image.Resampling.LANCZOS)
    large.save(Path(__file__).with_name("inpainting.png"), optimize=True)


if __name__ == "__main__":
    main()
