//! Size and offsets of every struct, against the table that all languages are checked with.

use std::collections::BTreeMap;
use std::path::Path;

use dlgo_sys::*;

type Table = BTreeMap<String, Vec<usize>>;

// All fields must be listed: the pattern has no `..`.
macro_rules! describe {
    ($table:ident, $name:ident { $($field:ident),* }) => {{
        let value: $name = unsafe { std::mem::zeroed() };
        let base = std::ptr::addr_of!(value) as usize;
        $table.insert(stringify!($name).to_string(), vec![std::mem::size_of::<$name>()]);
        $(
            let key = format!("{}.{}", stringify!($name), stringify!($field).trim_end_matches('_'));
            $table.insert(key, vec![std::ptr::addr_of!(value.$field) as usize - base, std::mem::size_of_val(&value.$field)]);
        )*
        let $name { $($field: _),* } = value;
    }};
}

fn rust_table() -> Table {
    let mut table = Table::new();
    describe!(table, dlgo_device_info { struct_size, type_, name, description, features, memory_total, memory_free });
    describe!(
        table,
        dlgo_llm_options {
            struct_size,
            gpu_layers,
            device,
            vram_budget,
            threads,
            vocab_only,
            use_mmap,
            reserved0,
            isa,
            max_context,
            reserved1,
            progress,
            progress_user_data
        }
    );
    describe!(
        table,
        dlgo_memory_plan {
            struct_size,
            layers,
            gpu_layers,
            reserved,
            device,
            host_weights,
            device_weights,
            host_state,
            device_state,
            host_scratch,
            device_scratch,
            host_repacked
        }
    );
    describe!(
        table,
        dlgo_llm_info {
            struct_size,
            layers,
            architecture,
            name,
            device,
            isa,
            parameters,
            weight_bytes,
            context_length,
            vocab_size,
            embedding_length,
            gpu_layers,
            threads,
            bos_token,
            eos_token,
            has_chat_template,
            has_weights,
            active_parameters,
            repacked_bytes
        }
    );
    describe!(table, dlgo_tensor_info { struct_size, n_dims, dims, bytes, name, type_, device });
    describe!(table, dlgo_message { role, content });
    describe!(
        table,
        dlgo_chat_options { struct_size, add_generation_prompt, template_text, tools_json, extra_json, parse_special, reserved }
    );
    describe!(table, dlgo_session_options { struct_size, n_ctx, n_ubatch, kv_type });
    describe!(table, dlgo_logit_bias { token, bias });
    describe!(
        table,
        dlgo_generate_options {
            struct_size,
            max_tokens,
            temperature,
            top_k,
            top_p,
            min_p,
            repetition_penalty,
            presence_penalty,
            frequency_penalty,
            penalty_last_n,
            seed,
            stop,
            n_stop,
            logit_bias,
            n_logit_bias,
            grammar,
            json_schema,
            logprobs,
            parse_special,
            ignore_eos,
            reserved,
            chat
        }
    );
    describe!(table, dlgo_token_logprob { token, logprob });
    describe!(table, dlgo_token_event { struct_size, token, text, text_len, logprob, n_top, top });
    describe!(
        table,
        dlgo_stats { struct_size, stop_reason, prompt_tokens, cached_tokens, generated_tokens, prompt_ms, generate_ms, load_ms }
    );
    table
}

fn c_table(text: &str) -> Table {
    let words = text.lines().map(|line| line.trim_start_matches("struct ").split_whitespace());
    words.filter_map(|mut w| Some((w.next()?.to_string(), w.map(|n| n.parse().unwrap()).collect()))).collect()
}

#[test]
fn structs_are_those_of_the_header() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/abi/layout.txt");
    match std::fs::read_to_string(&path) {
        Ok(text) => assert_eq!(rust_table(), c_table(&text)),
        Err(_) => eprintln!("skipped: there is no {}", path.display()),
    }
}
