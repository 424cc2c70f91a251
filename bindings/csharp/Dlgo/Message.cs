namespace Dlgo
{
    /// <summary>One message of a conversation.</summary>
    public sealed class Message
    {
        /// <summary>A message of a role.</summary>
        /// <param name="role">"system", "user", "assistant" or "tool"</param>
        /// <param name="content">its text</param>
        public Message(string role, string content)
        {
            Role = role;
            Content = content;
        }

        /// <summary>"system", "user", "assistant" or "tool".</summary>
        public string Role { get; }

        /// <summary>The text.</summary>
        public string Content { get; }

        /// <summary>A message of the user.</summary>
        public static Message User(string content)
        {
            return new Message("user", content);
        }

        /// <summary>A message that sets the scene.</summary>
        public static Message System(string content)
        {
            return new Message("system", content);
        }

        /// <summary>An answer of the model.</summary>
        public static Message Assistant(string content)
        {
            return new Message("assistant", content);
        }
    }
}
