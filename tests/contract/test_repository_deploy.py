"""The deployment files name settings, images and ports that exist."""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from cache_service.settings import CacheSettings
from compressor_service.settings import CompressorSettings
from grpc_serving.settings import ServingSettings, load_settings
from litellm_hooks.config import HookSettings
from platform_api.settings import PlatformSettings

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
SETTINGS: dict[str, type[ServingSettings]] = {
    "compressor": CompressorSettings,
    "cache": CacheSettings,
    "platform-api": PlatformSettings,
}
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = [
    document
    for path in sorted((DEPLOY / "kustomize/base").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    if document["kind"] == "Deployment"
]


@pytest.mark.parametrize("name", SETTINGS)
def test_compose_sets_what_the_service_knows(name: str, tmp_path: Path) -> None:
    """The environment of each service is one it can be read from."""
    environment = dict(COMPOSE["services"][name]["environment"])
    settings = load_settings(SETTINGS[name], environment)
    assert not settings.is_loopback
    assert settings.tokens_file is not None


def test_compose_sets_what_the_hooks_know() -> None:
    """Every PITH_HOOKS_ variable of the proxy is a field of its settings, and each address is a service's."""
    environment = COMPOSE["services"]["litellm"]["environment"]
    known = {f"PITH_HOOKS_{field.name.upper()}" for field in dataclasses.fields(HookSettings)}
    assert set(environment) <= known
    for variable, service in [("COMPRESSOR", "compressor"), ("CACHE", "cache"), ("USAGE", "platform-api")]:
        host, port = environment[f"PITH_HOOKS_{variable}_ADDRESS"].split(":")
        assert host == service
        assert load_settings(SETTINGS[service], COMPOSE["services"][service]["environment"]).address.endswith(
            f":{port}"
        )


def test_compose_builds_from_files_that_exist() -> None:
    """Every Dockerfile named is there, every secret and volume declared."""
    for service in COMPOSE["services"].values():
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        named = {volume.split(":")[0] for volume in service.get("volumes", []) if not volume.startswith(".")}
        assert named <= set(COMPOSE["volumes"])


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment["metadata"]["name"])
def test_kubernetes_sets_what_the_service_knows(deployment: Mapping[str, Any]) -> None:
    """The environment of each pod is one its service can be read from, and it serves only with tokens."""
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    environment = {variable["name"]: variable["value"] for variable in container["env"]}
    settings = load_settings(SETTINGS[container["name"]], environment)
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert settings.tokens_file is not None
    assert settings.address.endswith(f":{ports['grpc']}")
    assert settings.metrics_port == ports["metrics"]


def test_prometheus_scrapes_ports_that_are_served() -> None:
    """Each target is a service of the compose file on a port it serves metrics on."""
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
    targets = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in config["scrape_configs"]}
    for name in ("compressor", "cache", "platform-api"):
        settings = load_settings(SETTINGS[name], COMPOSE["services"][name]["environment"])
        assert targets[f"pith-{name.removesuffix('-api')}"] == f"{name}:{settings.metrics_port}"


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    """Every metric of the dashboard is one that grpc-serving declares."""
    dashboard = json.loads((DEPLOY / "grafana/dashboards/pith.json").read_text(encoding="utf-8"))
    source = (DEPLOY.parent / "grpc-serving/grpc_serving/interceptor.py").read_text(encoding="utf-8")
    names = set(_metrics(dashboard))
    assert names
    assert all(re.sub(r"_(total|bucket)$", "", name) in source for name in names)


def _metrics(dashboard: Mapping[str, Any]) -> Iterator[str]:
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield from re.findall(r"\b[a-z_]+_(?:total|bucket|seconds)\b", target["expr"])
