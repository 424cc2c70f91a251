/*
 * dlgo: an inference engine for GGUF models. C API, version 1.
 *
 * Conventions
 *   Status     Functions that can fail return dlgo_status: DLGO_OK (0) or a negative code. dlgo_last_error()
 *              gives the detail of the last failure in the calling thread. On failure, outputs are untouched
 *              unless a function says otherwise.
 *   Strings    UTF-8, zero-terminated unless a length is given; paths too.
 *   Options    Every options and info struct begins with struct_size and only ever grows at its end. Fill it with its
 *              _init() function, or set struct_size = sizeof(...) yourself and zero the rest where the field's comment
 *              says that 0 means the default. A smaller struct_size (older program) is accepted. NULL options = defaults.
 *   Ownership  A pointer returned through an out parameter belongs to the caller, who frees it with the free function
 *              of its type, or dlgo_free() for plain memory. Every free function accepts NULL. Handles keep what they
 *              need alive: a model may be freed before its sessions.
 *   Threads    A dlgo_llm is immutable and may be used from any number of threads. A session serves one thread at a
 *              time; a second concurrent call gets DLGO_ERROR_INVALID_ARGUMENT ("busy"). dlgo_session_cancel() may be called from
 *              any thread, and from a signal handler.
 *   Callbacks  Return 0 to go on, anything else to stop. They run on the thread that made the call.
 *   Fork       A child process must not use handles that were created before fork().
 *
 * The library never aborts the process and never writes to stdout or stderr (see dlgo_set_log_callback).
 */
#ifndef DLGO_H
#define DLGO_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#  if defined(DLGO_BUILD)
#    define DLGO_API __declspec(dllexport)
#  else
#    define DLGO_API __declspec(dllimport)
#  endif
#else
#  define DLGO_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- general ------------------------------------------------------------------------------------------------ */

/* The major number is the ABI: it changes only when an existing program would break. */
#define DLGO_VERSION_MAJOR 1
#define DLGO_VERSION_MINOR 0
#define DLGO_VERSION_PATCH 0
#define DLGO_ABI_VERSION 1

typedef int32_t dlgo_status;

#define DLGO_OK 0
#define DLGO_ERROR_INVALID_ARGUMENT (-1) /* NULL or out-of-range argument, busy session, bad UTF-8, ... */
#define DLGO_ERROR_IO (-2)               /* a file cannot be opened, read or written */
#define DLGO_ERROR_FORMAT (-3)           /* a file is corrupt, truncated or not of the expected format */
#define DLGO_ERROR_UNSUPPORTED (-4)      /* a valid file that needs what this version lacks; the message names it */
#define DLGO_ERROR_OUT_OF_MEMORY (-5)    /* host or device memory; the message names the bytes needed */
#define DLGO_ERROR_CONTEXT_FULL (-6)     /* the tokens do not fit into the session's context */
#define DLGO_ERROR_CANCELLED (-7)        /* dlgo_session_cancel(), or a callback stopped the call */
#define DLGO_ERROR_DEVICE (-8)           /* a device failed or was lost; sessions on it are unusable */
#define DLGO_ERROR_INTERNAL (-9)         /* a bug in dlgo */

/* DLGO_ABI_VERSION of the library that is loaded. */
DLGO_API uint32_t dlgo_abi_version(void);

/* "major.minor.patch"; static storage. */
DLGO_API const char *dlgo_version(void);

/* Name of a status such as "out of memory"; never NULL; static storage. */
DLGO_API const char *dlgo_status_string(dlgo_status status);

/* Detail of the last failure in this thread, "" if none. Valid until the next failing call of the thread. */
DLGO_API const char *dlgo_last_error(void);

/* 1 if this build on this machine has the feature, else 0. Names: "avx2", "avxvnni", "avx512", "avx512vnni", "amx",
 * "vulkan" (a Vulkan driver could be opened), "coopmat" (a device with cooperative matrices). Unknown names give 0. */
DLGO_API int32_t dlgo_has_feature(const char *name);

#define DLGO_LOG_ERROR 0
#define DLGO_LOG_WARN 1
#define DLGO_LOG_INFO 2
#define DLGO_LOG_DEBUG 3

/* message: one line without newline, valid during the call. May be called from any thread of the library. */
typedef void (*dlgo_log_callback)(int32_t level, const char *message, void *user_data);

/* Process-wide; NULL (the default) is silence. Thread-safe. */
DLGO_API void dlgo_set_log_callback(dlgo_log_callback callback, void *user_data);

/* Frees plain memory that the library returned (char *, arrays). */
DLGO_API void dlgo_free(void *memory);

#define DLGO_DEVICE_CPU 0
#define DLGO_DEVICE_GPU_DISCRETE 1
#define DLGO_DEVICE_GPU_INTEGRATED 2
#define DLGO_DEVICE_GPU_VIRTUAL 3
#define DLGO_DEVICE_SOFTWARE 4 /* a Vulkan device that is a CPU (llvmpipe): never chosen by "auto" */

typedef struct dlgo_device_info {
    uint32_t struct_size;
    int32_t type;          /* DLGO_DEVICE_* */
    char name[32];         /* what the `device` option takes: "cpu", "vulkan:0", "vulkan:1", ... */
    char description[256]; /* product name */
    char features[256];    /* space-separated, e.g. "avx2 f16c" or "int8dot coopmat f16" */
    uint64_t memory_total; /* bytes */
    uint64_t memory_free;  /* bytes, as far as the system tells; 0 = unknown */
} dlgo_device_info;

/* Devices of this machine; device 0 is always the CPU. */
DLGO_API int32_t dlgo_device_count(void);

/* info->struct_size must be set. INVALID_ARGUMENT for an index out of range. */
DLGO_API dlgo_status dlgo_device_get(int32_t index, dlgo_device_info *info);

/* ---- models ------------------------------------------------------------------------------------------------- */

typedef struct dlgo_llm dlgo_llm;         /* weights and tokenizer */
typedef struct dlgo_session dlgo_session; /* one conversation: KV cache and recurrent state */

/* fraction: 0..1 of the load. Non-zero stops the load with DLGO_ERROR_CANCELLED. */
typedef int32_t (*dlgo_progress_callback)(float fraction, void *user_data);

#define DLGO_GPU_LAYERS_AUTO (-1)
#define DLGO_MMAP_AUTO (-1)

typedef struct dlgo_llm_options {
    uint32_t struct_size;
    int32_t gpu_layers;     /* layers on the GPU: DLGO_GPU_LAYERS_AUTO = as many as fit, 0 = none. Default auto. */
    const char *device;     /* "auto" (also NULL): best GPU, else CPU; "cpu"; "vulkan" (best); "vulkan:N" */
    uint64_t vram_budget;   /* bytes of GPU memory to use at most; 0 = DLGO_VRAM_BUDGET or what is free */
    int32_t threads;        /* CPU threads, 1..512; 0 = one per physical core, within the cgroup's limit */
    int32_t vocab_only;     /* non-zero: tokenizer and metadata without weights; sessions cannot be created */
    int32_t use_mmap;       /* DLGO_MMAP_AUTO (default): map the file, and copy weights to where this CPU reads them faster, if they take at
                             * most an eighth of the free memory; 1: map it and leave them there, shared with other processes; 0: read it
                             * into memory */
    int32_t reserved0;      /* 0 */
    const char *isa;        /* CPU kernels: NULL = DLGO_ISA or the best; "scalar", "avx2", "avxvnni", "avx512vnni", "amx" */
    uint32_t max_context;   /* tokens of context to plan memory for; 0 = the model's training context */
    uint32_t reserved1;     /* 0 */
    dlgo_progress_callback progress;
    void *progress_user_data;
} dlgo_llm_options;

DLGO_API void dlgo_llm_options_init(dlgo_llm_options *options);

/* Loads a GGUF file (v2 or v3). For a split model pass its first shard (name-00001-of-0000N.gguf).
 * Errors: IO, FORMAT, UNSUPPORTED, OUT_OF_MEMORY, DEVICE, CANCELLED, INVALID_ARGUMENT. */
DLGO_API dlgo_status dlgo_llm_load(const char *path, const dlgo_llm_options *options, dlgo_llm **out);

/* Releases the caller's reference; sessions keep the weights alive. */
DLGO_API void dlgo_llm_free(dlgo_llm *llm);

typedef struct dlgo_memory_plan {
    uint32_t struct_size;
    int32_t layers;              /* of the model */
    int32_t gpu_layers;          /* of them on the GPU */
    int32_t reserved;
    char device[32];             /* GPU in use, or "cpu" */
    uint64_t host_weights;       /* bytes */
    uint64_t device_weights;
    uint64_t host_state;         /* KV cache and recurrent state of one session */
    uint64_t device_state;
    uint64_t host_scratch;       /* activations of one session */
    uint64_t device_scratch;
    uint64_t host_repacked;      /* bytes of host_weights that are a copy of the file */
} dlgo_memory_plan;

/* What dlgo_llm_load and one session would put where; reads only the file's header. out->struct_size must be set. */
DLGO_API dlgo_status dlgo_llm_estimate(const char *path, const dlgo_llm_options *options, dlgo_memory_plan *out);

typedef struct dlgo_llm_info {
    uint32_t struct_size;
    int32_t layers;
    char architecture[64];
    char name[256];
    char device[32];          /* where its layers run: "cpu" or "vulkan:N" */
    char isa[32];             /* CPU kernels in use */
    uint64_t parameters;
    uint64_t weight_bytes;
    uint64_t context_length;  /* the model was trained for */
    uint32_t vocab_size;
    uint32_t embedding_length;
    int32_t gpu_layers;
    int32_t threads;
    int32_t bos_token;        /* -1 = none; likewise below */
    int32_t eos_token;
    int32_t has_chat_template; /* 0: dlgo falls back to ChatML */
    int32_t has_weights;       /* 0: loaded with vocab_only */
    uint64_t active_parameters; /* per token: without the experts that are not chosen */
    uint64_t repacked_bytes;    /* of a copy of weights in host memory */
} dlgo_llm_info;

/* out->struct_size must be set. */
DLGO_API dlgo_status dlgo_llm_get_info(const dlgo_llm *llm, dlgo_llm_info *out);

/* Metadata of the file, as text (strings as they are, numbers in decimal, arrays shortened); *value is freed by dlgo_free(). Keys by index
 * 0 .. count-1 in file order. dlgo_llm_metadata_find gives INVALID_ARGUMENT for a missing key. */
DLGO_API size_t dlgo_llm_metadata_count(const dlgo_llm *llm);
DLGO_API dlgo_status dlgo_llm_metadata_get(const dlgo_llm *llm, size_t index, char **key, char **value);
DLGO_API dlgo_status dlgo_llm_metadata_find(const dlgo_llm *llm, const char *key, char **value);

typedef struct dlgo_tensor_info {
    uint32_t struct_size;
    uint32_t n_dims;
    uint64_t dims[4];  /* innermost first, as in the file */
    uint64_t bytes;
    char name[128];
    char type[16];     /* "Q4_K", "F32", ... */
    char device[32];   /* where it lives */
} dlgo_tensor_info;

DLGO_API size_t dlgo_llm_tensor_count(const dlgo_llm *llm);
DLGO_API dlgo_status dlgo_llm_tensor_get(const dlgo_llm *llm, size_t index, dlgo_tensor_info *out);

/* ---- text --------------------------------------------------------------------------------------------------- */

#define DLGO_TOKENIZE_ADD_BOS 1u        /* add the special tokens that the model's metadata asks for (BOS, EOS, ...) */
#define DLGO_TOKENIZE_PARSE_SPECIAL 2u  /* special tokens spelled out in the text become tokens */

/* text: len bytes, any bytes (invalid UTF-8 is tokenized byte by byte). *n = number of tokens, also when cap is too
 * small: then nothing is written and the result is INVALID_ARGUMENT; out may be NULL with cap 0 to ask for n (DLGO_OK). */
DLGO_API dlgo_status dlgo_llm_tokenize(const dlgo_llm *llm, const char *text, size_t len, uint32_t flags, int32_t *out,
                                       size_t cap, size_t *n);

#define DLGO_DETOKENIZE_SPECIAL 1u      /* render special tokens as their text instead of leaving them out */

/* *len = bytes (no terminator), with the rules of dlgo_llm_tokenize for cap. The text of a token sequence may end in
 * the middle of a UTF-8 character. */
DLGO_API dlgo_status dlgo_llm_detokenize(const dlgo_llm *llm, const int32_t *tokens, size_t n, uint32_t flags, char *out,
                                         size_t cap, size_t *len);

typedef struct dlgo_message {
    const char *role;    /* "system", "user", "assistant", "tool" */
    const char *content;
} dlgo_message;

typedef struct dlgo_chat_options {
    uint32_t struct_size;
    int32_t add_generation_prompt;  /* default 1: end with the beginning of the assistant's answer */
    const char *template_text;      /* a Jinja template instead of the model's own; NULL = the model's */
    const char *tools_json;         /* JSON array for the template's `tools`; NULL = none */
    const char *extra_json;         /* JSON object of further template variables, e.g. {"enable_thinking":false}; NULL = none */
    int32_t parse_special;          /* default 0: special tokens spelled out in message contents stay text.
                                       dlgo_llm_format_chat only renders text; this matters in dlgo_chat(). */
    int32_t reserved;
} dlgo_chat_options;

DLGO_API void dlgo_chat_options_init(dlgo_chat_options *options);

/* Renders messages with the chat template. *out is freed by dlgo_free(). INVALID_ARGUMENT with the template's own
 * message when it refuses the conversation, with line and reason when it cannot handle it; FORMAT when the template
 * is broken or does not end. */
DLGO_API dlgo_status dlgo_llm_format_chat(const dlgo_llm *llm, const dlgo_message *messages, size_t n,
                                          const dlgo_chat_options *options, char **out);

/* ---- sessions ----------------------------------------------------------------------------------------------- */

#define DLGO_KV_F16 0
#define DLGO_KV_F32 1

typedef struct dlgo_session_options {
    uint32_t struct_size;
    uint32_t n_ctx;      /* tokens of context; 0 = the model's context_length (or max_context of the load) */
    uint32_t n_ubatch;   /* rows per prefill step, 1..4096; 0 = 512 */
    int32_t kv_type;     /* DLGO_KV_*; default F16 */
} dlgo_session_options;

DLGO_API void dlgo_session_options_init(dlgo_session_options *options);
DLGO_API dlgo_status dlgo_session_create(dlgo_llm *llm, const dlgo_session_options *options, dlgo_session **out);
DLGO_API void dlgo_session_free(dlgo_session *session);

/* Appends n tokens. logits: vocab_size floats of the last token, or NULL. CONTEXT_FULL, CANCELLED or OUT_OF_MEMORY
 * leave the session at the position it had before the call (recurrent models included). */
DLGO_API dlgo_status dlgo_session_eval(dlgo_session *session, const int32_t *tokens, size_t n, float *logits);

/* The same; logits: n * vocab_size floats, row i after token i. */
DLGO_API dlgo_status dlgo_session_eval_all(dlgo_session *session, const int32_t *tokens, size_t n, float *logits);

/* Keeps the first n_keep tokens; 0 = reset. Recurrent models and windowed caches can only go back to where their state is
 * still known (0, the current position, or a checkpoint taken at the end of an eval): otherwise UNSUPPORTED. */
DLGO_API dlgo_status dlgo_session_truncate(dlgo_session *session, size_t n_keep);

/* Tokens in the session; 0 for NULL. Any thread. */
DLGO_API size_t dlgo_session_position(const dlgo_session *session);

/* The session's tokens and state in a file, for a session of the same model, context size not smaller than the position, same
 * kv_type. restore: FORMAT for a damaged file or one of another model; the session is then unchanged. */
DLGO_API dlgo_status dlgo_session_save(dlgo_session *session, const char *path);
DLGO_API dlgo_status dlgo_session_restore(dlgo_session *session, const char *path);

/* Makes the call in progress, if any, return CANCELLED within about one layer's time. Any thread; async-signal-safe. */
DLGO_API void dlgo_session_cancel(dlgo_session *session);

/* ---- generation --------------------------------------------------------------------------------------------- */

typedef struct dlgo_logit_bias {
    int32_t token;
    float bias;      /* added to the logit; -INFINITY forbids the token */
} dlgo_logit_bias;

typedef struct dlgo_generate_options {
    uint32_t struct_size;
    int32_t max_tokens;        /* default -1: until the model ends or the context is full */
    float temperature;         /* default 0.8; 0 = greedy */
    int32_t top_k;             /* default 40; 0 = off */
    float top_p;               /* default 0.95; 1 = off */
    float min_p;               /* default 0.05; 0 = off */
    float repetition_penalty;  /* default 1 = off */
    float presence_penalty;    /* default 0 = off */
    float frequency_penalty;   /* default 0 = off */
    int32_t penalty_last_n;    /* tokens looked back at; default 64; -1 = all */
    uint64_t seed;             /* default 0 = a new one each time */
    const char *const *stop;   /* n_stop strings that end the answer; they are not part of it */
    size_t n_stop;
    const dlgo_logit_bias *logit_bias;
    size_t n_logit_bias;
    const char *grammar;       /* GBNF with a rule "root"; NULL = none */
    const char *json_schema;   /* JSON Schema, "{}" = any JSON; NULL = none; not together with grammar */
    int32_t logprobs;          /* 0 = none; k >= 1: log probabilities of the token and its k best rivals (at most 20) */
    int32_t parse_special;     /* prompt of dlgo_generate*: non-zero = special tokens in it are parsed */
    int32_t ignore_eos;        /* non-zero: end-of-generation tokens do not end it */
    int32_t reserved;
    const dlgo_chat_options *chat; /* for dlgo_chat*; NULL = defaults */
} dlgo_generate_options;

DLGO_API void dlgo_generate_options_init(dlgo_generate_options *options);

typedef struct dlgo_token_logprob {
    int32_t token;
    float logprob;
} dlgo_token_logprob;

typedef struct dlgo_token_event {
    uint32_t struct_size;
    int32_t token;                    /* last token that contributed to text; -1: none (text flushed at the end) */
    const char *text;                 /* whole UTF-8 characters, zero-terminated, valid during the call */
    size_t text_len;
    float logprob;                    /* of token; 0 unless logprobs were asked for */
    uint32_t n_top;
    const dlgo_token_logprob *top;    /* n_top best, descending */
} dlgo_token_event;

typedef int32_t (*dlgo_token_callback)(const dlgo_token_event *event, void *user_data);

#define DLGO_STOP_EOS 0      /* the model ended its answer */
#define DLGO_STOP_LENGTH 1   /* max_tokens */
#define DLGO_STOP_STRING 2   /* a stop string */
#define DLGO_STOP_CONTEXT 3  /* the context is full */
#define DLGO_STOP_CALLBACK 4 /* the callback asked to stop */
#define DLGO_STOP_CANCEL 5   /* dlgo_session_cancel() */
#define DLGO_STOP_GRAMMAR 6  /* the grammar is complete */

typedef struct dlgo_stats {
    uint32_t struct_size;
    int32_t stop_reason;       /* DLGO_STOP_* */
    uint64_t prompt_tokens;    /* of the whole prompt */
    uint64_t cached_tokens;    /* of them already in the session */
    uint64_t generated_tokens;
    double prompt_ms;          /* evaluating what was not cached */
    double generate_ms;
    double load_ms;            /* of the model, once */
} dlgo_stats;

/* Appends prompt (special tokens such as BOS only at position 0) to the session and generates. *out: the answer, freed by
 * dlgo_free(). When the prompt does not fit: CONTEXT_FULL, session unchanged. */
DLGO_API dlgo_status dlgo_generate(dlgo_session *session, const char *prompt, const dlgo_generate_options *options,
                                   char **out);

/* The same, piece by piece. A stop by the callback or by a full context is DLGO_OK with its reason in stats; a cancel is
 * DLGO_ERROR_CANCELLED. stats may be NULL, else its struct_size must be set. */
DLGO_API dlgo_status dlgo_generate_stream(dlgo_session *session, const char *prompt, const dlgo_generate_options *options,
                                          dlgo_token_callback callback, void *user_data, dlgo_stats *stats);

/* The answer to a whole conversation: renders messages with the template, keeps the longest prefix that the session
 * already holds, evaluates the rest, generates. Text of messages never turns into special tokens unless options->chat->parse_special. */
DLGO_API dlgo_status dlgo_chat(dlgo_session *session, const dlgo_message *messages, size_t n,
                               const dlgo_generate_options *options, char **out);
DLGO_API dlgo_status dlgo_chat_stream(dlgo_session *session, const dlgo_message *messages, size_t n,
                                      const dlgo_generate_options *options, dlgo_token_callback callback, void *user_data,
                                      dlgo_stats *stats);

#ifdef __cplusplus
}
#endif
#endif /* DLGO_H */
