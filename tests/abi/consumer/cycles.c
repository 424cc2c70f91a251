/* cycles MODEL.gguf N: N times a session that generates, every 100th time a model too; the memory in use must not grow. */
#include <dlgo.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int32_t stop_at_once(const dlgo_token_event *event, void *user_data) {
    (void)event;
    return ++*(int *)user_data;
}

static dlgo_status cycle(dlgo_llm *llm, int i) {
    static const dlgo_message hello = {"user", "Hello"};
    dlgo_session_options context;
    dlgo_generate_options options;
    dlgo_session *session = NULL;
    dlgo_status status;
    dlgo_session_options_init(&context);
    context.n_ctx = 64;
    dlgo_generate_options_init(&options);
    options.max_tokens = 1;
    if ((status = dlgo_session_create(llm, &context, &session))) return status;
    if (i % 3 == 0) {
        int tokens = 0;
        status = dlgo_generate_stream(session, "Once", &options, stop_at_once, &tokens, NULL);
    } else {
        char *text = NULL;
        status = i % 3 == 1 ? dlgo_generate(session, "Once", &options, &text) : dlgo_chat(session, &hello, 1, &options, &text);
        dlgo_free(text);
    }
    if (!status && dlgo_session_eval(session, &(int32_t){-1}, 1, NULL) != DLGO_ERROR_INVALID_ARGUMENT) status = DLGO_ERROR_INTERNAL;
    dlgo_session_free(session);
    return status;
}

static long resident_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    if (file) fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv) {
    const int n = argc == 3 ? atoi(argv[2]) : 0;
    const int warm_up = n / 10; /* the allocator's caches fill */
    long before = 0, after;
    dlgo_llm *llm = NULL;
    dlgo_llm_options options;
    dlgo_llm_options_init(&options);
    options.device = "cpu";
    options.threads = 1;
    for (int i = 0; i < n; i++) {
        if (i % 100 == 0) {
            dlgo_llm_free(llm);
            llm = NULL;
        }
        if ((!llm && dlgo_llm_load(argv[1], &options, &llm)) || cycle(llm, i)) {
            fprintf(stderr, "cycle %d: %s\n", i, dlgo_last_error());
            return 1;
        }
        if (i == warm_up) before = resident_kib();
    }
    after = resident_kib();
    dlgo_llm_free(llm);
    printf("%d cycles, resident memory %ld KiB, then %ld KiB\n", n, before, after);
    return n < 1 || after > before + 2048;
}
