using System;
using System.Collections;
using System.Collections.Generic;
using System.Threading.Tasks;

// The part of xunit that the tests use, for where there is no NuGet.
namespace Xunit
{
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FactAttribute : Attribute
    {
    }

    [AttributeUsage(AttributeTargets.Assembly)]
    public sealed class CollectionBehaviorAttribute : Attribute
    {
        public bool DisableTestParallelization { get; set; }
    }

    public sealed class AssertException : Exception
    {
        public AssertException(string message) : base(message)
        {
        }
    }

    public static class Assert
    {
        public static void True(bool condition, string message = "expected true")
        {
            if (!condition) throw new AssertException(message);
        }

        public static void False(bool condition, string message = "expected false")
        {
            True(!condition, message);
        }

        public static void Equal<T>(T expected, T actual)
        {
            True(Same(expected, actual), "expected " + Show(expected) + ", is " + Show(actual));
        }

        public static void NotEqual<T>(T expected, T actual)
        {
            False(Same(expected, actual), "unexpected " + Show(actual));
        }

        public static void Same(object expected, object actual, string message = "not the same object")
        {
            True(ReferenceEquals(expected, actual), message);
        }

        public static void Null(object value)
        {
            True(value == null, "expected null, is " + Show(value));
        }

        public static void NotNull(object value)
        {
            True(value != null, "unexpected null");
        }

        public static void Empty(IEnumerable values)
        {
            True(!values.GetEnumerator().MoveNext(), "expected nothing");
        }

        public static void NotEmpty(IEnumerable values)
        {
            True(values.GetEnumerator().MoveNext(), "expected something");
        }

        public static void Contains(string part, string text)
        {
            True(text.Contains(part), Show(text) + " does not contain " + Show(part));
        }

        public static void DoesNotContain(string part, string text)
        {
            False(text.Contains(part), Show(text) + " contains " + Show(part));
        }

        public static T IsType<T>(object value)
        {
            True(value != null && value.GetType() == typeof(T), "expected " + typeof(T) + ", is " + Show(value));
            return (T)value;
        }

        public static T Throws<T>(Action action) where T : Exception
        {
            return Expected<T>(Caught(action), false);
        }

        public static T Throws<T>(Func<object> action) where T : Exception
        {
            return Expected<T>(Caught(() => action()), false);
        }

        public static T ThrowsAny<T>(Action action) where T : Exception
        {
            return Expected<T>(Caught(action), true);
        }

        public static T ThrowsAny<T>(Func<object> action) where T : Exception
        {
            return Expected<T>(Caught(() => action()), true);
        }

        public static async Task<T> ThrowsAnyAsync<T>(Func<Task> action) where T : Exception
        {
            Exception caught = null;
            try
            {
                await action();
            }
            catch (Exception error)
            {
                caught = error;
            }
            return Expected<T>(caught, true);
        }

        private static Exception Caught(Action action)
        {
            try
            {
                action();
                return null;
            }
            catch (Exception error)
            {
                return error;
            }
        }

        private static T Expected<T>(Exception caught, bool derived) where T : Exception
        {
            bool right = caught != null && (derived ? caught is T : caught.GetType() == typeof(T));
            True(right, "expected " + typeof(T) + ", caught " + (caught == null ? "nothing" : caught.ToString()));
            return (T)caught;
        }

        private static bool Same<T>(T a, T b)
        {
            IEnumerable left = a as IEnumerable, right = b as IEnumerable;
            if (left == null || right == null || a is string) return EqualityComparer<T>.Default.Equals(a, b);
            List<object> these = new List<object>(), those = new List<object>();
            foreach (object item in left) these.Add(item);
            foreach (object item in right) those.Add(item);
            if (these.Count != those.Count) return false;
            for (int i = 0; i < these.Count; i++)
            {
                if (!Equals(these[i], those[i])) return false;
            }
            return true;
        }

        private static string Show(object value)
        {
            if (value == null) return "null";
            IEnumerable items = value as IEnumerable;
            if (items == null || value is string) return "\"" + value + "\"";
            List<string> shown = new List<string>();
            foreach (object item in items) shown.Add(Show(item));
            return "[" + string.Join(", ", shown) + "]";
        }
    }
}
