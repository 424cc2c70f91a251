using System;
using Dlgo.Native;

namespace Dlgo
{
    /// <summary>Status codes of the library.</summary>
    public enum DlgoStatus
    {
        /// <summary>Success.</summary>
        Ok = NativeMethods.DLGO_OK,
        /// <summary>A wrong argument, or a session that is busy with another call.</summary>
        InvalidArgument = NativeMethods.DLGO_ERROR_INVALID_ARGUMENT,
        /// <summary>A file cannot be opened, read or written.</summary>
        IO = NativeMethods.DLGO_ERROR_IO,
        /// <summary>A file is corrupt, truncated or of another format.</summary>
        Format = NativeMethods.DLGO_ERROR_FORMAT,
        /// <summary>A valid file that needs what this version lacks.</summary>
        Unsupported = NativeMethods.DLGO_ERROR_UNSUPPORTED,
        /// <summary>Host or device memory.</summary>
        OutOfMemory = NativeMethods.DLGO_ERROR_OUT_OF_MEMORY,
        /// <summary>The tokens do not fit into the session's context.</summary>
        ContextFull = NativeMethods.DLGO_ERROR_CONTEXT_FULL,
        /// <summary>The call was cancelled.</summary>
        Cancelled = NativeMethods.DLGO_ERROR_CANCELLED,
        /// <summary>A device failed or was lost.</summary>
        Device = NativeMethods.DLGO_ERROR_DEVICE,
        /// <summary>A bug in dlgo.</summary>
        Internal = NativeMethods.DLGO_ERROR_INTERNAL,
    }

    /// <summary>Base of the errors of the library: one class for each status.</summary>
    public class DlgoException : Exception
    {
        internal DlgoException(DlgoStatus status, string message) : base(message)
        {
            Status = status;
        }

        /// <summary>The status that the library returned.</summary>
        public DlgoStatus Status { get; }

        internal static void Check(int status)
        {
            if (status != NativeMethods.DLGO_OK) throw Last(status);
        }

        /// <summary>The failure that a call in this thread just ended with.</summary>
        internal static unsafe DlgoException Last(int status)
        {
            string message = Utf8.Text(NativeMethods.dlgo_last_error());
            if (message.Length == 0) message = Utf8.Text(NativeMethods.dlgo_status_string(status));
            return Create((DlgoStatus)status, message);
        }

        internal static DlgoException Create(DlgoStatus status, string message)
        {
            switch (status)
            {
                case DlgoStatus.InvalidArgument: return new DlgoInvalidArgumentException(message);
                case DlgoStatus.IO: return new DlgoIOException(message);
                case DlgoStatus.Format: return new DlgoFormatException(message);
                case DlgoStatus.Unsupported: return new DlgoUnsupportedException(message);
                case DlgoStatus.OutOfMemory: return new DlgoOutOfMemoryException(message);
                case DlgoStatus.ContextFull: return new DlgoContextFullException(message);
                case DlgoStatus.Cancelled: return new DlgoCancelledException(message);
                case DlgoStatus.Device: return new DlgoDeviceException(message);
                case DlgoStatus.Internal: return new DlgoInternalException(message);
                default: return new DlgoException(status, message);
            }
        }
    }

    /// <summary>A wrong argument, or a session that is busy with another call.</summary>
    public sealed class DlgoInvalidArgumentException : DlgoException
    {
        internal DlgoInvalidArgumentException(string message) : base(DlgoStatus.InvalidArgument, message)
        {
        }
    }

    /// <summary>A file cannot be opened, read or written.</summary>
    public sealed class DlgoIOException : DlgoException
    {
        internal DlgoIOException(string message) : base(DlgoStatus.IO, message)
        {
        }
    }

    /// <summary>A file is corrupt, truncated or of another format.</summary>
    public sealed class DlgoFormatException : DlgoException
    {
        internal DlgoFormatException(string message) : base(DlgoStatus.Format, message)
        {
        }
    }

    /// <summary>A valid file that needs what this version lacks; the message names it.</summary>
    public sealed class DlgoUnsupportedException : DlgoException
    {
        internal DlgoUnsupportedException(string message) : base(DlgoStatus.Unsupported, message)
        {
        }
    }

    /// <summary>Host or device memory; the message names the bytes needed.</summary>
    public sealed class DlgoOutOfMemoryException : DlgoException
    {
        internal DlgoOutOfMemoryException(string message) : base(DlgoStatus.OutOfMemory, message)
        {
        }
    }

    /// <summary>The tokens do not fit into the session's context.</summary>
    public sealed class DlgoContextFullException : DlgoException
    {
        internal DlgoContextFullException(string message) : base(DlgoStatus.ContextFull, message)
        {
        }
    }

    /// <summary>Session.Cancel() or a callback ended the call. A CancellationToken ends it with OperationCanceledException instead.</summary>
    public sealed class DlgoCancelledException : DlgoException
    {
        internal DlgoCancelledException(string message) : base(DlgoStatus.Cancelled, message)
        {
        }
    }

    /// <summary>A device failed or was lost; sessions on it are unusable.</summary>
    public sealed class DlgoDeviceException : DlgoException
    {
        internal DlgoDeviceException(string message) : base(DlgoStatus.Device, message)
        {
        }
    }

    /// <summary>A bug in dlgo.</summary>
    public sealed class DlgoInternalException : DlgoException
    {
        internal DlgoInternalException(string message) : base(DlgoStatus.Internal, message)
        {
        }
    }
}
