"""From a Stable Diffusion checkpoint to ONNX graphs, plans and an installed pipeline in the model repository.

Installing a pipeline of a known architecture needs the standard library, numpy, protobuf and ONNX Runtime only; torch,
diffusers and onnx are imported inside the functions that trace a new architecture or verify one.
"""
