using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Security;
using System.Text;
using System.Threading.Tasks;
using Xunit;

namespace Dlgo.Tests
{
    /// <summary>Runner JUNIT.xml [PART]: every test, or those whose name has a part.</summary>
    internal static class Runner
    {
        private static int Main(string[] arguments)
        {
            string part = arguments.Length > 1 ? arguments[1] : "";
            StringBuilder cases = new StringBuilder();
            int passed = 0, failed = 0;
            foreach (Type type in typeof(Runner).Assembly.GetTypes().OrderBy(t => t.Name))
            {
                foreach (MethodInfo method in type.GetMethods().Where(m => m.GetCustomAttributes(typeof(FactAttribute), false).Length > 0))
                {
                    string name = type.Name + "." + method.Name;
                    if (!name.Contains(part)) continue;
                    Stopwatch watch = Stopwatch.StartNew();
                    Exception error = Run(type, method);
                    string time = watch.Elapsed.TotalSeconds.ToString("0.000");
                    cases.AppendFormat("<testcase name=\"{0}\" time=\"{1}\">", name, time);
                    if (error == null) passed++;
                    else
                    {
                        failed++;
                        cases.AppendFormat("<failure>{0}</failure>", SecurityElement.Escape(error.ToString()));
                        Console.WriteLine("FAILED {0}\n{1}", name, error);
                    }
                    cases.Append("</testcase>\n");
                    Console.WriteLine("{0,8} s  {1}", time, name);
                }
            }
            if (arguments.Length > 0)
            {
                string counts = string.Format("tests=\"{0}\" failures=\"{1}\" skipped=\"0\" errors=\"0\"", passed + failed, failed);
                File.WriteAllText(arguments[0], "<testsuite name=\"csharp\" " + counts + ">\n" + cases + "</testsuite>\n");
            }
            Console.WriteLine("{0} passed, {1} failed", passed, failed);
            return failed > 0 ? 1 : 0;
        }

        private static Exception Run(Type type, MethodInfo method)
        {
            try
            {
                object instance = Activator.CreateInstance(type);
                Task task = method.Invoke(instance, null) as Task;
                if (task != null) task.GetAwaiter().GetResult();
                IDisposable disposable = instance as IDisposable;
                if (disposable != null) disposable.Dispose();
                return null;
            }
            catch (TargetInvocationException error)
            {
                return error.InnerException;
            }
            catch (Exception error)
            {
                return error;
            }
        }
    }
}
