"""Zip archives from strangers, read in memory within fixed bounds; nothing is ever extracted to disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath

from rlxai.errors import FileRefused

MAX_MEMBERS = 64
MAX_MEMBER = 64 * 1024**2
"""Largest member read, in bytes after decompression."""
_MAX_DIRECTORY = 1000
"""Most directory entries, those of archives within it included: zipfile reads all before any can be counted."""
MAX_TOTAL = 128 * 1024**2
"""Largest sum of the members of an archive that is read as a whole, in bytes."""
_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # zipfile decompresses the others without a bound
_ENCRYPTED = 0x1
_ENTRY = b"PK\x01\x02"


def open_archive(data: bytes) -> zipfile.ZipFile:
    """An archive whose list of members is sound: few, no name twice, none that points elsewhere.

    Raises:
        FileRefused: damaged, truncated, or a list of members that no honest archive has.
    """
    if (marks := data.count(_ENTRY)) > _MAX_DIRECTORY:
        raise FileRefused(f"is a zip archive of about {marks:,} members, at most {MAX_MEMBERS} are allowed")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except Exception as error:  # zipfile raises far more than BadZipFile on hostile headers
        raise FileRefused(f"is a damaged or truncated zip archive ({str(error)[:120]})") from None
    names = archive.namelist()
    if len(names) > MAX_MEMBERS:
        raise FileRefused(f"is a zip archive of {len(names):,} members, at most {MAX_MEMBERS} are allowed")
    if len(set(names)) < len(names):
        raise FileRefused("is a zip archive that holds a name twice")
    if names and min(info.header_offset for info in archive.infolist()) > 0:
        # A zip is read from its end: cut off behind an inner archive, it would pass for that one.
        raise FileRefused("is a truncated zip archive, or one that does not start with its first member")
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts:
            raise FileRefused(f"is a zip archive with a name that points elsewhere: {name[:80]!r}")
    return archive


def read_member(archive: zipfile.ZipFile, name: str, limit: int = MAX_MEMBER) -> bytes:
    """One member, its size bounded by `limit` both as declared and as decompressed, its CRC-32 checked.

    Raises:
        FileRefused: missing, encrypted, oversized, in an uncommon compression, or damaged.
    """
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise FileRefused(f"is a zip archive without a member {name!r}") from None
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _COMPRESSIONS:
        raise FileRefused(f"holds a member {name!r} that is encrypted or in an uncommon compression")
    if info.file_size > limit:
        raise FileRefused(f"holds an oversized member {name!r}: {info.file_size:,} bytes, at most {limit:,}")
    try:
        with archive.open(info) as member:
            data = member.read(limit + 1)
    except Exception as error:  # zlib.error, struct.error, EOFError, NotImplementedError, BadZipFile ...
        raise FileRefused(f"holds a damaged member {name!r} ({str(error)[:120]})") from None
    if len(data) != info.file_size:
        raise FileRefused(f"holds a member {name!r} of {len(data):,} bytes that claims {info.file_size:,}")
    return data


def repacked(archive: zipfile.ZipFile) -> bytes:
    """The same members in a fresh uncompressed archive.

    Another zip reader may see other members in the same bytes; after repacking it sees what was checked here.

    Raises:
        FileRefused: a member is refused, compressed, or all together exceed `MAX_TOTAL`.
    """
    if (total := sum(info.file_size for info in archive.infolist())) > MAX_TOTAL:
        raise FileRefused(f"is oversized: its members claim {total:,} bytes, at most {MAX_TOTAL:,} are read")
    if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
        raise FileRefused("is a tensor file with compressed members, which no version of torch writes")
    fresh = io.BytesIO()
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_STORED) as copy:
        for name in archive.namelist():
            copy.writestr(name, read_member(archive, name))
    return fresh.getvalue()
