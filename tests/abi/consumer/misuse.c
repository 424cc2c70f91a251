/* misuse MODEL.gguf: wrong arguments, short structs, every order of freeing, stopping, many threads, two threads on one session, cancelling. */
#include <dlgo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_int failures;

#define EXPECT(condition)                                                                      \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            failures++;                                                                        \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, dlgo_last_error());    \
        }                                                                                      \
    } while (0)
#define REFUSED(call) EXPECT((call) == DLGO_ERROR_INVALID_ARGUMENT)

static const char *model;
static const dlgo_message hello = {"user", "Hello"};

static dlgo_llm *load(void) {
    dlgo_llm_options options;
    dlgo_llm *llm = NULL;
    dlgo_llm_options_init(&options);
    options.device = "cpu";
    EXPECT(dlgo_llm_load(model, &options, &llm) == DLGO_OK);
    return llm;
}

static dlgo_session *create(dlgo_llm *llm) {
    dlgo_session *session = NULL;
    EXPECT(dlgo_session_create(llm, NULL, &session) == DLGO_OK);
    return session;
}

static int32_t stop(const dlgo_token_event *event, void *user_data) {
    (void)event;
    (void)user_data;
    return 1;
}

static int32_t go_on(const dlgo_token_event *event, void *user_data) {
    (void)event;
    ++*(atomic_int *)user_data;
    return 0;
}

static int32_t refuse_progress(float fraction, void *user_data) {
    (void)fraction;
    (void)user_data;
    return 1;
}

static int32_t go_on_loading(float fraction, void *user_data) {
    (void)fraction;
    (void)user_data;
    return 0;
}

static void null_arguments(dlgo_llm *llm, dlgo_session *session) {
    dlgo_llm *no_llm = NULL;
    dlgo_session *no_session = NULL;
    dlgo_llm_info info = {.struct_size = sizeof info};
    dlgo_memory_plan plan = {.struct_size = sizeof plan};
    dlgo_tensor_info tensor = {.struct_size = sizeof tensor};
    dlgo_device_info device = {.struct_size = sizeof device};
    const int32_t token = 0;
    int32_t tokens[4];
    char *text = NULL, *other = NULL, buffer[16];
    size_t n = 0;

    REFUSED(dlgo_device_get(0, NULL));
    REFUSED(dlgo_device_get(-1, &device));
    REFUSED(dlgo_device_get(1 << 20, &device));
    REFUSED(dlgo_llm_load(NULL, NULL, &no_llm));
    REFUSED(dlgo_llm_load(model, NULL, NULL));
    REFUSED(dlgo_llm_estimate(NULL, NULL, &plan));
    REFUSED(dlgo_llm_estimate(model, NULL, NULL));
    REFUSED(dlgo_llm_get_info(NULL, &info));
    REFUSED(dlgo_llm_get_info(llm, NULL));
    EXPECT(dlgo_llm_metadata_count(NULL) == 0);
    REFUSED(dlgo_llm_metadata_get(NULL, 0, &text, &other));
    REFUSED(dlgo_llm_metadata_get(llm, dlgo_llm_metadata_count(llm), &text, &other));
    REFUSED(dlgo_llm_metadata_find(llm, NULL, &text));
    REFUSED(dlgo_llm_metadata_find(llm, "no.such.key", &text));
    REFUSED(dlgo_llm_metadata_find(llm, "general.architecture", NULL));
    EXPECT(dlgo_llm_tensor_count(NULL) == 0);
    REFUSED(dlgo_llm_tensor_get(NULL, 0, &tensor));
    REFUSED(dlgo_llm_tensor_get(llm, dlgo_llm_tensor_count(llm), &tensor));
    REFUSED(dlgo_llm_tensor_get(llm, 0, NULL));
    REFUSED(dlgo_llm_tokenize(NULL, "a", 1, 0, tokens, 4, &n));
    REFUSED(dlgo_llm_tokenize(llm, NULL, 1, 0, tokens, 4, &n));
    REFUSED(dlgo_llm_tokenize(llm, "a", 1, 0, tokens, 4, NULL));
    REFUSED(dlgo_llm_detokenize(NULL, &token, 1, 0, buffer, sizeof buffer, &n));
    REFUSED(dlgo_llm_detokenize(llm, NULL, 1, 0, buffer, sizeof buffer, &n));
    REFUSED(dlgo_llm_detokenize(llm, &token, 1, 0, buffer, sizeof buffer, NULL));
    REFUSED(dlgo_llm_format_chat(NULL, &hello, 1, NULL, &text));
    REFUSED(dlgo_llm_format_chat(llm, NULL, 1, NULL, &text));
    REFUSED(dlgo_llm_format_chat(llm, &hello, 1, NULL, NULL));
    REFUSED(dlgo_llm_format_chat(llm, &(dlgo_message){NULL, "x"}, 1, NULL, &text));
    REFUSED(dlgo_session_create(NULL, NULL, &no_session));
    REFUSED(dlgo_session_create(llm, NULL, NULL));
    REFUSED(dlgo_session_eval(NULL, &token, 1, NULL));
    REFUSED(dlgo_session_eval(session, NULL, 1, NULL));
    REFUSED(dlgo_session_eval(session, &(int32_t){-1}, 1, NULL));
    REFUSED(dlgo_session_eval(session, &(int32_t){1 << 30}, 1, NULL));
    REFUSED(dlgo_session_eval_all(session, &token, 1, NULL));
    REFUSED(dlgo_session_truncate(NULL, 0));
    REFUSED(dlgo_session_truncate(session, 1000));
    EXPECT(dlgo_session_position(NULL) == 0);
    REFUSED(dlgo_session_save(NULL, "x"));
    REFUSED(dlgo_session_save(session, NULL));
    REFUSED(dlgo_session_restore(NULL, "x"));
    REFUSED(dlgo_session_restore(session, NULL));
    dlgo_session_cancel(NULL);
    REFUSED(dlgo_generate(NULL, "a", NULL, &text));
    REFUSED(dlgo_generate(session, NULL, NULL, &text));
    REFUSED(dlgo_generate(session, "a", NULL, NULL));
    REFUSED(dlgo_generate_stream(NULL, "a", NULL, stop, NULL, NULL));
    REFUSED(dlgo_generate_stream(session, NULL, NULL, stop, NULL, NULL));
    REFUSED(dlgo_generate_stream(session, "a", NULL, NULL, NULL, NULL));
    REFUSED(dlgo_chat(session, NULL, 1, NULL, &text));
    REFUSED(dlgo_chat(session, &hello, 1, NULL, NULL));
    REFUSED(dlgo_chat(NULL, &hello, 1, NULL, &text));
    REFUSED(dlgo_chat_stream(session, &hello, 1, NULL, NULL, NULL, NULL));
    REFUSED(dlgo_chat_stream(session, &(dlgo_message){"user", NULL}, 1, NULL, stop, NULL, NULL));
    dlgo_llm_options_init(NULL);
    dlgo_chat_options_init(NULL);
    dlgo_session_options_init(NULL);
    dlgo_generate_options_init(NULL);
    dlgo_llm_free(NULL);
    dlgo_session_free(NULL);
    dlgo_free(NULL);
    EXPECT(no_llm == NULL && no_session == NULL && text == NULL && other == NULL);
    EXPECT(dlgo_session_position(session) == 0);
    EXPECT(dlgo_status_string(12345) != NULL && dlgo_has_feature(NULL) == 0 && dlgo_has_feature("no such") == 0);
}

static void out_of_range(dlgo_llm *llm, dlgo_session *session) {
    dlgo_llm_options load_options;
    dlgo_session_options session_options;
    dlgo_generate_options options;
    dlgo_llm *no_llm = NULL;
    dlgo_session *no_session = NULL;
    char *text = NULL;

    dlgo_llm_options_init(&load_options);
    load_options.device = "toaster";
    EXPECT(dlgo_llm_load(model, &load_options, &no_llm) < 0);
    dlgo_llm_options_init(&load_options);
    load_options.threads = -1;
    REFUSED(dlgo_llm_load(model, &load_options, &no_llm));
    load_options.threads = 100000;
    REFUSED(dlgo_llm_load(model, &load_options, &no_llm));
    dlgo_llm_options_init(&load_options);
    load_options.isa = "z80";
    EXPECT(dlgo_llm_load(model, &load_options, &no_llm) < 0);
    dlgo_llm_options_init(&load_options);
    load_options.struct_size = 1;
    REFUSED(dlgo_llm_load(model, &load_options, &no_llm));
    dlgo_llm_options_init(&load_options);
    load_options.progress = refuse_progress;
    EXPECT(dlgo_llm_load(model, &load_options, &no_llm) == DLGO_ERROR_CANCELLED);

    dlgo_session_options_init(&session_options);
    session_options.kv_type = 99;
    REFUSED(dlgo_session_create(llm, &session_options, &no_session));
    dlgo_session_options_init(&session_options);
    session_options.n_ubatch = 1u << 30;
    REFUSED(dlgo_session_create(llm, &session_options, &no_session));

    dlgo_generate_options_init(&options);
    options.grammar = "root ::= (";
    EXPECT(dlgo_generate(session, "a", &options, &text) < 0);
    dlgo_generate_options_init(&options);
    options.json_schema = "{";
    EXPECT(dlgo_generate(session, "a", &options, &text) < 0);
    dlgo_generate_options_init(&options);
    options.n_stop = 1;
    REFUSED(dlgo_generate(session, "a", &options, &text));
    dlgo_generate_options_init(&options);
    options.n_logit_bias = 1;
    REFUSED(dlgo_generate(session, "a", &options, &text));
    EXPECT(no_llm == NULL && no_session == NULL && text == NULL && dlgo_session_position(session) == 0);
}

/* A program built against an older header passes a smaller struct_size and no bytes behind it: `size` bytes of `whole` in memory of their own. */
static void *cut(const void *whole, size_t size) {
    const uint32_t struct_size = (uint32_t)size;
    void *out = malloc(size);
    memcpy(out, whole, size);
    memcpy(out, &struct_size, sizeof struct_size);
    return out;
}

/* Every size, also those that end within a field; all pointers are set, so that half of one would be noticed. */
static void short_options(dlgo_llm *llm) {
    static const char *const stop_strings[] = {"nothing"};
    static const dlgo_logit_bias bias = {1, 0};
    static const char template_text[] = "{{ messages[0].content }}";
    dlgo_llm_options load_options;
    dlgo_session_options session_options;
    dlgo_chat_options chat;
    dlgo_generate_options generate;
    dlgo_session *session = create(llm);
    size_t size;

    dlgo_llm_options_init(&load_options);
    load_options.device = "cpu";
    load_options.isa = "scalar";
    load_options.vocab_only = 1;
    load_options.progress = go_on_loading;
    load_options.progress_user_data = (void *)stop_strings;
    for (size = 4; size <= sizeof load_options; size++) {
        dlgo_llm_options *options = cut(&load_options, size);
        dlgo_llm *other = NULL;
        EXPECT(dlgo_llm_load(model, options, &other) == DLGO_OK);
        dlgo_llm_free(other);
        free(options);
    }

    dlgo_session_options_init(&session_options);
    session_options.n_ctx = 64;
    for (size = 4; size <= sizeof session_options; size++) {
        dlgo_session_options *options = cut(&session_options, size);
        dlgo_session *other = NULL;
        EXPECT(dlgo_session_create(llm, options, &other) == DLGO_OK);
        dlgo_session_free(other);
        free(options);
    }

    dlgo_chat_options_init(&chat);
    chat.template_text = template_text;
    chat.tools_json = "[]";
    chat.extra_json = "{}";
    for (size = 4; size <= sizeof chat; size++) {
        dlgo_chat_options *options = cut(&chat, size);
        char *text = NULL;
        EXPECT(dlgo_llm_format_chat(llm, &hello, 1, options, &text) == DLGO_OK);
        dlgo_free(text);
        free(options);
    }

    dlgo_generate_options_init(&generate);
    generate.max_tokens = 1;
    generate.temperature = 0;
    generate.seed = 5;
    generate.stop = stop_strings;
    generate.n_stop = 1;
    generate.logit_bias = &bias;
    generate.n_logit_bias = 1;
    generate.grammar = "root ::= [a-z A-Z]*";
    generate.chat = &chat;
    for (size = 4; size <= sizeof generate; size++) {
        dlgo_generate_options *options = cut(&generate, size);
        dlgo_stats stats = {.struct_size = (uint32_t)(size < sizeof stats ? size : sizeof stats)};
        EXPECT(dlgo_chat_stream(session, &hello, 1, options, stop, NULL, &stats) == DLGO_OK);
        free(options);
    }
    dlgo_session_free(session);
}

static void short_infos(dlgo_llm *llm) {
    size_t size;
#define EACH_SIZE(type, call)                                                                  \
    for (size = 0; size <= sizeof(type); size++) {                                             \
        type *out = calloc(1, size < 4 ? 4 : size);                                            \
        out->struct_size = (uint32_t)size;                                                     \
        EXPECT((call) == (size < 4 ? DLGO_ERROR_INVALID_ARGUMENT : DLGO_OK));                  \
        EXPECT(out->struct_size == size);                                                      \
        free(out);                                                                             \
    }
    EACH_SIZE(dlgo_llm_info, dlgo_llm_get_info(llm, out))
    EACH_SIZE(dlgo_tensor_info, dlgo_llm_tensor_get(llm, 0, out))
    EACH_SIZE(dlgo_device_info, dlgo_device_get(0, out))
    EACH_SIZE(dlgo_memory_plan, dlgo_llm_estimate(model, NULL, out))
}

static void free_in_any_order(void) {
    static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (int i = 0; i < 6; i++) {
        dlgo_llm *llm = load();
        dlgo_session *sessions[2] = {create(llm), create(llm)};
        for (int k = 0; k < 3; k++) {
            if (orders[i][k] == 0) {
                dlgo_llm_free(llm);
            } else {
                dlgo_session *session = sessions[orders[i][k] - 1];
                EXPECT(dlgo_session_eval(session, &(int32_t){1}, 1, NULL) == DLGO_OK);
                dlgo_session_free(session);
            }
        }
    }
}

struct run {
    dlgo_session *session;
    atomic_int tokens;
    dlgo_status status;
    dlgo_stats stats;
};

static void *generate_forever(void *argument) {
    struct run *run = argument;
    dlgo_generate_options options;
    dlgo_generate_options_init(&options);
    options.ignore_eos = 1;
    run->stats.struct_size = sizeof run->stats;
    run->status = dlgo_generate_stream(run->session, "Once", &options, go_on, &run->tokens, &run->stats);
    return NULL;
}

static void busy_and_cancel(dlgo_llm *llm) {
    dlgo_session_options session_options;
    struct run run = {.session = NULL};
    pthread_t thread;
    dlgo_session_options_init(&session_options);
    session_options.n_ctx = 16384;
    EXPECT(dlgo_session_create(llm, &session_options, &run.session) == DLGO_OK);
    pthread_create(&thread, NULL, generate_forever, &run);
    while (run.tokens < 2) {
    }
    REFUSED(dlgo_session_eval(run.session, &(int32_t){1}, 1, NULL));
    EXPECT(strstr(dlgo_last_error(), "busy") != NULL);
    dlgo_session_cancel(run.session);
    pthread_join(thread, NULL);
    EXPECT(run.status == DLGO_ERROR_CANCELLED && run.stats.stop_reason == DLGO_STOP_CANCEL);
    EXPECT(dlgo_session_truncate(run.session, 0) == DLGO_OK);
    EXPECT(dlgo_session_eval(run.session, &(int32_t){1}, 1, NULL) == DLGO_OK);
    dlgo_session_free(run.session);
}

static void callback_stops(dlgo_llm *llm) {
    dlgo_session *session = create(llm);
    dlgo_stats stats = {.struct_size = sizeof stats};
    dlgo_generate_options options;
    dlgo_generate_options_init(&options);
    options.ignore_eos = 1;
    for (int i = 0; i < 3; i++) {
        EXPECT(dlgo_generate_stream(session, "Once", &options, stop, NULL, &stats) == DLGO_OK);
        EXPECT(stats.stop_reason == DLGO_STOP_CALLBACK && stats.generated_tokens > 0);
    }
    dlgo_session_free(session);
}

struct chatter {
    dlgo_llm *llm;
    const char *expected;
    char *wrong;
};

/* One thread's eight sessions, in turn. */
static void *chat_in_eight(void *argument) {
    struct chatter *self = argument;
    dlgo_session *sessions[8] = {NULL};
    dlgo_session_options session_options;
    dlgo_generate_options options;
    dlgo_session_options_init(&session_options);
    session_options.n_ctx = 128;
    dlgo_generate_options_init(&options);
    options.temperature = 0;
    options.max_tokens = 12;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 8; i++) {
            char *text = NULL;
            if (!sessions[i]) EXPECT(dlgo_session_create(self->llm, &session_options, &sessions[i]) == DLGO_OK);
            EXPECT(dlgo_chat(sessions[i], &hello, 1, &options, &text) == DLGO_OK);
            if (!text || (self->expected && strcmp(text, self->expected) != 0)) self->wrong = text;
            else if (!self->expected) self->expected = text;
            else dlgo_free(text);
        }
    }
    for (int i = 0; i < 8; i++) dlgo_session_free(sessions[i]);
    return NULL;
}

static void eight_threads_with_eight_sessions(dlgo_llm *llm) {
    pthread_t threads[8];
    struct chatter chatters[8];
    for (int i = 0; i < 8; i++) {
        chatters[i] = (struct chatter){llm, NULL, NULL};
        pthread_create(&threads[i], NULL, chat_in_eight, &chatters[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(chatters[i].expected && !chatters[i].wrong && strcmp(chatters[i].expected, chatters[0].expected) == 0);
    }
    for (int i = 0; i < 8; i++) {
        dlgo_free((char *)chatters[i].expected);
        dlgo_free(chatters[i].wrong);
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    model = argv[1];
    dlgo_llm *llm = load();
    dlgo_session *session = create(llm);
    null_arguments(llm, session);
    out_of_range(llm, session);
    short_options(llm);
    short_infos(llm);
    free_in_any_order();
    callback_stops(llm);
    busy_and_cancel(llm);
    eight_threads_with_eight_sessions(llm);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return failures ? 1 : 0;
}
