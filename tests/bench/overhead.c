/* overhead MODEL.gguf N: tokens per second of N greedy tokens, streamed through a callback. Its siblings in the other languages do the same. */
#include <dlgo.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int32_t on_token(const dlgo_token_event *event, void *user_data) {
    *(size_t *)user_data += event->text_len;
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
    size_t bytes = 0;
    double elapsed;

    dlgo_llm_options_init(&load);
    load.device = "cpu";
    dlgo_session_options_init(&context);
    dlgo_generate_options_init(&options);
    options.temperature = 0;
    options.ignore_eos = 1;
    options.max_tokens = argc == 3 ? atoi(argv[2]) : 0;
    context.n_ctx = (uint32_t)options.max_tokens + 64;
    if (options.max_tokens < 1 || dlgo_llm_load(argv[1], &load, &llm) || dlgo_session_create(llm, &context, &session)) {
        fprintf(stderr, "overhead: %s\n", options.max_tokens < 1 ? "usage: overhead MODEL.gguf N" : dlgo_last_error());
        return 1;
    }
    elapsed = -seconds();
    if (dlgo_generate_stream(session, "Once upon a time", &options, on_token, &bytes, &stats)) {
        fprintf(stderr, "overhead: %s\n", dlgo_last_error());
        return 1;
    }
    elapsed += seconds();
    printf("%.1f tokens/s (%llu tokens, %zu bytes)\n", (double)stats.generated_tokens / elapsed, (unsigned long long)stats.generated_tokens, bytes);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return 0;
}
