using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Dlgo.Native
{
    /// <summary>Native memory of the arguments of one call.</summary>
    internal sealed unsafe class Arena : IDisposable
    {
        private readonly List<IntPtr> blocks = new List<IntPtr>();

        internal void* Allocate(int bytes)
        {
            IntPtr block = Marshal.AllocHGlobal(Math.Max(bytes, 1));
            blocks.Add(block);
            return (void*)block;
        }

        internal byte* Text(string text, string what)
        {
            byte[] bytes = Utf8.Bytes(text, what);
            if (bytes == null) return null;
            byte* copy = (byte*)Allocate(bytes.Length);
            Marshal.Copy(bytes, 0, (IntPtr)copy, bytes.Length);
            return copy;
        }

        internal byte* Required(string text, string what)
        {
            if (text == null) throw new ArgumentNullException(what);
            return Text(text, what);
        }

        internal dlgo_message* Messages(IEnumerable<Message> messages, out UIntPtr count)
        {
            if (messages == null) throw new ArgumentNullException(nameof(messages));
            List<Message> list = new List<Message>(messages);
            count = (UIntPtr)list.Count;
            dlgo_message* copy = (dlgo_message*)Allocate(list.Count * sizeof(dlgo_message));
            for (int i = 0; i < list.Count; i++)
            {
                if (list[i] == null) throw new ArgumentNullException(nameof(messages));
                copy[i].role = Required(list[i].Role, "role");
                copy[i].content = Required(list[i].Content, "content");
            }
            return copy;
        }

        public void Dispose()
        {
            foreach (IntPtr block in blocks) Marshal.FreeHGlobal(block);
            blocks.Clear();
        }
    }
}
