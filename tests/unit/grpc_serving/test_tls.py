"""Certificate files: reading, refusing, reloading."""

from pathlib import Path

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from structlog.testing import capture_logs

from certificates import Authority, write_server
from fakes_serving import EchoSettings
from grpc_serving.environment import SettingsError
from grpc_serving.tls import CertificateFiles, server_credentials


@pytest.fixture
def paths(tmp_path: Path) -> dict[str, Path]:
    """A server's certificate and key."""
    return write_server(tmp_path, Authority())


def files_of(paths: dict[str, Path], client_ca: Path | None = None) -> CertificateFiles:
    """The files as the server sees them."""
    return CertificateFiles(certificate=paths["tls_cert_file"], key=paths["tls_key_file"], client_ca=client_ca)


def test_without_files_there_is_no_tls(paths: dict[str, Path]) -> None:
    """Credentials exist exactly where a certificate is set."""
    assert server_credentials(EchoSettings()) is None
    assert isinstance(server_credentials(EchoSettings(**paths)), grpc.ServerCredentials)


def test_unchanged_files_are_not_read_again(paths: dict[str, Path]) -> None:
    """Before each handshake nothing new is the usual answer."""
    files = files_of(paths)
    files.load()
    assert files.fetch() is None


def test_new_files_are_fetched_once(paths: dict[str, Path]) -> None:
    """A new pair is handed to gRPC once."""
    files = files_of(paths)
    write_server(paths["tls_cert_file"].parent, Authority())
    assert isinstance(files.fetch(), grpc.ServerCertificateConfiguration)
    assert files.fetch() is None


def test_a_pair_that_does_not_fit_is_logged_and_left(paths: dict[str, Path]) -> None:
    """Between the writing of the two files nothing changes; the whole pair is used after that."""
    files = files_of(paths)
    certificate, key = Authority().sign("next")
    with capture_logs() as lines:
        paths["tls_cert_file"].write_bytes(certificate)
        assert files.fetch() is None
        assert files.fetch() is None
    assert [line["log_level"] for line in lines] == ["error"]
    paths["tls_key_file"].write_bytes(key)
    assert files.fetch() is not None


@pytest.mark.parametrize("broken", ["tls_cert_file", "tls_key_file"])
@pytest.mark.parametrize("content", [b"", b"no certificate", None])
def test_unusable_files_are_named_at_the_start(paths: dict[str, Path], broken: str, content: bytes | None) -> None:
    """An empty, foreign or missing file refuses the start and is named."""
    paths[broken].unlink() if content is None else paths[broken].write_bytes(content)
    with pytest.raises(SettingsError, match=str(paths[broken])):
        server_credentials(EchoSettings(**paths))


def test_an_unusable_authority_is_named_at_the_start(paths: dict[str, Path], tmp_path: Path) -> None:
    """A client authority that is no certificate refuses the start and is named."""
    (tmp_path / "ca.pem").write_bytes(b"nothing")
    with pytest.raises(SettingsError, match=r"ca\.pem"):
        server_credentials(EchoSettings(**paths, tls_client_ca_file=tmp_path / "ca.pem"))


def test_an_encrypted_key_is_refused_instead_of_asked_for(paths: dict[str, Path]) -> None:
    """A service never waits at a prompt for a password."""
    key = serialization.load_pem_private_key(paths["tls_key_file"].read_bytes(), None)
    form, cipher = serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"password")
    paths["tls_key_file"].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, cipher))
    with pytest.raises(SettingsError):
        server_credentials(EchoSettings(**paths))
