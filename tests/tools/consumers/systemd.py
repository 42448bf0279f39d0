"""systemd's own reader of an `EnvironmentFile=`, out of its library, since a test has no init to ask."""

import ctypes
import itertools
import tempfile
from pathlib import Path


def environment(text: str) -> dict[str, str]:
    """What a service would find in its environment."""
    [library] = Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so")
    systemd, libc = ctypes.CDLL(str(library)), ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    settings = ctypes.POINTER(ctypes.c_char_p)()
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(text)
        file.flush()
        name = file.name.encode()
        stream = ctypes.c_void_p(libc.fopen(name, b"r"))
        status = systemd.load_env_file(stream, name, ctypes.byref(settings))
        libc.fclose(stream)
    if status < 0:
        raise ValueError(f"systemd does not read this: {status}")
    # A service does not get what systemd holds for no assignment.
    lines = filter(
        systemd.env_assignment_is_valid, itertools.takewhile(bool, map(settings.__getitem__, itertools.count()))
    )
    return dict(line.decode().split("=", 1) for line in lines)
