/* An SMTP server that takes everything and keeps nothing, so that the sender is what is measured.
 *
 *     cc -O2 -o sink sink.c && ./sink        prints its port, ends when its standard input ends
 *
 * One thread, epoll, PIPELINING. It understands just what a sender needs: EHLO, MAIL, RCPT, DATA, RSET, NOOP,
 * QUIT. Every message is read to its final dot and then forgotten; the end prints how many there were.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 4096, LINE = 4096, CHUNK = 1 << 18, REPLIES = 1 << 16 };

struct visit {
    int in_data;          /* between 354 and the dot */
    size_t kept;          /* octets of an unfinished line, or of a dot that may be one */
    char line[LINE];
};

static struct visit visits[CONNECTIONS];
static char chunk[CHUNK + LINE], replies[REPLIES];
static size_t replied;
static unsigned long messages;

static const char END[] = "\r\n.\r\n";

static void answer(const char *text) {
    size_t size = strlen(text);
    if (replied + size <= REPLIES) {
        memcpy(replies + replied, text, size);
        replied += size;
    }
}

static int starts(const char *line, const char *word) { return strncasecmp(line, word, strlen(word)) == 0; }

/* One command line; returns 0 when the visit is over. */
static int command(struct visit *visit, const char *line) {
    if (starts(line, "EHLO"))
        answer("250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n");
    else if (starts(line, "DATA")) {
        visit->in_data = 1;
        answer("354 go on\r\n");
    } else if (starts(line, "QUIT")) {
        answer("221 2.0.0 bye\r\n");
        return 0;
    } else
        answer("250 2.0.0 ok\r\n");
    return 1;
}

/* Everything that has arrived; what is unfinished is kept for the next time. Returns 0 at the end. */
static int take(struct visit *visit, char *at, size_t left) {
    while (left > 0) {
        if (visit->in_data) {
            /* The empty message: its dot follows the DATA line at once. */
            char *dot = left >= 3 && visit->in_data == 1 && memcmp(at, ".\r\n", 3) == 0
                            ? at - 2
                            : memmem(at, left, END, 5);
            if (dot == NULL) {
                size_t keep = left < 4 ? left : 4;
                visit->in_data = left > 4 ? 2 : visit->in_data;
                memcpy(visit->line, at + left - keep, keep);
                visit->kept = keep;
                return 1;
            }
            messages++;
            answer("250 2.0.0 taken\r\n");
            visit->in_data = 0;
            left -= (size_t)(dot + 5 - at);
            at = dot + 5;
        } else {
            char *end = memchr(at, '\n', left);
            if (end == NULL) {
                if (left >= LINE)
                    return 0;
                memcpy(visit->line, at, left);
                visit->kept = left;
                return 1;
            }
            *end = '\0';
            if (!command(visit, at))
                return 0;
            left -= (size_t)(end + 1 - at);
            at = end + 1;
        }
    }
    return 1;
}

static int say(int socket) {
    size_t done = 0;
    while (done < replied) {
        ssize_t count = write(socket, replies + done, replied - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return 0;
        done += (size_t)count;
    }
    return 1;
}

static int hear(int socket) {
    struct visit *visit = &visits[socket];
    size_t kept = visit->kept;
    memcpy(chunk, visit->line, kept);
    ssize_t count = read(socket, chunk + kept, CHUNK);
    if (count <= 0)
        return 0;
    visit->kept = 0;
    replied = 0;
    int goes_on = take(visit, chunk, kept + (size_t)count);
    return say(socket) && goes_on;
}

static void welcome(int listener, int poll) {
    int socket = accept(listener, NULL, NULL);
    if (socket < 0)
        return;
    if (socket >= CONNECTIONS) {
        close(socket);
        return;
    }
    int one = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    memset(&visits[socket], 0, sizeof visits[socket]);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
    epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
    replied = 0;
    answer("220 sink ESMTP\r\n");
    say(socket);
}

int main(void) {
    signal(SIGPIPE, SIG_IGN);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024) ||
        getsockname(listener, (struct sockaddr *)&address, &size)) {
        perror("sink");
        return 1;
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = STDIN_FILENO;
    epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    for (;;) {
        struct epoll_event ready[256];
        int count = epoll_wait(poll, ready, 256, -1);
        for (int one = 0; one < count; one++) {
            int socket = ready[one].data.fd;
            if (socket == STDIN_FILENO) {
                printf("%lu\n", messages);
                return 0;
            }
            if (socket == listener)
                welcome(listener, poll);
            else if (!hear(socket))
                close(socket);
        }
    }
}
