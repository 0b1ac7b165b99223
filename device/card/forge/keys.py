"""The private keys of a test register, each made once and kept for the run."""

import os
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class KeyRing:
    """Make keys by name and find them again, in this process and in `folder` if there is one.

    An RSA key takes a tenth of a second. Several processes may share a folder.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._keys: dict[str, PrivateKey] = {}

    def rsa(self, name: str, bits: int) -> rsa.RSAPrivateKey:
        """Return the RSA key of this name and size."""
        key = self._key(f"{name}-rsa-{bits}", bits)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(name)
        return key

    def ec(self, name: str) -> ec.EllipticCurvePrivateKey:
        """Return the P-384 key of this name."""
        key = self._key(f"{name}-ec", 0)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(name)
        return key

    def keep(self, name: str, made: bytes) -> bytes:
        """Return the bytes that the folder has under this name; `made` if it has none yet."""
        if self._folder is None:
            return made
        kept = self._folder / name
        fresh = self._folder / f".{name}.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_bytes(made)
        try:
            # Whole or not at all, and the first of two processes wins.
            os.link(fresh, kept)
        except FileExistsError:
            return kept.read_bytes()
        finally:
            fresh.unlink()
        return made

    def kept(self, name: str) -> bytes | None:
        """Return the bytes that the folder has under this name, or None."""
        if self._folder is None:
            return None
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _key(self, name: str, rsa_bits: int) -> PrivateKey:
        if name not in self._keys:
            pem = self.kept(f"{name}.pem") or self.keep(f"{name}.pem", _made(rsa_bits))
            key = serialization.load_pem_private_key(pem, None)
            if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
                raise TypeError(name)
            self._keys[name] = key
        return self._keys[name]


def _made(rsa_bits: int) -> bytes:
    made: PrivateKey
    if rsa_bits:
        made = rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    else:
        made = ec.generate_private_key(ec.SECP384R1())
    return made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
