/* chat MODEL.gguf [QUESTION...]: streams the answers; without a question it reads one a line from standard input. */
#include <dlgo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGES 64

static char answer[65536];

static int32_t on_token(const dlgo_token_event *event, void *user_data) {
    size_t *used = user_data;
    fputs(event->text, stdout);
    fflush(stdout);
    if (*used + event->text_len >= sizeof answer) return 1; /* stop */
    memcpy(answer + *used, event->text, event->text_len + 1);
    *used += event->text_len;
    return 0;
}

static char *copy(const char *text) { return strcpy(malloc(strlen(text) + 1), text); }

int main(int argc, char **argv) {
    dlgo_message history[MAX_MESSAGES];
    size_t n = 0;
    char line[4096] = "";
    dlgo_llm *llm = NULL;
    dlgo_session *session = NULL;
    dlgo_generate_options options;
    dlgo_generate_options_init(&options);
    options.temperature = 0;

    if (argc < 2 || dlgo_llm_load(argv[1], NULL, &llm) || dlgo_session_create(llm, NULL, &session)) {
        fprintf(stderr, "chat: %s\n", argc < 2 ? "usage: chat MODEL.gguf [QUESTION...]" : dlgo_last_error());
        return 1;
    }
    for (int i = 2; n + 2 <= MAX_MESSAGES; i++) {
        size_t used = 0;
        const char *question = argc > 2 ? (i < argc ? argv[i] : NULL) : fgets(line, sizeof line, stdin);
        if (!question) break;
        line[strcspn(line, "\n")] = '\0';
        history[n++] = (dlgo_message){"user", copy(question)};
        answer[0] = '\0';
        if (dlgo_chat_stream(session, history, n, &options, on_token, &used, NULL)) {
            fprintf(stderr, "chat: %s\n", dlgo_last_error());
            return 1;
        }
        history[n++] = (dlgo_message){"assistant", copy(answer)};
        putchar('\n');
    }
    while (n > 0) free((char *)history[--n].content);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return 0;
}
