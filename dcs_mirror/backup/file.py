"""The file of a backup: a tar archive with a dump by pg_dump, and a description with the dump's digest.

The description stands at the end, so a file that was cut off has none. ``tar -xf FILE`` yields the dump,
``database.dump``, which ``pg_restore`` of the same or a later release of PostgreSQL reads.
"""

import hashlib
import os
import secrets
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Self

import msgspec

from dcs_mirror.embedded.cluster import sync_folder
from dcs_mirror.errors import NOTHING_DONE, MirrorError, SettingsError, explained

FORMAT = 1
DUMP = "database.dump"
DESCRIPTION = "description.json"
CHUNK_BYTES = 2**20
_LARGEST_DESCRIPTION = 2**24


class BackupRefused(SettingsError):
    """The file, or what it would overwrite or replace, is not what the command needs; nothing was changed."""


class BackupFailed(MirrorError):
    """The file cannot be written to its end; none stays."""

    exit_code = NOTHING_DONE


class Role(msgspec.Struct, frozen=True):
    """A role that the rights in a backup name."""

    name: str
    login: bool
    member_of: list[str]


class Contents(msgspec.Struct, frozen=True):
    """What a backup holds, as of the instant of its dump."""

    revision: str
    institutions: int
    content_items: int
    last_change_id: int
    roles: list[Role]


class Description(msgspec.Struct, frozen=True):
    """What is in a backup's file; ``digest`` is that of the dump, SHA-256 in hexadecimal."""

    program: str
    format: int
    version: str
    server_major: int
    dumped_at: datetime
    contents: Contents
    digest: str


class BackupWriter:
    """A file that is written under a temporary name, with mode 600; :meth:`finish` gives it its name."""

    def __init__(self, path: Path, temporary: Path, file: IO[bytes]) -> None:
        self._path, self._temporary, self._file = path, temporary, file
        self._hash, self._bytes = hashlib.sha256(), 0
        file.write(bytes(tarfile.BLOCKSIZE))  # the dump's head, when its length is known

    def write(self, data: bytes) -> None:
        """Add a part of the dump."""
        self._file.write(data)
        self._hash.update(data)
        self._bytes += len(data)

    @property
    def digest(self) -> str:
        """The digest of what was written so far."""
        return self._hash.hexdigest()

    def finish(self, description: Description) -> None:
        """Write the description and give the file its name.

        Raises:
            BackupRefused: if there is a file of that name by now.
        """
        written = msgspec.json.format(msgspec.json.encode(description))
        self._file.write(_padding(self._bytes))
        self._file.write(_head(DESCRIPTION, len(written), description.dumped_at))
        self._file.write(written + _padding(len(written)) + bytes(2 * tarfile.BLOCKSIZE))
        self._file.seek(0)
        self._file.write(_head(DUMP, self._bytes, description.dumped_at))
        self._file.flush()
        os.fsync(self._file.fileno())
        try:
            os.link(self._temporary, self._path)  # unlike a rename, never replaces a file
        except FileExistsError:
            raise _exists(self._path) from None
        except OSError:  # a file system without links
            refuse_to_overwrite(self._path)
            self._temporary.rename(self._path)
        sync_folder(self._path.parent)

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Self]:
        """Begin a file beside ``path``; whatever happens, nothing of another name stays.

        Raises:
            BackupRefused: if there is such a file, or its folder cannot be written.
            BackupFailed: if it cannot be written to its end.
        """
        refuse_to_overwrite(path)
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode=0o600)
        except OSError as error:
            raise BackupRefused(f"{path} cannot be written: {error.strerror}") from None
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield cls(path, temporary, file)
        except OSError as error:
            raise BackupFailed(f"{path} cannot be written: {explained(error)}") from None
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()


def refuse_to_overwrite(path: Path) -> None:
    """Raise ``BackupRefused`` if there is a file of this name, or a link."""
    if os.path.lexists(path):
        raise _exists(path)


def read_description(path: Path) -> Description:
    """Return a file's description, after the dump was compared with its digest.

    Raises:
        BackupRefused: if the file cannot be read, is not a backup of this program, or is damaged.
    """
    try:
        with _opened(path) as (archive, dump):
            described = _member(archive, DESCRIPTION).read(_LARGEST_DESCRIPTION)
            description = msgspec.json.decode(described, type=Description)
            hashed = hashlib.sha256()
            while data := dump.read(CHUNK_BYTES):
                hashed.update(data)
    except OSError as error:
        raise BackupRefused(f"{path} cannot be read: {error.strerror or error}") from None
    except (tarfile.TarError, KeyError, EOFError, msgspec.MsgspecError, ValueError):
        raise BackupRefused(
            f"{path} is not a backup of `dcs-mirror db dump`, or a part of it is missing"
        ) from None
    if hashed.hexdigest() != description.digest:
        raise BackupRefused(f"{path} is damaged: the dump in it is not what was written; use another backup")
    if description.program != "dcs-mirror" or description.format != FORMAT:
        raise BackupRefused(
            f"{path} was made by release {description.version} in another format: use that release"
        )
    return description


def dump_of(path: Path) -> Iterator[bytes]:
    """Yield the dump in a file that :func:`read_description` accepted, in parts."""
    with _opened(path) as (_, dump):
        while data := dump.read(CHUNK_BYTES):
            yield data


@contextmanager
def _opened(path: Path) -> Iterator[tuple[tarfile.TarFile, IO[bytes]]]:
    with tarfile.open(path, "r:") as archive:
        yield archive, _member(archive, DUMP)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file


def _head(name: str, size: int, made_at: datetime) -> bytes:
    head = tarfile.TarInfo(name)
    head.size, head.mode, head.mtime = size, 0o600, int(made_at.timestamp())
    return head.tobuf(tarfile.GNU_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)


def _exists(path: Path) -> BackupRefused:
    return BackupRefused(f"{path} exists already, and is not overwritten: choose another name")
