"""One exception class for each status of the C library."""

from __future__ import annotations

from . import _dlgo


class Error(Exception):
    """Base of all errors that dlgo raises; status is the code of the C API."""

    status = 0


class InvalidArgumentError(Error, ValueError):
    status = -1


class FileError(Error, OSError):
    """A file cannot be opened, read or written."""

    status = -2


class FormatError(Error, ValueError):
    """A file is corrupt, truncated or of another format."""

    status = -3


class UnsupportedError(Error):
    """A valid file that needs what this version lacks; the message names it."""

    status = -4


class OutOfMemoryError(Error, MemoryError):
    status = -5


class ContextFullError(Error):
    """The tokens do not fit into the session's context."""

    status = -6


class CancelledError(Error):
    status = -7


class DeviceError(Error):
    """A device failed or was lost; sessions on it are unusable."""

    status = -8


class InternalError(Error):
    status = -9


_dlgo.set_error_classes({cls.status: cls for cls in Error.__subclasses__()})
