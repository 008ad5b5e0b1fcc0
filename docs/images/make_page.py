"""Puts the page's screenshots side by side: `page.webp`, `painting.webp` and `running.webp` beside this file.

AVILA_E2E_SCREENSHOTS=$PWD/build/screenshots make page-test
.venv/bin/python docs/images/make_page.py [build/screenshots]
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

HEIGHT, GAP, QUALITY = 900, 24, 82
SHEETS = {
    "page": ("desk-light-extras", "phone-dark-gallery"),
    "painting": ("desk-light-mask", "phone-light-control"),
    "running": ("desk-dark-admin-usage", "phone-light-models-admin"),
}


def main() -> None:
    """Write them all."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/screenshots")
    for name, shots in SHEETS.items():
        images = [_scaled(Image.open(folder / f"{shot}.png").convert("RGB")) for shot in shots]
        sheet = Image.new("RGB", (sum(image.width for image in images) + GAP * (len(images) - 1), HEIGHT), "white")
        left = 0
        for image in images:
            sheet.paste(image, (left, 0))
            left += image.width + GAP
        sheet.save(Path(__file__).with_name(f"{name}.webp"), quality=QUALITY, method=6)


def _scaled(image: Image.Image) -> Image.Image:
    return image.resize((round(image.width * HEIGHT / image.height), HEIGHT), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
