using Dlgo.Native;

namespace Dlgo
{
    /// <summary>How a conversation is rendered as text.</summary>
    public sealed class ChatOptions
    {
        /// <summary>Ends with the beginning of the assistant's answer; default true.</summary>
        public bool AddGenerationPrompt { get; set; } = true;

        /// <summary>A Jinja template instead of the model's own.</summary>
        public string Template { get; set; }

        /// <summary>A JSON array for the template's <c>tools</c>.</summary>
        public string ToolsJson { get; set; }

        /// <summary>A JSON object of further variables of the template, such as {"enable_thinking":false}.</summary>
        public string ExtraJson { get; set; }

        /// <summary>Special tokens spelled out in messages become tokens; default false.</summary>
        public bool ParseSpecial { get; set; }

        internal unsafe dlgo_chat_options* ToNative(Arena arena)
        {
            dlgo_chat_options* native = (dlgo_chat_options*)arena.Allocate(sizeof(dlgo_chat_options));
            NativeMethods.dlgo_chat_options_init(native);
            native->add_generation_prompt = AddGenerationPrompt ? 1 : 0;
            native->template_text = arena.Text(Template, nameof(Template));
            native->tools_json = arena.Text(ToolsJson, nameof(ToolsJson));
            native->extra_json = arena.Text(ExtraJson, nameof(ExtraJson));
            native->parse_special = ParseSpecial ? 1 : 0;
            return native;
        }
    }
}
