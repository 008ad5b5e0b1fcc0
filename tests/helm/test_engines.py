"""Engines: where they run, how they scale, which plans they use, who reaches them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helm.chart import Object, Rendered, container, environment, render


def engine(values: str, pool: str, *sets: str) -> Object:
    found: Object = render(values, *sets).one("Deployment", f"avila-engine-{pool}")
    return found


def pod_of(values: str, pool: str, *sets: str) -> Object:
    spec: Object = engine(values, pool, *sets)["spec"]["template"]["spec"]
    return spec


class TestPlacement:
    def test_one_accelerator_per_engine(self) -> None:
        for values, pool, resource in [
            ("default", "gpu", "nvidia.com/gpu"),
            ("mig", "slice", "nvidia.com/mig-3g.71gb"),
            ("mig", "single", "nvidia.com/gpu"),
        ]:
            limits = container(pod_of(values, pool), "triton")["resources"]["limits"]
            assert {name: count for name, count in limits.items() if "/" in name} == {resource: 1}

    def test_a_product_selects_its_nodes_and_tolerates_their_taint(self) -> None:
        pod = pod_of("production", "h200")
        assert pod["nodeSelector"] == {
            "nvidia.com/gpu.product": "NVIDIA-H200",
            "nvidia.com/gpu.compute.major": "9",
            "nvidia.com/gpu.compute.minor": "0",
        }
        assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pod["tolerations"]

    def test_a_cpu_pool_asks_for_no_gpu(self) -> None:
        pod = render("standalone-cpu").one("Deployment", "avila-gateway")["spec"]["template"]["spec"]
        triton = container(pod, "triton")
        assert not any("/" in name for name in triton["resources"]["limits"])
        assert "--model-config-name=cpu" in triton["args"]
        assert triton["image"].startswith("avila/triton-cpu:")
        assert not pod.keys() & {"nodeSelector", "tolerations", "runtimeClassName"}

    def test_replicas_spread_over_nodes_and_zones(self) -> None:
        for name in ("avila-gateway", "avila-engine-gpu"):
            spec = render("default").one("Deployment", name)["spec"]["template"]
            constraints = spec["spec"]["topologySpreadConstraints"]
            assert [one["topologyKey"] for one in constraints] == [
                "kubernetes.io/hostname",
                "topology.kubernetes.io/zone",
            ]
            for one in constraints:
                assert one["labelSelector"]["matchLabels"].items() <= spec["metadata"]["labels"].items()

    def test_a_full_cluster_can_still_be_updated(self) -> None:
        strategy = engine("default", "gpu")["spec"]["strategy"]["rollingUpdate"]
        assert strategy == {"maxSurge": 0, "maxUnavailable": 1}, "there is no spare GPU for a surge"

    def test_priority_classes(self) -> None:
        rendered = render("production")
        values = {found["metadata"]["name"]: found["value"] for found in rendered.kind("PriorityClass")}
        assert values["avila-gateway"] > values["avila-engine"]
        assert pod_of("production", "h200")["priorityClassName"] == "avila-engine"
        assert "priorityClassName" not in pod_of("default", "gpu")


class TestDisruption:
    @pytest.mark.parametrize("values", ["default", "production", "mig", "standalone-gpu"])
    def test_every_deployment_has_a_budget_that_matches_it(self, values: str) -> None:
        rendered = render(values)
        for deployment in rendered.kind("Deployment"):
            if deployment["metadata"]["name"].endswith("exporter"):
                continue
            budget = rendered.one("PodDisruptionBudget", deployment["metadata"]["name"])["spec"]
            assert budget["maxUnavailable"] == 1
            labels = deployment["spec"]["template"]["metadata"]["labels"]
            assert budget["selector"]["matchLabels"].items() <= labels.items()


class TestPlans:
    def test_one_job_for_each_kind_of_gpu_and_pipeline(self) -> None:
        jobs = [found for found in render("production").kind("Job") if "plans" in found["metadata"]["name"]]
        assert {found["metadata"]["name"] for found in jobs} == {
            f"avila-plans-{pool}-{pipeline}-1" for pool in ("h200", "l40s") for pipeline in ("sdxl", "sd15")
        }
        for found in jobs:
            pool = found["metadata"]["labels"]["avila.dev/pool"]
            spec = found["spec"]["template"]["spec"]
            assert spec["nodeSelector"] == pod_of("production", pool)["nodeSelector"], "built where it will run"
            assert container(spec, "build")["resources"]["limits"]["nvidia.com/gpu"] == 1
            assert found["spec"]["activeDeadlineSeconds"] > 0

    def test_a_bucket_is_fetched_first_and_fed_only_by_a_build_that_succeeded(self) -> None:
        spec = render("production").one("Job", "avila-plans-h200-sdxl-1")["spec"]["template"]["spec"]
        assert [one["name"] for one in spec["initContainers"]] == ["pull-models", "build"]
        assert [one["name"] for one in spec["containers"]] == ["push-models"]
        assert container(spec, "push-models")["args"] == ["push", "s3://avila-models/production/models", "/models"]

    def test_what_is_built(self) -> None:
        spec = render("production").one("Job", "avila-plans-l40s-sd15-1")["spec"]["template"]["spec"]
        assert container(spec, "build")["args"] == [
            "stable-diffusion-v1-5/stable-diffusion-v1-5",
            "--name=sd15",
            "--target=tensorrt",
            "--precision=fp16",
            "--profile=512",
            "--profile=768",
        ]

    @pytest.mark.parametrize(("pool", "profile"), [("slice", "3g.71gb"), ("single", "1g.10gb")])
    def test_a_slice_has_plans_of_its_own_and_triton_takes_them(self, pool: str, profile: str) -> None:
        spec = render("mig").one("Job", f"avila-plans-{pool}-sdxl-1")["spec"]["template"]["spec"]
        assert f"--mig-profile={profile}" in container(spec, "build")["args"]
        assert f"--model-config-name=mig-{profile}" in container(pod_of("mig", pool), "triton")["args"]

    def test_whole_gpus_share_one_configuration_that_names_a_plan_per_capability(self) -> None:
        for pool in ("h200", "l40s"):
            arguments = container(pod_of("production", pool), "triton")["args"]
            assert not any(argument.startswith("--model-config-name") for argument in arguments)

    def test_another_revision_makes_other_jobs(self) -> None:
        names = {found["metadata"]["name"] for found in render("mig", 'planBuilder.revision="2"').kind("Job")}
        assert "avila-plans-slice-sdxl-2" in names


class TestExporter:
    def test_it_is_there_when_asked_for_idle_and_writes_models(self) -> None:
        assert "avila-exporter" not in {one["metadata"]["name"] for one in render("default").kind("Deployment")}
        pod = render("production").one("Deployment", "avila-exporter")["spec"]["template"]["spec"]
        one = container(pod, "exporter")
        assert one["command"] == ["sleep", "infinity"]
        (mount,) = [mount for mount in one["volumeMounts"] if mount["mountPath"] == "/models"]
        assert "readOnly" not in mount
        assert "nvidia.com/gpu" not in one["resources"]["limits"], "plans are built by the Jobs"


class TestModelStore:
    def test_a_claim_is_mounted_read_only_where_models_are_served(self) -> None:
        (volume,) = [one for one in pod_of("default", "gpu")["volumes"] if one["name"] == "models"]
        assert volume["persistentVolumeClaim"] == {"claimName": "avila-models", "readOnly": True}

    def test_a_bucket_is_fetched_before_triton_starts(self) -> None:
        pod = pod_of("production", "h200")
        assert [one["name"] for one in pod["initContainers"]] == ["pull-models", "triton", "watchdog"]
        fetch = container(pod, "pull-models")
        assert fetch["command"] == ["avila-model-store"]
        assert fetch["args"] == ["pull", "s3://avila-models/production/models", "/models"]

    def test_a_gateway_fetches_descriptions_without_weights(self) -> None:
        pod = render("production").one("Deployment", "avila-gateway")["spec"]["template"]["spec"]
        assert container(pod, "pull-models")["args"][:2] == ["pull", "--without-weights"]


class TestScaling:
    def scalers(self, rendered: Rendered) -> dict[str, Any]:
        return {found["metadata"]["name"]: found["spec"] for found in rendered.kind("ScaledObject")}

    def test_keda_asks_for_waiting_jobs_predicted_work_and_what_engines_hold(self) -> None:
        scaler = self.scalers(render("production"))["avila-engine-h200"]
        triggers = {one["metadata"]["query"]: one["metadata"]["threshold"] for one in scaler["triggers"]}
        series = '{namespace="pictures",release="avila"}'
        inside = 'sum(avila:engine_jobs:avg2m{namespace="pictures",release="avila",pool="h200"})'
        assert triggers == {
            f"sum(avila:predicted_work_seconds:max{series}) * 0.75": "30",
            f"sum(avila:queue_depth:max{series}) * 0.75": "16",
            f"{inside} or 0 * sum(avila:queue_depth:max{series})": "4",
        }

    def test_to_zero_and_back(self) -> None:
        scaler = self.scalers(render("production"))["avila-engine-h200"]
        assert (scaler["minReplicaCount"], scaler["maxReplicaCount"]) == (0, 40)
        for trigger in scaler["triggers"]:
            assert trigger["metadata"]["activationThreshold"] == "0"

    def test_no_answer_from_prometheus_is_not_no_work(self) -> None:
        for scaler in self.scalers(render("production")).values():
            assert scaler["fallback"]["replicas"] >= 1
            for trigger in scaler["triggers"]:
                assert trigger["metadata"]["ignoreNullValues"] == "false"

    def test_engines_are_removed_more_slowly_than_they_start(self) -> None:
        for values, kind in (("production", "ScaledObject"), ("hpa-ingress", "HorizontalPodAutoscaler")):
            for found in render(values).kind(kind):
                spec = found["spec"]
                nested = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", spec)
                if "engine" in found["metadata"]["name"]:
                    assert nested["behavior"]["scaleDown"]["stabilizationWindowSeconds"] > 900
                    assert spec.get("cooldownPeriod", 1200) > 900
                    assert nested["behavior"]["scaleUp"]["stabilizationWindowSeconds"] == 0

    def test_plain_hpa_asks_for_the_same(self) -> None:
        rendered = render("hpa-ingress")
        spec = rendered.one("HorizontalPodAutoscaler", "avila-engine-gpu")["spec"]
        assert spec["minReplicas"] >= 1, "a plain HPA cannot scale to zero"
        metrics = {one["external"]["metric"]["name"]: one["external"]["target"] for one in spec["metrics"]}
        assert metrics == {
            "avila_predicted_work_seconds": {"type": "AverageValue", "averageValue": "60"},
            "avila_queue_depth": {"type": "AverageValue", "averageValue": "32"},
            "avila_engine_jobs": {"type": "AverageValue", "averageValue": "4"},
        }
        selectors = [one["external"]["metric"]["selector"]["matchLabels"] for one in spec["metrics"]]
        assert selectors == [{"release": "avila"}] * 2 + [{"release": "avila", "pool": "gpu"}]
        assert not rendered.kind("ScaledObject")

    def test_whoever_scales_owns_the_count(self) -> None:
        for values in ("production", "hpa-ingress", "default"):
            rendered = render(values)
            targets = [found["spec"]["scaleTargetRef"]["name"] for found in rendered.kind("ScaledObject")]
            targets += [found["spec"]["scaleTargetRef"]["name"] for found in rendered.kind("HorizontalPodAutoscaler")]
            assert len(targets) == len(set(targets)), "two scalers would fight"
            for deployment in rendered.kind("Deployment"):
                is_scaled = deployment["metadata"]["name"] in targets
                assert ("replicas" in deployment["spec"]) is not is_scaled


class TestWorker:
    def test_it_talks_to_the_triton_beside_it(self) -> None:
        assert render("default").settings()["AVILA_TRITON_HOST"] == "127.0.0.1"
        assert "AVILA_TRITON_HOST" not in environment(container(pod_of("default", "gpu"), "worker"))

    def test_it_has_as_long_for_a_job_as_the_pod_allows(self) -> None:
        pod = pod_of("default", "gpu", "engine.longestJobSeconds=600")
        assert environment(container(pod, "worker"))["AVILA_GRACEFUL_TIMEOUT_S"] == "600"
        assert pod["terminationGracePeriodSeconds"] == 645

    def test_the_token_that_controls_triton_stays_in_its_pod(self) -> None:
        pod = pod_of("production", "h200")
        (volume,) = [one for one in pod["volumes"] if one["name"] == "run"]
        assert volume["emptyDir"]["medium"] == "Memory"
        for name in ("watchdog", "worker"):
            (mount,) = [one for one in container(pod, name)["volumeMounts"] if one["name"] == "run"]
            assert mount == {"name": "run", "mountPath": "/run/avila", "readOnly": True}
            token = environment(container(pod, name))["AVILA_TRITON_CONTROL_TOKEN_FILE"]
            assert token == "/run/avila/control-token"
        gateway = render("production").one("Deployment", "avila-gateway")["spec"]["template"]["spec"]
        assert "AVILA_TRITON_CONTROL_TOKEN_FILE" not in environment(container(gateway, "gateway"))
