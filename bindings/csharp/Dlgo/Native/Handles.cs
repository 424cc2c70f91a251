using System;
using System.Runtime.InteropServices;

namespace Dlgo.Native
{
    internal abstract class NativeHandle : SafeHandle
    {
        private volatile bool released;

        protected NativeHandle() : base(IntPtr.Zero, true)
        {
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        internal void Set(IntPtr pointer)
        {
            SetHandle(pointer);
        }

        /// <summary>No call begins from now on; the memory is freed when the calls in progress have ended.</summary>
        internal void Release()
        {
            released = true;
            Dispose();
        }

        internal void Check(string owner)
        {
            if (released || IsClosed) throw new ObjectDisposedException(owner);
        }
    }

    /// <summary>A dlgo_llm.</summary>
    internal sealed class LlmHandle : NativeHandle
    {
        protected override bool ReleaseHandle()
        {
            NativeMethods.dlgo_llm_free(handle);
            return true;
        }
    }

    /// <summary>A dlgo_session.</summary>
    internal sealed class SessionHandle : NativeHandle
    {
        /// <summary>The call in progress.</summary>
        internal Call Current;

        protected override bool ReleaseHandle()
        {
            NativeMethods.dlgo_session_free(handle);
            return true;
        }
    }
}
