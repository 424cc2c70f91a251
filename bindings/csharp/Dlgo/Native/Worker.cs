using System;
using System.Collections.Generic;
using System.Threading;

namespace Dlgo.Native
{
    /// <summary>Threads of generations, used again: the pool's are too few for work that lasts, and each new one costs memory until the next
    /// collection.</summary>
    internal sealed class Worker
    {
        private const int IdleMilliseconds = 10000; // then it ends

        private static readonly List<Worker> Idle = new List<Worker>();
        private Action work;

        internal static void Run(Action work)
        {
            lock (Idle)
            {
                if (Idle.Count > 0)
                {
                    Idle[Idle.Count - 1].work = work;
                    Idle.RemoveAt(Idle.Count - 1);
                    Monitor.PulseAll(Idle);
                    return;
                }
            }
            new Thread(new Worker { work = work }.Loop) { IsBackground = true, Name = "dlgo" }.Start();
        }

        private void Loop()
        {
            while (true)
            {
                work();
                lock (Idle)
                {
                    work = null;
                    Idle.Add(this);
                    DateTime end = DateTime.UtcNow.AddMilliseconds(IdleMilliseconds);
                    while (work == null)
                    {
                        double left = (end - DateTime.UtcNow).TotalMilliseconds;
                        if (left < 1 || left > IdleMilliseconds) // or the clock was set back
                        {
                            Idle.Remove(this);
                            return;
                        }
                        Monitor.Wait(Idle, (int)left);
                    }
                }
            }
        }
    }
}
