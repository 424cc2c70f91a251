/* dynamic LIBRARY MODEL.gguf [QUESTION]: opens libdlgo.so.1 at run time, so that a program works without it too. */
#include <dlfcn.h>
#include <dlgo.h>
#include <stdio.h>

/* POSIX: the bytes of dlsym's result are the function pointer. */
#define LOAD(library, name) *(void **)(&name) = dlsym(library, #name)

int main(int argc, char **argv) {
    __typeof__(&dlgo_llm_load) dlgo_llm_load;
    __typeof__(&dlgo_llm_free) dlgo_llm_free;
    __typeof__(&dlgo_session_create) dlgo_session_create;
    __typeof__(&dlgo_session_free) dlgo_session_free;
    __typeof__(&dlgo_chat) dlgo_chat;
    __typeof__(&dlgo_free) dlgo_free;
    __typeof__(&dlgo_last_error) dlgo_last_error;
    dlgo_message question = {"user", argc > 3 ? argv[3] : "What is the capital of France?"};
    dlgo_llm *llm = NULL;
    dlgo_session *session = NULL;
    char *answer = NULL;
    void *library = argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;

    if (!library) {
        fprintf(stderr, "dynamic: %s\n", argc > 2 ? dlerror() : "usage: dynamic LIBRARY MODEL.gguf [QUESTION]");
        return 1;
    }
    LOAD(library, dlgo_llm_load);
    LOAD(library, dlgo_llm_free);
    LOAD(library, dlgo_session_create);
    LOAD(library, dlgo_session_free);
    LOAD(library, dlgo_chat);
    LOAD(library, dlgo_free);
    LOAD(library, dlgo_last_error);
    if (dlgo_llm_load(argv[2], NULL, &llm) || dlgo_session_create(llm, NULL, &session) ||
        dlgo_chat(session, &question, 1, NULL, &answer)) {
        fprintf(stderr, "dynamic: %s\n", dlgo_last_error());
        return 1;
    }
    puts(answer);
    dlgo_free(answer);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
    return 0;
}
