"""Draws `sheet.png`, the README's picture, through a running service.

AVILA_API_KEY=av_… .venv/bin/python docs/images/make_sheet.py [http://127.0.0.1:8080]
"""

from __future__ import annotations

import base64
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from PIL import Image, ImageDraw

PROMPTS = (
    "a red apple",
    "dog",
    "cat face",
    "house",
    "rainbow",
    "rocket",
    "sunflower",
    "panda",
    "umbrella",
    "guitar",
    "tree",
    "blue heart",
    "purple apple",
    "green dog",
    "airplane",
    "star",
)
COLUMNS, SIDE, CAPTION = 8, 96, 16


def picture(url: str, number: int) -> Image.Image:
    """One prompt's picture; all callers' steps share the batch."""
    body = {"model": "avila-demo", "prompt": PROMPTS[number], "seed": 5 + number, "response_format": "b64_json"}
    headers = {"authorization": f"Bearer {os.environ['AVILA_API_KEY']}"}
    answer = httpx.post(f"{url}/v1/images/generations", json=body, headers=headers, timeout=120).raise_for_status()
    return Image.open(io.BytesIO(base64.b64decode(answer.json()["data"][0]["b64_json"])))


def main() -> None:
    """Ask for every picture at once and lay them out."""
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"
    with ThreadPoolExecutor(len(PROMPTS)) as pool:
        pictures = list(pool.map(lambda number: picture(url, number), range(len(PROMPTS))))
    rows = -(-len(PROMPTS) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * (SIDE + 4), rows * (SIDE + CAPTION + 4)), "white")
    draw = ImageDraw.Draw(sheet)
    for number, image in enumerate(pictures):
        left, top = (number % COLUMNS) * (SIDE + 4) + 2, (number // COLUMNS) * (SIDE + CAPTION + 4) + 2
        draw.text((left, top), PROMPTS[number], fill="#333333")
        sheet.paste(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS), (left, top + CAPTION))
    sheet.save(Path(__file__).with_name("sheet.png"), optimize=True)


if __name__ == "__main__":
    main()
