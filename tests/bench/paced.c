/* A library for LD_PRELOAD in front of libdlgo: dlgo_generate_stream() makes its tokens of nothing, with 1 ms of work before each, and tells how
 * long the callbacks kept it from the next one. So what a binding adds to a token at 1,000 tokens/s shows apart from the noise of a model.
 *   gcc -O2 -shared -fPIC -Iinclude tests/bench/paced.c -o paced.so
 *   LD_PRELOAD=./paced.so python3 tests/bench/overhead.py share/dlgo/demo.gguf 500 */
#include <dlgo.h>
#include <stdio.h>
#include <time.h>

static double microseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return 1e6 * (double)now.tv_sec + 1e-3 * (double)now.tv_nsec;
}

DLGO_API dlgo_status dlgo_generate_stream(dlgo_session *session, const char *prompt, const dlgo_generate_options *options,
                                          dlgo_token_callback callback, void *user_data, dlgo_stats *stats) {
    double used = 0, passed = 0;
    (void)session;
    (void)prompt;
    for (int32_t i = 0; i < options->max_tokens; i++) {
        const dlgo_token_event event = {.struct_size = sizeof event, .token = 1, .text = " word", .text_len = 5};
        const double work = microseconds(CLOCK_THREAD_CPUTIME_ID) + 1000;
        double thread, wall;
        while (microseconds(CLOCK_THREAD_CPUTIME_ID) < work) {
        }
        thread = microseconds(CLOCK_THREAD_CPUTIME_ID);
        wall = microseconds(CLOCK_MONOTONIC);
        if (callback(&event, user_data)) break;
        passed += microseconds(CLOCK_MONOTONIC) - wall;
        used += microseconds(CLOCK_THREAD_CPUTIME_ID) - thread;
    }
    fprintf(stderr, "%.2f us of the thread's processor time, %.2f us by the clock per callback\n", used / options->max_tokens,
            passed / options->max_tokens);
    if (stats) stats->generated_tokens = (uint64_t)options->max_tokens;
    return DLGO_OK;
}
