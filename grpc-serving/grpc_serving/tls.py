"""Server credentials from certificate files that may be replaced while the server runs."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import structlog

from grpc_serving.environment import SettingsError
from grpc_serving.security import file_stamp
from grpc_serving.settings import ServingSettings

log = structlog.get_logger("grpc_serving.tls")


class CertificateFiles:
    """The certificate, key and client authorities of a server; files that do not fit together change nothing."""

    def __init__(self, *, certificate: Path, key: Path, client_ca: Path | None) -> None:
        self._certificate = certificate
        self._key = key
        self._client_ca = client_ca
        self._stamps = self._stamp()

    def load(self) -> grpc.ServerCertificateConfiguration:
        """Reads and checks the files; SettingsError names what is wrong with them."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with _naming(self._certificate, self._key):
            context.load_cert_chain(self._certificate, self._key, password="")
            pair = (self._key.read_bytes(), self._certificate.read_bytes())
        if self._client_ca is None:
            return grpc.ssl_server_certificate_configuration([pair])
        with _naming(self._client_ca):
            context.load_verify_locations(self._client_ca)
            return grpc.ssl_server_certificate_configuration([pair], root_certificates=self._client_ca.read_bytes())

    def fetch(self) -> grpc.ServerCertificateConfiguration | None:
        """What gRPC asks before each handshake: new certificates after a change, None for no change."""
        stamps = self._stamp()
        if stamps == self._stamps:
            return None
        self._stamps = stamps
        try:
            configuration = self.load()
        except SettingsError as error:
            log.error("certificates not reloaded, the former stay in use", reason=str(error))  # noqa: TRY400
            return None
        log.info("certificates reloaded", certificate=str(self._certificate))
        return configuration

    def _stamp(self) -> tuple[object, ...]:
        return tuple(file_stamp(path) for path in (self._certificate, self._key, self._client_ca) if path is not None)


@contextmanager
def _naming(*paths: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        raise SettingsError([f"TLS file {', '.join(map(str, paths))}: {error}"]) from error


def server_credentials(settings: ServingSettings) -> grpc.ServerCredentials | None:
    """Reloading TLS credentials, with client certificates demanded where an authority for them is set; None without TLS."""
    if settings.tls_cert_file is None or settings.tls_key_file is None:
        return None
    files = CertificateFiles(
        certificate=settings.tls_cert_file, key=settings.tls_key_file, client_ca=settings.tls_client_ca_file
    )
    return grpc.dynamic_ssl_server_credentials(
        files.load(), files.fetch, require_client_authentication=settings.tls_client_ca_file is not None
    )
