/* cancel MODEL.gguf PROMPT: writes until the context is full or Ctrl-C is pressed. */
#include <dlgo.h>
#include <signal.h>
#include <stdio.h>

static dlgo_session *session;

static void on_signal(int number) {
    (void)number;
    dlgo_session_cancel(session); /* async-signal-safe */
}

static int32_t on_token(const dlgo_token_event *event, void *user_data) {
    (void)user_data;
    fputs(event->text, stdout);
    return fflush(stdout);
}

int main(int argc, char **argv) {
    dlgo_llm *llm = NULL;
    dlgo_status status;
    dlgo_stats stats = {.struct_size = sizeof stats};
    dlgo_generate_options options;
    dlgo_generate_options_init(&options);
    options.ignore_eos = 1;

    if (argc != 3 || dlgo_llm_load(argv[1], NULL, &llm) || dlgo_session_create(llm, NULL, &session)) {
        fprintf(stderr, "cancel: %s\n", argc != 3 ? "usage: cancel MODEL.gguf PROMPT" : dlgo_last_error());
        return 1;
    }
    signal(SIGINT, on_signal);
    status = dlgo_generate_stream(session, argv[2], &options, on_token, NULL, &stats);
    signal(SIGINT, SIG_DFL);
    printf("\n[%s after %llu tokens]\n", status == DLGO_ERROR_CANCELLED ? "cancelled" : dlgo_status_string(status),
           (unsigned long long)stats.generated_tokens);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return status != DLGO_OK && status != DLGO_ERROR_CANCELLED;
}
