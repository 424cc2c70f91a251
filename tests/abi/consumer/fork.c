/* fork MODEL.gguf: a child of a process that has used a model loads one of its own. */
#include <dlgo.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Models and sessions stay, with their threads. */
static dlgo_llm *models[3];
static dlgo_session *sessions[3];

static int answers(const char *path, int i) {
    const dlgo_message question = {"user", "What is the capital of France?"};
    dlgo_generate_options options;
    char *answer = NULL;
    int good;
    dlgo_generate_options_init(&options);
    options.temperature = 0;
    good = !dlgo_llm_load(path, NULL, &models[i]) && !dlgo_session_create(models[i], NULL, &sessions[i]) &&
           !dlgo_chat(sessions[i], &question, 1, &options, &answer) && strstr(answer, "Paris");
    if (!good) fprintf(stderr, "process %d: %s %s\n", (int)getpid(), dlgo_last_error(), answer ? answer : "");
    dlgo_free(answer);
    return good;
}

int main(int argc, char **argv) {
    int status = 1;
    pid_t child;
    if (argc != 2 || !answers(argv[1], 0)) return 1;
    child = fork();
    if (child == 0) _exit(answers(argv[1], 1) ? 0 : 1);
    return child < 0 || waitpid(child, &status, 0) != child || status != 0 || !answers(argv[1], 2);
}
