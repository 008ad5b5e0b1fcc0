"""Optimum's ONNX Runtime pipeline over a checkpoint that it exports itself: `optimum_onnx.py FOLDER`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile

import onnxruntime
from optimum.onnxruntime import ORTStableDiffusionPipeline
from pipelines import drawing
from protocol import serve


def main() -> None:
    """Export in a process of its own, whose memory (two copies of the weights and more) is given back; then serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--export-to", help="only export, to this folder")
    options = parser.parse_args()
    if options.export_to:
        pipeline = ORTStableDiffusionPipeline.from_pretrained(options.folder, export=True, safety_checker=None)
        pipeline.save_pretrained(options.export_to)
        return
    session = onnxruntime.SessionOptions()
    session.intra_op_num_threads = options.threads
    with tempfile.TemporaryDirectory(prefix="avila-optimum-") as exported:
        command = [sys.executable, __file__, options.folder, "--export-to", exported]
        subprocess.run(command, check=True, stdout=sys.stderr)  # standard output is the protocol's
        pipeline = ORTStableDiffusionPipeline.from_pretrained(exported, session_options=session, safety_checker=None)
        pipeline.set_progress_bar_config(disable=True)
        serve({"onnxruntime": onnxruntime.__version__}, drawing(pipeline))


if __name__ == "__main__":
    main()
