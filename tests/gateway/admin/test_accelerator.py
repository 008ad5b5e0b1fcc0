from __future__ import annotations

from gateway.admin.accelerator import Accelerator, AcceleratorProbe, parse

TRITON = """# HELP nv_gpu_utilization GPU utilization rate [0.0 - 1.0)
# TYPE nv_gpu_utilization gauge
nv_gpu_utilization{gpu_uuid="GPU-a"} 0.5
nv_gpu_utilization{gpu_uuid="GPU-b"} 0.75
nv_gpu_memory_total_bytes{gpu_uuid="GPU-a"} 85899345920.000000
nv_gpu_memory_total_bytes{gpu_uuid="GPU-b"} 85899345920.000000
nv_gpu_memory_used_bytes{gpu_uuid="GPU-a"} 1073741824.000000
nv_gpu_memory_used_bytes{gpu_uuid="GPU-b"} 2147483648.000000
nv_inference_count{model="toy",version="1"} 12
"""


def test_tritons_metrics_tell_the_mean_use_and_all_the_memory():
    assert parse(TRITON) == Accelerator("gpu", 2, 0.625, 3 * 2**30, 160 * 2**30)


def test_a_server_without_a_gpu_has_none():
    assert parse('nv_cpu_utilization 0.5\nnv_inference_count{model="toy"} 1\n') is None


async def test_without_triton_it_is_the_processor():
    found = await AcceleratorProbe(None).look()
    assert (found.kind, found.count >= 1, 0 <= found.utilisation <= 1) == ("cpu", True, True)


async def test_a_triton_that_is_away_is_unknown_and_no_error():
    assert (await AcceleratorProbe("http://127.0.0.1:9/metrics").look()).kind == "unknown"
