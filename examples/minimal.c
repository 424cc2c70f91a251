/* minimal MODEL.gguf [QUESTION]: one question, one answer. */
#include <dlgo.h>
#include <stdio.h>

int main(int argc, char **argv) {
    dlgo_message question = {"user", argc > 2 ? argv[2] : "What is the capital of France?"};
    dlgo_generate_options options;
    dlgo_llm *llm = NULL;
    dlgo_session *session = NULL;
    char *answer = NULL;

    dlgo_generate_options_init(&options);
    options.temperature = 0; /* greedy */

    if (argc < 2 || dlgo_llm_load(argv[1], NULL, &llm) || dlgo_session_create(llm, NULL, &session) ||
        dlgo_chat(session, &question, 1, &options, &answer)) {
        fprintf(stderr, "minimal: %s\n", argc < 2 ? "usage: minimal MODEL.gguf [QUESTION]" : dlgo_last_error());
        return 1;
    }
    puts(answer);

    dlgo_free(answer);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return 0;
}
