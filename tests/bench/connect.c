// Preloaded into a client that knows no proxy (h2load): every TCP connection it opens to VIA_TARGET goes through CONNECT first. What follows is
// the client's own socket, unrelayed, so that reaching the proxy costs nothing that is measured.
//
//   LD_PRELOAD=connect.so VIA_PORT=8080 VIA_TARGET=localhost:8443 h2load https://localhost:8443/

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

static int wait_for(int socket, short event)
{
    struct pollfd one = { .fd = socket, .events = event };
    return poll(&one, 1, PATIENCE_MS) == 1 ? 0 : -1;
}

// One byte at a time: the next byte after the answer is the client's to read.
static int read_answer(int socket)
{
    char head[2048];
    size_t length = 0;
    while (length < sizeof head - 1) {
        ssize_t n = recv(socket, head + length, 1, 0);
        if (n < 0 && errno == EAGAIN && wait_for(socket, POLLIN) == 0) continue;
        if (n <= 0) return -1;
        head[++length] = 0;
        if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0) return strncmp(head, "HTTP/1.", 7) == 0 && strncmp(head + 8, " 200", 4) == 0 ? 0 : -1;
    }
    return -1;
}

static int ask(int socket, const char *target)
{
    char request[1024];
    int length = snprintf(request, sizeof request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target), error = 0;
    socklen_t size = sizeof error;
    if (wait_for(socket, POLLOUT) < 0 || getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) return -1;
    return send(socket, request, length, MSG_NOSIGNAL) == length ? read_answer(socket) : -1;
}

int connect(int socket, const struct sockaddr *address, socklen_t length)
{
    static int (*next)(int, const struct sockaddr *, socklen_t);
    if (!next) next = (int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "connect");
    const char *port = getenv("VIA_PORT"), *target = getenv("VIA_TARGET"), *target_port = target ? strrchr(target, ':') : NULL;
    int family = address->sa_family;
    if (!port || !target_port || (family != AF_INET && family != AF_INET6)) return next(socket, address, length);
    in_port_t to = family == AF_INET ? ((const struct sockaddr_in *)address)->sin_port : ((const struct sockaddr_in6 *)address)->sin6_port;
    if (ntohs(to) != atoi(target_port + 1)) return next(socket, address, length);

    struct sockaddr_in proxy = { .sin_family = AF_INET, .sin_port = htons(atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_in6 proxy6 = { .sin6_family = AF_INET6, .sin6_port = htons(atoi(port)) };
    inet_pton(AF_INET6, "::ffff:127.0.0.1", &proxy6.sin6_addr);
    int outcome = family == AF_INET ? next(socket, (struct sockaddr *)&proxy, sizeof proxy) : next(socket, (struct sockaddr *)&proxy6, sizeof proxy6);
    if (outcome < 0 && errno != EINPROGRESS) return -1;
    if (ask(socket, target) == 0) return 0;
    fprintf(stderr, "CONNECT %s was refused\n", target);
    errno = ECONNREFUSED;
    return -1;
}
