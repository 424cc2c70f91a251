//! What chats are made of.

use std::ffi::CString;

use dlgo_sys as sys;

use crate::error::Result;
use crate::options::defaults;
use crate::text::{c_option, c_string, pointer};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// "system", "user", "assistant" or "tool".
    pub role: String,
    pub content: String,
}

impl Message {
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Message { role: role.into(), content: content.into() }
    }

    pub fn system(content: impl Into<String>) -> Self {
        Self::new("system", content)
    }

    pub fn user(content: impl Into<String>) -> Self {
        Self::new("user", content)
    }

    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new("assistant", content)
    }
}

/// The messages so far; a string is a question of the user.
#[derive(Clone, Debug)]
pub struct Conversation(Vec<Message>);

impl From<&str> for Conversation {
    fn from(question: &str) -> Self {
        Conversation(vec![Message::user(question)])
    }
}

impl From<String> for Conversation {
    fn from(question: String) -> Self {
        Conversation(vec![Message::user(question)])
    }
}

impl From<&String> for Conversation {
    fn from(question: &String) -> Self {
        question.as_str().into()
    }
}

impl From<Vec<Message>> for Conversation {
    fn from(messages: Vec<Message>) -> Self {
        Conversation(messages)
    }
}

impl From<&Vec<Message>> for Conversation {
    fn from(messages: &Vec<Message>) -> Self {
        Conversation(messages.clone())
    }
}

impl From<&[Message]> for Conversation {
    fn from(messages: &[Message]) -> Self {
        Conversation(messages.to_vec())
    }
}

impl<const N: usize> From<[Message; N]> for Conversation {
    fn from(messages: [Message; N]) -> Self {
        Conversation(messages.into())
    }
}

impl<const N: usize> From<&[Message; N]> for Conversation {
    fn from(messages: &[Message; N]) -> Self {
        Conversation(messages.to_vec())
    }
}

impl Conversation {
    pub(crate) fn to_raw(&self) -> Result<RawConversation> {
        let mut text = Vec::with_capacity(2 * self.0.len());
        let mut messages = Vec::with_capacity(self.0.len());
        for message in &self.0 {
            let (role, content) = (c_string(&message.role, "a role")?, c_string(&message.content, "a message")?);
            messages.push(sys::dlgo_message { role: role.as_ptr(), content: content.as_ptr() });
            text.push(role);
            text.push(content);
        }
        Ok(RawConversation { messages, _text: text })
    }
}

/// C structs and what they point to.
pub(crate) struct RawConversation {
    pub messages: Vec<sys::dlgo_message>,
    _text: Vec<CString>,
}

/// How a conversation becomes the text that the model reads.
#[derive(Clone, Debug)]
pub struct ChatOptions {
    raw: sys::dlgo_chat_options,
    template: Option<String>,
    tools: Option<String>,
    extra: Option<String>,
}

// SAFETY: the pointers in raw are NULL.
unsafe impl Send for ChatOptions {}
unsafe impl Sync for ChatOptions {}

impl ChatOptions {
    pub fn new() -> Self {
        ChatOptions { raw: defaults(sys::dlgo_chat_options_init), template: None, tools: None, extra: None }
    }

    /// End with the beginning of the assistant's answer (the default).
    pub fn add_generation_prompt(mut self, add: bool) -> Self {
        self.raw.add_generation_prompt = add.into();
        self
    }

    /// A Jinja template instead of the model's own.
    pub fn template_text(mut self, template: impl Into<String>) -> Self {
        self.template = Some(template.into());
        self
    }

    /// JSON array for the template's `tools`.
    pub fn tools_json(mut self, tools: impl Into<String>) -> Self {
        self.tools = Some(tools.into());
        self
    }

    /// JSON object of further variables of the template, such as `{"enable_thinking":false}`.
    pub fn extra_json(mut self, variables: impl Into<String>) -> Self {
        self.extra = Some(variables.into());
        self
    }

    /// Special tokens spelled out in messages become tokens; by default they stay text.
    pub fn parse_special(mut self, parse: bool) -> Self {
        self.raw.parse_special = parse.into();
        self
    }

    pub(crate) fn to_raw(&self) -> Result<RawChatOptions> {
        let template = c_option(&self.template, "template_text")?;
        let tools = c_option(&self.tools, "tools_json")?;
        let extra = c_option(&self.extra, "extra_json")?;
        let raw = sys::dlgo_chat_options {
            template_text: pointer(&template),
            tools_json: pointer(&tools),
            extra_json: pointer(&extra),
            ..self.raw
        };
        Ok(RawChatOptions { raw, _text: [template, tools, extra] })
    }
}

impl Default for ChatOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// The C struct and what it points to.
pub(crate) struct RawChatOptions {
    pub raw: sys::dlgo_chat_options,
    _text: [Option<CString>; 3],
}
