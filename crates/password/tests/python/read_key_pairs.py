"""Reads and uses key pairs with Python's cryptography: JSON lines of private_key, public_key, public_key_pem on stdin.

For each pair the two public forms must be the private key's own, and it must sign what they verify.
"""

import json
import sys

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def read(private_key):
    if private_key.startswith(b'-----BEGIN OPENSSH PRIVATE KEY-----\n'):
        return serialization.load_ssh_private_key(private_key, password=None)
    assert private_key.startswith(b'-----BEGIN PRIVATE KEY-----\n')
    return serialization.load_pem_private_key(private_key, password=None)


def der(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


for line in sys.stdin:
    pair = {name: text.encode() for name, text in json.loads(line).items()}
    private = read(pair['private_key'])
    public = serialization.load_ssh_public_key(pair['public_key'])
    assert der(private.public_key()) == der(public)
    assert der(public) == der(serialization.load_pem_public_key(pair['public_key_pem']))
    if isinstance(private, rsa.RSAPrivateKey):
        scheme = (padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH), hashes.SHA256())
        assert private.private_numbers().public_numbers.e == 65537
        public.verify(private.sign(b'message', *scheme), b'message', *scheme)
        print('rsa', private.key_size)
    else:
        public.verify(private.sign(b'message'), b'message')
        print('ed25519')
