"""Programs of the machine that stand between the mirror and a server, or are one: run for a test."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dcs_mirror.embedded import account as accounts

PATIENCE = 15


def free_port() -> int:
    """A TCP port of this machine that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def serving(folder: Path, port: int, *command: str) -> Iterator[None]:
    """Run a program that listens on ``port`` during the block, as a user that is not root."""
    account = accounts.choose(folder, folder)
    program = shutil.which(command[0], path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert program, command[0]
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.uid, account.gid)
    as_root = os.geteuid() == 0
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=account.uid if as_root else None,
            group=account.gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
    try:
        _wait_for(process, port, folder / "output")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_for(process: "subprocess.Popen[bytes]", port: int, output: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert process.poll() is None, output.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(output.read_text())


@contextmanager
def pgbouncer(folder: Path, server: Mapping[str, str | int], **settings: str | int) -> Iterator[int]:
    """A PgBouncer before ``server`` (host and port) during the block; yields its port.

    Its settings are Debian's but for those given; nobody needs a password.
    """
    port = free_port()
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "logfile": folder / "log",
    } | settings
    configuration = folder / "pgbouncer.ini"
    place = " ".join(f"{name}={value}" for name, value in server.items())
    configuration.write_text(
        f"[databases]\n* = {place}\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in lines.items()),
        encoding="utf-8",
    )
    with serving(folder, port, "pgbouncer", str(configuration)):
        yield port


@dataclass(frozen=True)
class Certificates:
    """A certification authority of one's own, and what it made out for ``name``."""

    folder: Path
    name: str

    @property
    def authority(self) -> Path:
        """The certificate that others must trust."""
        return self.folder / "ca.pem"

    @property
    def certificate(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's key."""
        return self.folder / "server.key"


def make_certificates(folder: Path, name: str) -> Certificates:
    """Make an authority and a server's certificate with openssl, as an administrator does."""

    program = shutil.which("openssl")
    assert program

    def openssl(*arguments: str) -> None:
        subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True)

    extensions = folder / "server.ext"
    extensions.write_text(f"subjectAltName=DNS:{name}\n", encoding="utf-8")
    new = ("req", "-newkey", "rsa:2048", "-nodes")
    openssl(*new, "-x509", "-days", "2", "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem")
    openssl(*new, "-subj", f"/CN={name}", "-keyout", "server.key", "-out", "server.csr")
    openssl(
        *("x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
        *("-CAcreateserial", "-extfile", "server.ext", "-out", "server.pem"),
    )
    return Certificates(folder, name)


@contextmanager
def nginx(folder: Path, certificates: Certificates, behind: str) -> Iterator[int]:
    """An nginx with TLS before the server at ``behind`` during the block; yields its port."""
    port = free_port()
    folder.mkdir()
    for source in (certificates.certificate, certificates.key):
        shutil.copy(source, folder / source.name)
    origin = "/".join(behind.split("/")[:3])
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"""daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;
        events {{}}
        http {{
          access_log off; {temporary}
          server {{
            listen {port} ssl;
            ssl_certificate {folder}/{certificates.certificate.name};
            ssl_certificate_key {folder}/{certificates.key.name};
            location / {{ proxy_pass {origin}; }}
          }}
        }}""",
        encoding="utf-8",
    )
    with serving(folder, port, "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")):
        yield port


@contextmanager
def tinyproxy(folder: Path, user: str, password: str) -> Iterator[tuple[int, Path]]:
    """A tinyproxy that asks for credentials during the block; yields its port and its log."""
    port = free_port()
    folder.mkdir()
    log = folder / "log"
    (folder / "tinyproxy.conf").write_text(
        f'Port {port}\nListen 127.0.0.1\nTimeout 60\nLogFile "{log}"\nLogLevel Connect\nMaxClients 100\n'
        f"BasicAuth {user} {password}\n",
        encoding="utf-8",
    )
    with serving(folder, port, "tinyproxy", "-d", "-c", str(folder / "tinyproxy.conf")):
        yield port, log
