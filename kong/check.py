"""Checks Kong configuration files for the mistakes that Kong itself would accept or only find when it starts."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

# Kong OSS 3.9.3 ships these; everything else named in a file is an Enterprise plugin or a slip.
OSS_PLUGINS = frozenset(
    """acl acme ai-prompt-decorator ai-prompt-guard ai-prompt-template ai-proxy ai-request-transformer
    ai-response-transformer aws-lambda azure-functions basic-auth bot-detection correlation-id cors datadog file-log
    grpc-gateway grpc-web hmac-auth http-log ip-restriction jwt key-auth ldap-auth loggly oauth2 opentelemetry
    post-function pre-function prometheus proxy-cache rate-limiting redirect request-size-limiting request-termination
    request-transformer response-ratelimiting response-transformer session standard-webhooks statsd syslog tcp-log
    udp-log zipkin""".split()
)
PLATFORM_PATHS = frozenset(
    "/v1/tenants /v1/providers /v1/quotas /v1/usage /v1/gateway /v1/agents /v1/workflows /v1/knowledge /v1/documents".split()
)
ROLLBACK_PATHS = frozenset({"/v1/chat/completions"})
SERVICE_FIELDS = frozenset(
    "name url connect_timeout read_timeout write_timeout retries routes plugins tags enabled".split()
)
ROUTE_FIELDS = frozenset(
    "name paths headers strip_path preserve_host response_buffering request_buffering protocols methods plugins tags".split()
)
TIMEOUTS = ("connect_timeout", "read_timeout", "write_timeout")


def check(config: dict[str, Any], allowed_paths: frozenset[str]) -> list[str]:
    """Returns one sentence a mistake; an empty list means the file is right."""
    services = config.get("services") or []
    problems = [] if config.get("_format_version") == "3.0" else ['_format_version must be "3.0"']
    problems += _duplicates(service.get("name") for service in services)
    problems += _duplicates(route.get("name") for service in services for route in service.get("routes") or [])
    for service in services:
        problems += _check_service(service)
        for route in service.get("routes") or []:
            problems += _check_route(route, allowed_paths)
    return problems + _check_plugins(config.get("plugins") or [], "the file")


def _duplicates(names: Any) -> list[str]:
    return [f"the name {name} is used {count} times" for name, count in Counter(names).items() if count > 1]


def _check_service(service: dict[str, Any]) -> list[str]:
    name = service.get("name")
    problems = [f"service {name}: unknown field {field}" for field in service.keys() - SERVICE_FIELDS]
    problems += [
        f"service {name}: {field} must be set and positive" for field in TIMEOUTS if not service.get(field, 0) > 0
    ]
    if not 0 <= service.get("retries", 5) <= 2:
        problems.append(f"service {name}: retries must be 0 to 2 (Kong's default is 5)")
    if not re.fullmatch(r"https?://[\w.-]+(:\d+)?", service.get("url", "")):
        problems.append(f"service {name}: url must be http(s)://host[:port]")
    return problems + _check_plugins(service.get("plugins") or [], f"service {name}")


def _check_route(route: dict[str, Any], allowed_paths: frozenset[str]) -> list[str]:
    name = route.get("name")
    problems = [f"route {name}: unknown field {field}" for field in route.keys() - ROUTE_FIELDS]
    problems += [
        f"route {name}: path {path} does not belong here"
        for path in route.get("paths") or []
        if path not in allowed_paths
    ]
    if route.get("strip_path") is not False:
        problems.append(f"route {name}: strip_path must be false (Kong's default is true)")
    return problems + _check_plugins(route.get("plugins") or [], f"route {name}")


def _check_plugins(plugins: list[dict[str, Any]], owner: str) -> list[str]:
    problems = []
    for plugin in plugins:
        name, settings = plugin.get("name"), plugin.get("config") or {}
        if name not in OSS_PLUGINS:
            problems.append(f"{owner}: plugin {name} is not part of Kong OSS 3.9")
        if name == "rate-limiting" and settings.get("policy") not in {"local", "redis"}:
            problems.append(f"{owner}: rate-limiting without a database needs policy local or redis")
    return problems


def uncovered_paths(config: dict[str, Any], wanted: frozenset[str]) -> list[str]:
    """Returns the wanted paths that no route serves."""
    routes = [route for service in config.get("services") or [] for route in service.get("routes") or []]
    return sorted(wanted - {path for route in routes for path in route.get("paths") or []})


def main(names: list[str]) -> int:
    """Checks each file named; prints what is wrong and returns the number of mistakes."""
    mistakes = 0
    for name in names:
        config = yaml.safe_load(Path(name).read_text(encoding="utf-8"))
        wanted = ROLLBACK_PATHS if "rollback" in Path(name).name else PLATFORM_PATHS
        problems = check(config, wanted) + [f"no route serves {path}" for path in uncovered_paths(config, wanted)]
        mistakes += len(problems)
        print("\n".join(f"{name}: {problem}" for problem in problems) or f"check: {name} ok")
    return mistakes


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
