/* logits MODEL.gguf TEXT: the five most likely next tokens. */
#include <dlgo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TOKENS 1024

int main(int argc, char **argv) {
    static int32_t tokens[MAX_TOKENS];
    size_t n = 0;
    dlgo_llm *llm = NULL;
    dlgo_session *session = NULL;
    dlgo_llm_info info = {.struct_size = sizeof info};
    float *logits = NULL;

    if (argc != 3 || dlgo_llm_load(argv[1], NULL, &llm) || dlgo_llm_get_info(llm, &info) ||
        dlgo_session_create(llm, NULL, &session) ||
        dlgo_llm_tokenize(llm, argv[2], strlen(argv[2]), DLGO_TOKENIZE_ADD_BOS, tokens, MAX_TOKENS, &n) ||
        !(logits = malloc(info.vocab_size * sizeof *logits)) || dlgo_session_eval(session, tokens, n, logits)) {
        fprintf(stderr, "logits: %s\n", argc != 3 ? "usage: logits MODEL.gguf TEXT" : dlgo_last_error());
        return 1;
    }
    for (int rank = 0; rank < 5; rank++) {
        char text[64] = "";
        size_t length = 0;
        int32_t best = 0;
        for (uint32_t i = 1; i < info.vocab_size; i++) {
            if (logits[i] > logits[best]) best = (int32_t)i;
        }
        dlgo_llm_detokenize(llm, &best, 1, DLGO_DETOKENIZE_SPECIAL, text, sizeof text - 1, &length);
        printf("%8.3f  %6d  '%s'\n", logits[best], best, text);
        logits[best] = -1e30f;
    }
    free(logits);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return 0;
}
