"""Optimum's ONNX Runtime pipeline over a checkpoint that it exports itself: `optimum_onnx.py FOLDER`."""

from __future__ import annotations

import argparse

import onnxruntime
from optimum.onnxruntime import ORTStableDiffusionPipeline
from pipelines import drawing
from protocol import serve


def main() -> None:
    """Export (or load what is exported), serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    session = onnxruntime.SessionOptions()
    session.intra_op_num_threads = options.threads
    pipeline = ORTStableDiffusionPipeline.from_pretrained(
        options.folder, export=True, session_options=session, safety_checker=None
    )
    pipeline.set_progress_bar_config(disable=True)

    serve({"onnxruntime": onnxruntime.__version__}, drawing(pipeline))


if __name__ == "__main__":
    main()
