"""Sheets of captioned pictures, to look at."""

import math
from pathlib import Path

import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

GAP, TITLE = 4, 13


def save_grid(path: Path, pictures: NDArray[np.uint8], titles: list[str], columns: int = 8, zoom: int = 2) -> None:
    """Write the pictures [N, H, W, 3] as one PNG, each under its title."""
    height, width = (side * zoom for side in pictures.shape[1:3])
    rows = math.ceil(len(pictures) / columns)
    sheet = Image.new("RGB", (columns * (width + GAP), rows * (height + TITLE)), "white")
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.truetype(font_manager.findfont("DejaVu Sans"), 10)  # Pillow's own has no umlauts
    for k, (picture, title) in enumerate(zip(pictures, titles, strict=True)):
        x, y = k % columns * (width + GAP), k // columns * (height + TITLE)
        sheet.paste(Image.fromarray(picture).resize((width, height), Image.Resampling.NEAREST), (x, y + TITLE))
        pen.text((x + 1, y), title[: width // 6], fill="black", font=font)
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
