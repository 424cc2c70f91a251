/* overhead MODEL.gguf N: tokens per second of N greedy tokens, each streamed through a callback. Its siblings in the other languages do the
 * same. */
#include <dlgo.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct count {
    size_t events, bytes;
};

static int32_t on_token(const dlgo_token_event *event, void *user_data) {
    struct count *count = user_data;
    count->events++;
    count->bytes += event->text_len;
    return 0;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int argc, char **argv) {
    dlgo_llm_options load;
    dlgo_session_options context;
    dlgo_generate_options options;
    dlgo_stats stats = {.struct_size = sizeof stats};
    dlgo_llm *llm = NULL;
    dlgo_session *session = NULL;
    dlgo_llm_info info = {.struct_size = sizeof info};
    dlgo_logit_bias no_end = {0, -INFINITY};
    struct count count = {0, 0};
    double elapsed;

    dlgo_llm_options_init(&load);
    load.device = "cpu";
    load.threads = 1; /* the least noise */
    dlgo_session_options_init(&context);
    dlgo_generate_options_init(&options);
    options.temperature = 0;
    options.ignore_eos = 1;
    options.max_tokens = argc == 3 ? atoi(argv[2]) : 0;
    context.n_ctx = (uint32_t)options.max_tokens + 64;
    if (options.max_tokens < 1 || dlgo_llm_load(argv[1], &load, &llm) || dlgo_llm_get_info(llm, &info) ||
        dlgo_session_create(llm, &context, &session)) {
        fprintf(stderr, "overhead: %s\n", options.max_tokens < 1 ? "usage: overhead MODEL.gguf N" : dlgo_last_error());
        return 1;
    }
    no_end.token = info.eos_token; /* it has no text */
    options.logit_bias = &no_end;
    options.n_logit_bias = 1;
    elapsed = -seconds();
    if (dlgo_generate_stream(session, "Once upon a time", &options, on_token, &count, &stats)) {
        fprintf(stderr, "overhead: %s\n", dlgo_last_error());
        return 1;
    }
    elapsed += seconds();
    printf("%.1f tokens/s (%llu tokens, %zu pieces, %zu bytes)\n", (double)stats.generated_tokens / elapsed,
           (unsigned long long)stats.generated_tokens, count.events, count.bytes);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return 0;
}
