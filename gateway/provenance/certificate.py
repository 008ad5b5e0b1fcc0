"""The certificate that signs pictures: the operator's own, or one for development that this installation makes.

A development certificate proves that a picture has not been changed since, and says that it came from this
installation; nobody outside trusts it. The operator's chain begins with his own certificate, as C2PA asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.settings import SettingsError

LIFETIME = timedelta(days=3650)
ORGANISATION = "Avila Diffusion, development certificate"
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


class CertificateError(SettingsError):
    """The operator's certificate cannot sign; the message says why."""


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """A chain and the key of its first certificate, both PEM, and the name of the algorithm."""

    chain: str
    key: str
    algorithm: str
    is_development: bool

    @property
    def issuer(self) -> str:
        """The chain's last certificate, PEM: whoever trusts it trusts the signatures."""
        return _pem(x509.load_pem_x509_certificates(self.chain.encode())[-1])


def load_certificate(chain_file: Path, key_file: Path, now: datetime) -> Certificate:
    """The operator's certificate.

    Raises:
        CertificateError: a file cannot be read, the two do not belong together, or it is not valid now.
    """
    try:
        chain_text, key_text = chain_file.read_bytes(), key_file.read_bytes()
        chain = x509.load_pem_x509_certificates(chain_text)
        key = serialization.load_pem_private_key(key_text, password=None)
    except OSError as error:
        raise CertificateError(f"the certificate's file {error.filename} cannot be read: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise CertificateError(f"{chain_file} and {key_file} must be PEM, the key without a password") from error
    first = chain[0]
    if first.public_key() != key.public_key():
        raise CertificateError(f"the first certificate in {chain_file} does not belong to the key in {key_file}")
    if not first.not_valid_before_utc <= now <= first.not_valid_after_utc:
        raise CertificateError(f"the certificate in {chain_file} is not valid at {now:%Y-%m-%d}")
    return Certificate(chain_text.decode(), key_text.decode(), _algorithm(key), is_development=False)


def make_certificate(now: datetime) -> Certificate:
    """A development certificate with an issuer of its own; the issuer's key is forgotten at once."""
    issuer_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    begin = now - timedelta(hours=1)
    issuer_name, name = _name("issuer"), _name("signer")
    issuer = (
        _builder(issuer_name, issuer_name, issuer_key, begin)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )
    signer = (
        _builder(name, issuer_name, key, begin)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    key_text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return Certificate(_pem(signer) + _pem(issuer), key_text, "es256", is_development=True)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begin: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION), x509.NameAttribute(NameOID.COMMON_NAME, common)]
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _algorithm(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return _CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise CertificateError("the key must be of P-256, P-384, P-521, Ed25519 or RSA")
