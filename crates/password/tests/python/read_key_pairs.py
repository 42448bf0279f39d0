"""Reads and uses key pairs with Python's cryptography: JSON lines of private_key and the public forms on stdin.

For each pair the three public forms must be the private key's own, and it must sign what they verify.
"""

import base64
import hashlib
import json
import sys

try:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def read(private_key):
    if private_key.startswith(b'-----BEGIN OPENSSH PRIVATE KEY-----\n'):
        return serialization.load_ssh_private_key(private_key, password=None)
    labels = (b'PRIVATE KEY', b'RSA PRIVATE KEY', b'EC PRIVATE KEY')
    assert any(private_key.startswith(b'-----BEGIN ' + label + b'-----\n') for label in labels)
    return serialization.load_pem_private_key(private_key, password=None)


def der(key):
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def number(text):
    """Base64urlUInt (RFC 7518, 2): no padding and no zero in front."""
    data = unpadded(text)
    assert data[0] != 0
    return int.from_bytes(data)


def unpadded(text):
    assert '=' not in text
    return base64.b64decode(text + '=' * (-len(text) % 4), altchars=b'-_', validate=True)


def read_jwk(text):
    """The key, its members written down here a second time from RFC 7518, 6 and RFC 8037, 2; its name from RFC 7638."""
    jwk = json.loads(text)
    name = jwk.pop('kid')
    canonical = json.dumps(jwk, sort_keys=True, separators=(',', ':'))
    assert unpadded(name) == hashlib.sha256(canonical.encode()).digest()
    match jwk.pop('kty'):
        case 'RSA':
            assert jwk.keys() == {'n', 'e'}
            return rsa.RSAPublicNumbers(number(jwk['e']), number(jwk['n'])).public_key()
        case 'OKP':
            assert jwk.pop('crv') == 'Ed25519' and jwk.keys() == {'x'}
            return ed25519.Ed25519PublicKey.from_public_bytes(unpadded(jwk['x']))
        case 'EC':
            curve = {'P-256': ec.SECP256R1(), 'P-384': ec.SECP384R1()}[jwk.pop('crv')]
            assert jwk.keys() == {'x', 'y'}
            x, y = unpadded(jwk['x']), unpadded(jwk['y'])
            assert len(x) == len(y) == curve.key_size // 8
            return ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), curve).public_key()


for line in sys.stdin:
    pair = {name: text.encode() for name, text in json.loads(line).items()}
    private = read(pair['private_key'])
    public = serialization.load_ssh_public_key(pair['public_key'])
    assert der(private.public_key()) == der(public)
    assert der(public) == der(serialization.load_pem_public_key(pair['public_key_pem']))
    assert der(public) == der(read_jwk(pair['public_key_jwk']))
    if isinstance(private, rsa.RSAPrivateKey):
        scheme = (padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH), hashes.SHA256())
        assert private.private_numbers().public_numbers.e == 65537
        public.verify(private.sign(b'message', *scheme), b'message', *scheme)
        print('rsa', private.key_size)
    elif isinstance(private, ec.EllipticCurvePrivateKey):
        public.verify(private.sign(b'message', ec.ECDSA(hashes.SHA256())), b'message', ec.ECDSA(hashes.SHA256()))
        print(private.curve.name)
    else:
        public.verify(private.sign(b'message'), b'message')
        print('ed25519')
