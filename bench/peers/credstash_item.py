"""What credstash stores of a secret whose data key is 64 zero bytes, as JSON: for the mocks of `make bench`."""

import json
import sys

import credstash


class Key:
    """KMS, as far as credstash asks for it."""

    def generate_key_data(self, number_of_bytes: int) -> tuple[bytes, bytes]:
        return bytes(number_of_bytes), b"credstash's data key"


item = credstash.seal_aes_ctr_legacy(Key(), "abcdefghijklmnopqrstuvwxyz123456")
json.dump({name: value.decode() if isinstance(value, bytes) else value for name, value in item.items()}, sys.stdout)
