# The pair that signs registry tokens: a PKCS#1 key (the only form Harbor can sign with) and a certificate of it.

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    nobody, now = x509.Name([]), datetime.datetime.now(datetime.timezone.utc)
    end, serial = now + datetime.timedelta(days=3650), x509.random_serial_number()
    certificate = x509.CertificateBuilder(nobody, nobody, key.public_key(), serial, now, end).sign(key, hashes.SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return private.decode(), certificate.public_bytes(Encoding.PEM).decode()
