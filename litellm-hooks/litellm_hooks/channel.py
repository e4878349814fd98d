"""Opens the gRPC channels to the services, with what every call on them needs."""

import json
from pathlib import Path

import grpc

from litellm_hooks.config import HookSettings

# No "timeout" here: grpcio counts it from the wrong moment. Every call passes its own.
_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "healthCheckConfig": {"serviceName": ""},
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 2,
                    "initialBackoff": "0.005s",
                    "maxBackoff": "0.02s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)


def open_channel(address: str, settings: HookSettings) -> grpc.aio.Channel:
    """Open a channel on the running event loop, and begin to connect."""
    channel = _channel(address, settings)
    channel.get_state(try_to_connect=True)
    return channel


def _channel(address: str, settings: HookSettings) -> grpc.aio.Channel:
    options = [
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.enable_retries", 1),
        ("grpc.enable_http_proxy", 0),  # the services are neighbours; a proxy set for the providers is not for them
        ("grpc.max_send_message_length", settings.max_message_bytes),
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        # A service that comes back is used again within seconds, not minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 1000),
        ("grpc.max_reconnect_backoff_ms", 2000),
    ]
    if settings.tls_ca_file is None:
        return grpc.aio.insecure_channel(address, options=options)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=settings.tls_ca_file.read_bytes(),
        private_key=settings.tls_key_file.read_bytes() if settings.tls_key_file else None,
        certificate_chain=settings.tls_cert_file.read_bytes() if settings.tls_cert_file else None,
    )
    return grpc.aio.secure_channel(address, credentials, options=options)


class WatchedFile:
    """The text of a small file, read again when the file changes; empty where there is none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._text = ""

    def text(self) -> str:
        """The present content without surrounding white space."""
        if self._path is None:
            return ""
        try:
            status = self._path.stat()
            if (status.st_mtime_ns, status.st_size) != self._seen:
                self._text = self._path.read_text(encoding="utf-8").strip()
                self._seen = (status.st_mtime_ns, status.st_size)
        except (OSError, UnicodeDecodeError):
            self._text, self._seen = "", None
        return self._text
