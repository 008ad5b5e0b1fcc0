"""The stages' metrics.csv as one picture, and copies of them for the record."""

import argparse
import csv
from pathlib import Path

import matplotlib as mpl

from training import config

CURVES = {"autoencoder": ("psnr_db",), "text": ("unexplained", "contrast"), "unet": ("loss", "t0", "t400", "t800")}


def read(path: Path) -> dict[str, list[float]]:
    """Columns of a metrics file; `samples` is the horizontal axis."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [float(row[key]) for row in rows] for key in rows[0]}


def main() -> None:
    """Draw `curves.png` and copy the metrics into `--out`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    parser.add_argument("--out", type=Path, default=Path("training/results"))
    args = parser.parse_args()
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    args.out.mkdir(parents=True, exist_ok=True)
    work_dir = config.load(args.config).work_dir
    figure, axes = plt.subplots(1, len(CURVES), figsize=(5 * len(CURVES), 3.5), layout="constrained")
    for axis, (stage, keys) in zip(axes, CURVES.items(), strict=True):
        path = work_dir / stage / "metrics.csv"
        columns = read(path)
        (args.out / f"{stage}.csv").write_bytes(path.read_bytes())
        for key in keys:
            axis.plot(columns["samples"], columns[key], label=key)
        axis.set(title=stage, xlabel="samples")
        axis.legend()
        axis.grid(alpha=0.3)
    figure.savefig(args.out / "curves.png", dpi=90)


if __name__ == "__main__":
    main()
