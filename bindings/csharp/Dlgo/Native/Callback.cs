using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Dlgo.Native
{
    /// <summary>What the library calls back into during one call: passed as user_data, kept alive until disposed. The delegates live as long as
    /// the process. An exception stops the call and is thrown again by Rethrow().</summary>
    internal abstract unsafe class Callback : IDisposable
    {
        private static readonly dlgo_token_callback OnTokenDelegate = OnToken;
        private static readonly dlgo_progress_callback OnProgressDelegate = OnProgress;
        internal static readonly IntPtr TokenFunction = Marshal.GetFunctionPointerForDelegate(OnTokenDelegate);
        internal static readonly IntPtr ProgressFunction = Marshal.GetFunctionPointerForDelegate(OnProgressDelegate);

        private GCHandle self;
        private ExceptionDispatchInfo thrown;

        protected Callback()
        {
            self = GCHandle.Alloc(this);
        }

        internal IntPtr UserData
        {
            get { return GCHandle.ToIntPtr(self); }
        }

        /// <summary>Whether to go on.</summary>
        internal virtual bool Token(dlgo_token_event* token)
        {
            return true;
        }

        /// <summary>Whether to go on.</summary>
        internal virtual bool Progress(float fraction)
        {
            return true;
        }

        internal void Rethrow()
        {
            if (thrown != null) thrown.Throw();
        }

        public void Dispose()
        {
            if (self.IsAllocated) self.Free();
        }

        private static int OnToken(dlgo_token_event* token, IntPtr userData)
        {
            Callback callback = (Callback)GCHandle.FromIntPtr(userData).Target;
            try
            {
                return callback.Token(token) ? 0 : 1;
            }
            catch (Exception error)
            {
                callback.thrown = ExceptionDispatchInfo.Capture(error);
                return 1;
            }
        }

        private static int OnProgress(float fraction, IntPtr userData)
        {
            Callback callback = (Callback)GCHandle.FromIntPtr(userData).Target;
            try
            {
                return callback.Progress(fraction) ? 0 : 1;
            }
            catch (Exception error)
            {
                callback.thrown = ExceptionDispatchInfo.Capture(error);
                return 1;
            }
        }
    }
}
