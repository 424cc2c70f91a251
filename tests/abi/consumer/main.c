/* consumer MODEL.gguf: uses the installed library as a stranger would. */
#include <dlgo.h>
#include <stdio.h>
#include <string.h>

#define EXPECT(condition)                                                                        \
    do {                                                                                         \
        if (!(condition)) {                                                                      \
            fprintf(stderr, "line %d: %s (%s)\n", __LINE__, #condition, dlgo_last_error());      \
            return 1;                                                                            \
        }                                                                                        \
    } while (0)

int main(int argc, char **argv) {
    dlgo_llm *llm = NULL;
    dlgo_session *session = NULL;
    dlgo_message question = {"user", "What is the capital of France?"};
    dlgo_generate_options options;
    char *answer = NULL;

    EXPECT(dlgo_abi_version() == DLGO_ABI_VERSION);
    EXPECT(dlgo_llm_load(NULL, NULL, &llm) == DLGO_ERROR_INVALID_ARGUMENT);
    EXPECT(dlgo_llm_load("/nonexistent.gguf", NULL, &llm) == DLGO_ERROR_IO && llm == NULL);
    EXPECT(strstr(dlgo_last_error(), "nonexistent.gguf") != NULL);
    EXPECT(dlgo_device_count() >= 1);
    dlgo_llm_free(NULL);

    EXPECT(argc == 2);
    dlgo_generate_options_init(&options);
    options.temperature = 0;
    EXPECT(dlgo_llm_load(argv[1], NULL, &llm) == DLGO_OK);
    EXPECT(dlgo_session_create(llm, NULL, &session) == DLGO_OK);
    EXPECT(dlgo_chat(session, &question, 1, &options, &answer) == DLGO_OK);
    EXPECT(strstr(answer, "Paris") != NULL);
    dlgo_llm_free(llm);
    dlgo_session_free(session);
    dlgo_free(answer);
    puts("ok");
    return 0;
}
