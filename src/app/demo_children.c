/* SPDX-License-Identifier: Apache-2.0 */
#include "app/demo_children.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP_MS = 20, LOG_BYTES = 4000, EXIT_NOT_STARTED = 127 };

uint16_t demo_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t bytes = sizeof address;
    const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint16_t port = 0;
    if (socket_fd >= 0 && bind(socket_fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        getsockname(socket_fd, (struct sockaddr *)&address, &bytes) == 0) {
        port = ntohs(address.sin_port);
    }
    if (socket_fd >= 0) {
        (void)close(socket_fd);
    }
    return port;
}

/* In the new process: only what is safe after a fork of a process with threads. */
static void become(const char *const *arguments, int log, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(EXIT_NOT_STARTED);   /* the demo was gone before it could be watched */
    }
    (void)dup2(log, STDOUT_FILENO);
    (void)dup2(log, STDERR_FILENO);
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    (void)dup2(nothing, STDIN_FILENO);
    (void)execvp(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(EXIT_NOT_STARTED);
}

enum status demo_child_start(struct demo_child *child, const char *name, const char *folder,
                             const char *const *arguments, struct failure *failure)
{
    *child = (struct demo_child){ .name = name };
    (void)snprintf(child->log_path, sizeof child->log_path, "%s/%s.log", folder, name);
    const int log = open(child->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "%s: %s", child->log_path,
                           strerror(errno));
    }
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid == 0) {
        become(arguments, log, parent);
    }
    (void)close(log);
    if (pid < 0) {
        return failure_set(failure, STATUS_UNREACHABLE, "cannot start %s: %s", name,
                           strerror(errno));
    }
    child->pid = pid;
    return STATUS_OK;
}

bool demo_child_runs(struct demo_child *child)
{
    if (child->pid > 0 && !child->ended &&
        waitpid(child->pid, &child->end_status, WNOHANG) == child->pid) {
        child->ended = true;
    }
    return child->pid > 0 && !child->ended;
}

void demo_child_stop(struct demo_child *child, int wait_ms)
{
    const struct timespec step = { 0, STEP_MS * 1000000L };
    if (!demo_child_runs(child)) {
        return;
    }
    (void)kill(child->pid, SIGTERM);
    for (int waited = 0; waited < wait_ms && demo_child_runs(child); waited += STEP_MS) {
        (void)nanosleep(&step, NULL);
    }
    if (demo_child_runs(child)) {
        (void)kill(child->pid, SIGKILL);
        (void)waitpid(child->pid, &child->end_status, 0);
        child->ended = true;
    }
}

void demo_child_print_log(const struct demo_child *child)
{
    char text[LOG_BYTES + 1];
    FILE *log = fopen(child->log_path, "re");
    if (!log) {
        return;
    }
    if (fseek(log, -LOG_BYTES, SEEK_END) != 0) {
        rewind(log);
    }
    text[fread(text, 1, LOG_BYTES, log)] = '\0';
    (void)fclose(log);
    (void)fprintf(stderr, "the end of %s:\n%s", child->log_path, text);
}
