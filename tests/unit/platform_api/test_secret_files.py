"""The secrets made on first start."""

import stat

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from platform_api import secret_files
from platform_api.domain.keys import ADMIN_KEY_ID, digest_of, key_id_of
from platform_api.secret_files import SecretFileError, load_or_make, write_private


def mode(path):
    """Return a file's permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_what_later_starts_read(tmp_path):
    """Secrets are made once; the admin key's text is known that once only."""
    folder = tmp_path / "data"
    first, second = load_or_make(folder), load_or_make(folder)
    assert key_id_of(first.new_admin_key) == ADMIN_KEY_ID
    assert second.new_admin_key is None
    assert (first.pepper, first.admin_digest) == (second.pepper, second.admin_digest)
    assert digest_of(first.new_admin_key, second.pepper) == second.admin_digest
    assert first.jwt_key.public_key() == second.jwt_key.public_key()


def test_only_the_owner_may_read_them(tmp_path):
    """Secret files have mode 0600 in a folder of mode 0700, the public key is readable; no file holds the admin key."""
    folder = tmp_path / "data"
    secrets = load_or_make(folder)
    modes = {path.name: mode(path) for path in folder.iterdir()}
    assert modes.pop(secret_files.JWT_PUBLIC) == 0o644
    assert modes == dict.fromkeys(modes, 0o600)
    assert mode(folder) == 0o700
    assert all(secrets.new_admin_key.encode() not in path.read_bytes() for path in folder.iterdir())


def test_the_public_key_follows_the_private_one(tmp_path):
    """A lost or foreign public key file is written anew."""
    secrets = load_or_make(tmp_path)
    (tmp_path / secret_files.JWT_PUBLIC).write_text("something else")
    load_or_make(tmp_path)
    public = load_pem_public_key((tmp_path / secret_files.JWT_PUBLIC).read_bytes())
    assert public == secrets.jwt_key.public_key()


@pytest.mark.parametrize(("name", "content"), [("pepper", b"short"), ("jwt_private.pem", b"no key")])
def test_a_damaged_secret_is_named_and_kept(tmp_path, name, content):
    """A file that cannot be used stops the start and is not overwritten."""
    load_or_make(tmp_path)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SecretFileError, match=name):
        load_or_make(tmp_path)
    assert (tmp_path / name).read_bytes() == content


def test_a_key_of_another_kind_is_refused(tmp_path):
    """Only an Ed25519 key signs."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(tmp_path / secret_files.JWT_PRIVATE, pem)
    with pytest.raises(SecretFileError, match="Ed25519"):
        load_or_make(tmp_path)


def test_a_private_file_is_replaced_in_one_step(tmp_path):
    """Writing over a readable file leaves a private one and no draft."""
    path = tmp_path / "key"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new")
    assert (path.read_bytes(), mode(path)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [path]
