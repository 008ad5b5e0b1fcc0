"""k8s/: the base is the chart's rendering, and each overlay builds what its first lines promise."""

from __future__ import annotations

import pytest

from k8s.render import COMPONENTS, rendered_files, stale_files
from tests.helm.chart import OVERLAYS, container, render, tools


@pytest.mark.parametrize("helm", ["3", "4"])
def test_base_and_components_are_what_the_chart_gives(helm: str) -> None:
    files = rendered_files(str(tools().helms[helm]))
    assert len(files) > 25
    assert stale_files(files) == set(), "run `python -m k8s.render`"


def test_a_changed_file_is_noticed() -> None:
    files = rendered_files(str(tools().helms["4"]))
    name = "base/distributed/service-avila-gateway.yaml"
    assert stale_files(files | {name: files[name] + "#"}) == {name}
    del files[name]
    assert stale_files(files) == {name}


def test_nothing_of_helm_is_left() -> None:
    for name, text in rendered_files(str(tools().helms["4"])).items():
        assert "helm.sh/" not in text, name
        assert text.startswith("# Rendered from helm/avila"), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_overlay_makes_a_namespace_that_enforces_the_strictest_pods(overlay: str) -> None:
    (namespace,) = render(overlay).kind("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    for found in render(overlay).objects:
        if found["kind"] not in ("Namespace", "PriorityClass"):
            assert found["metadata"]["namespace"] == "avila", found["metadata"]["name"]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_references_between_objects_hold(overlay: str) -> None:
    rendered = render(overlay)
    maps = {found["metadata"]["name"] for found in rendered.kind("ConfigMap")}
    claims = {found["metadata"]["name"] for found in rendered.kind("PersistentVolumeClaim")}
    accounts = {found["metadata"]["name"] for found in rendered.kind("ServiceAccount")} | {"default"}
    for label, pod in rendered.pods():
        assert pod["serviceAccountName"] in accounts, label
        for volume in pod["volumes"]:
            if "persistentVolumeClaim" in volume:
                assert volume["persistentVolumeClaim"]["claimName"] in claims, label
    for label, one in rendered.containers():
        for source in one.get("envFrom", []):
            assert source["configMapRef"]["name"] in maps, label


def test_single_gpu_node_is_one_pod_on_one_gpu() -> None:
    rendered = render("overlay/single-gpu-node")
    (deployment,) = rendered.kind("Deployment")
    triton = container(deployment["spec"]["template"]["spec"], "triton")
    assert triton["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert rendered.one("Service", "avila-gateway")["spec"]["type"] == "NodePort"


def test_cpu_demo_needs_no_gpu_and_brings_its_model() -> None:
    rendered = render("overlay/cpu-demo")
    (deployment,) = rendered.kind("Deployment")
    pod = deployment["spec"]["template"]["spec"]
    assert [one["name"] for one in pod["initContainers"]] == ["seed-models", "migrate", "triton", "watchdog"]
    triton = container(pod, "triton")
    assert "nvidia.com/gpu" not in triton["resources"]["limits"]
    assert triton["image"].startswith("avila/triton-cpu:")
    assert not pod.get("tolerations")
    assert rendered.settings()["AVILA_DEFAULT_MODEL"] == "avila-demo"
    chart = render("standalone-cpu").one("Deployment", "avila-gateway")["spec"]["template"]["spec"]
    assert triton["args"] == container(chart, "triton")["args"], "the chart's arguments changed: change the patch"


class TestProduction:
    def test_two_kinds_of_gpu(self) -> None:
        engines = {
            found["metadata"]["name"]: found["spec"]["template"]["spec"]["nodeSelector"]["nvidia.com/gpu.product"]
            for found in render("overlay/production").kind("Deployment")
            if "engine" in found["metadata"]["name"]
        }
        assert engines == {"avila-engine-gpu": "NVIDIA-H200", "avila-engine-gpu-l40s": "NVIDIA-L40S"}

    def test_each_pool_is_scaled_by_one_scaler_for_its_share(self) -> None:
        rendered = render("overlay/production")
        scalers = rendered.kind("ScaledObject")
        targets = {found["spec"]["scaleTargetRef"]["name"]: found["spec"] for found in scalers}
        assert len(targets) == len(scalers) == 2
        shares = []
        for name, spec in targets.items():
            assert "replicas" not in rendered.one("Deployment", name)["spec"]
            shares.append(float(spec["triggers"][0]["metadata"]["query"].rpartition("*")[2]))
            labels = rendered.one("Deployment", name)["spec"]["template"]["metadata"]["labels"]
            (busy,) = [
                one["metadata"]["query"] for one in spec["triggers"] if "engine_jobs" in one["metadata"]["query"]
            ]
            assert f'pool="{labels["avila.dev/pool"]}"' in busy, "it would count another pool's engines"
            for trigger in spec["triggers"]:
                assert trigger["metadata"]["ignoreNullValues"] == "false"
        assert sum(shares) == 1

    def test_it_has_all_components(self) -> None:
        kinds = {found["kind"] for found in render("overlay/production").objects}
        assert set().union(*COMPONENTS.values()) <= kinds
        gateway = render("overlay/production").one("Deployment", "avila-gateway")
        assert gateway["spec"]["replicas"] == 3
        image = container(gateway["spec"]["template"]["spec"], "gateway")["image"]
        assert image.startswith("registry.example.com/")
