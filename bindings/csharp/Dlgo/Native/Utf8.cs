using System;
using System.Text;

namespace Dlgo.Native
{
    internal static unsafe class Utf8
    {
        /// <summary>text with a terminating zero; null for null.</summary>
        internal static byte[] Bytes(string text, string what)
        {
            if (text == null) return null;
            if (text.IndexOf('\0') >= 0) throw new DlgoInvalidArgumentException(what + " contains a zero character");
            byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
            Encoding.UTF8.GetBytes(text, 0, text.Length, bytes, 0);
            return bytes;
        }

        internal static string Text(byte* bytes)
        {
            int length = 0;
            while (bytes[length] != 0) length++;
            return Text(bytes, length);
        }

        internal static string Text(byte* bytes, int length)
        {
            return length == 0 ? "" : Encoding.UTF8.GetString(bytes, length);
        }

        /// <summary>Text that the library allocated; frees it.</summary>
        internal static string Take(byte* bytes)
        {
            try
            {
                return Text(bytes);
            }
            finally
            {
                NativeMethods.dlgo_free((IntPtr)bytes);
            }
        }
    }
}
