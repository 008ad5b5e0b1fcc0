"""The gateway's own rules: replacement without a gap, ways in, one process on SQLite, migrations."""

from __future__ import annotations

from tests.helm.chart import container, environment, render


def pod_of(values: str, name: str = "avila-gateway") -> dict:  # type: ignore[type-arg]
    return render(values).one("Deployment", name)["spec"]["template"]["spec"]  # type: ignore[no-any-return]


def test_a_rolling_update_never_has_fewer_gateways() -> None:
    strategy = render("default").one("Deployment", "avila-gateway")["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}


def test_a_gateway_waits_before_it_stops_listening() -> None:
    hook = container(pod_of("default"), "gateway")["lifecycle"]["preStop"]
    assert hook == {"exec": {"command": ["sleep", "10"]}}


def test_sqlite_is_one_pod_with_everything_in_it() -> None:
    for values in ("standalone-cpu", "standalone-gpu"):
        rendered = render(values)
        (deployment,) = rendered.kind("Deployment")
        assert deployment["spec"]["replicas"] == 1
        assert deployment["spec"]["strategy"] == {"type": "Recreate"}, "two processes must not open the file"
        pod = deployment["spec"]["template"]["spec"]
        assert [one["name"] for one in pod["initContainers"]] == ["migrate", "triton", "watchdog"]
        assert rendered.settings()["AVILA_WORKER"] == "embedded"
        assert "AVILA_DATABASE_URL" not in environment(container(pod, "gateway"))
        assert not rendered.kind("Job"), "migrations run in the pod, which alone has the file"
        claim = rendered.one("PersistentVolumeClaim", "avila-data")
        assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_postgresql_gateways_hold_no_worker() -> None:
    assert render("default").settings()["AVILA_WORKER"] == "none"
    names = [one["name"] for one in pod_of("default").get("initContainers") or []]
    assert names == []


def test_migrations_run_before_anything_new() -> None:
    job = render("default").one("Job", "avila-migrations")
    annotations = job["metadata"]["annotations"]
    assert annotations["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert "before-hook-creation" in annotations["helm.sh/hook-delete-policy"]
    assert job["spec"]["activeDeadlineSeconds"] > 0
    pod = job["spec"]["template"]["spec"]
    assert container(pod, "migrate")["command"][-1] == "migrate"
    assert environment(container(pod, "migrate"))["AVILA_DATABASE_URL"]["secretKeyRef"]["name"] == "avila-database"


def test_a_hook_needs_nothing_that_the_release_has_not_made_yet() -> None:
    pod = render("default").one("Job", "avila-migrations")["spec"]["template"]["spec"]
    assert pod["serviceAccountName"] == "default"
    assert all("envFrom" not in one for one in pod["containers"])
    assert all("emptyDir" in volume for volume in pod["volumes"])
    assert render("bare").kind("Job") == []


def test_metrics_are_on_no_public_port() -> None:
    rendered = render("production")
    public = rendered.one("Service", "avila-gateway")["spec"]["ports"]
    assert [port["targetPort"] for port in public] == ["http"]
    assert rendered.one("Service", "avila-gateway-ops")["spec"]["clusterIP"] == "None"
    (route,) = rendered.kind("HTTPRoute")
    assert [backend["name"] for backend in route["spec"]["rules"][0]["backendRefs"]] == ["avila-gateway"]


def test_a_route_lets_streams_live() -> None:
    (route,) = render("production").kind("HTTPRoute")
    assert route["spec"]["rules"][0]["timeouts"] == {"request": "3600s", "backendRequest": "3600s"}


def test_an_ingress_lets_streams_live_unbuffered_under_tls() -> None:
    (nginx,) = render("hpa-ingress").kind("Ingress")
    annotations = nginx["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "3600"
    assert annotations["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    assert nginx["spec"]["tls"][0]["hosts"] == ["pictures.example.com"]
    (other,) = render("bare").kind("Ingress")
    assert other["metadata"]["annotations"]["nginx.org/websocket-services"] == "pictures-gateway"
    assert not render("default").kind("Ingress") + render("default").kind("HTTPRoute")


def test_external_services_come_from_existing_secrets() -> None:
    variables = environment(container(pod_of("production"), "gateway"))
    secrets = {name: value["secretKeyRef"]["name"] for name, value in variables.items() if isinstance(value, dict)}
    assert secrets == {
        "AVILA_DATABASE_URL": "avila-database",
        "AVILA_REDIS_URL": "avila-redis",
        "AVILA_SECRET_KEY": "avila-auth",
        "AVILA_S3_ACCESS_KEY": "avila-s3",
        "AVILA_S3_SECRET_KEY": "avila-s3",
    }
    identity = render("default", 'imageStore.s3={"existingSecret":""}').one("Deployment", "avila-gateway")
    variables = environment(container(identity["spec"]["template"]["spec"], "gateway"))
    assert "AVILA_S3_ACCESS_KEY" not in variables, "the pod's own identity is used"


def test_an_autoscaled_gateway_has_no_fixed_count() -> None:
    rendered = render("production")
    assert "replicas" not in rendered.one("Deployment", "avila-gateway")["spec"]
    scaler = rendered.one("HorizontalPodAutoscaler", "avila-gateway")["spec"]
    assert (scaler["minReplicas"], scaler["maxReplicas"]) == (3, 10)
    assert scaler["behavior"]["scaleDown"]["stabilizationWindowSeconds"] >= 300


def test_a_changed_setting_replaces_the_pods() -> None:
    def checksum(*sets: str) -> str:
        template = render("default", *sets).one("Deployment", "avila-gateway")["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/settings"])

    assert checksum() != checksum('settings={"AVILA_DEFAULT_MODEL":"sdxl"}')


def test_helm_test_makes_a_picture_where_it_has_a_key() -> None:
    pod = render("production").one("Pod", "avila-test")
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    variables = environment(pod["spec"]["containers"][0])
    assert variables["SMOKE_PIPELINE"] == "sdxl"
    assert variables["SMOKE_API_KEY"] == {"secretKeyRef": {"name": "smoke", "key": "key"}}
    compile(pod["spec"]["containers"][0]["args"][0], "smoke.py", "exec")
