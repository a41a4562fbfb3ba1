// Load generator of tests/bench: one thread, epoll, OpenSSL. It sends the same request again and again through a proxy and checks every
// answer: status 200, the expected Content-Length, exactly that many bytes, and the header the proxy was told to set. What differs is an
// error, counted and never part of the figures.
//
//   load --port PORT --target HOST:PORT --path PATH --expect BYTES [options]
//
//   --via connect|direct|plain      CONNECT then TLS; TLS straight to PORT; absolute-form without TLS      (connect)
//   --via tunnel|relay              CONNECT then HTTP that nobody reads; HTTP straight to PORT, which relays bytes. The header that a proxy
//                                   would have masked is sent masked: there is nobody to do it
//   --pattern keepalive|new|idle|once                                                                      (keepalive)
//        keepalive   requests one after another on each connection
//        new         a connection and a full TLS handshake for each request, closed in an orderly way
//        idle        one request per connection; then all are held until standard input ends
//        once        one single request, for big bodies
//   --connections N                 at once (64)
//   --warmup S, --seconds S         time under load before measuring, and measured (0, 6); for idle and once, --seconds is the deadline
//   --api-key VALUE                 of the X-Api-Key field, instead of a secret
//   --upload BYTES                  PUT a body of that size instead of GET
//   --expect-header LINE            a header line that every response must hold ("Server: masked")
//
// Standard output: "measuring" when the warm-up ends, "ready" when all idle connections stand, "done" when measuring ends (so that the caller
// can read the proxy's CPU time at these moments), then one line of JSON.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

enum via { CONNECT, DIRECT, PLAIN, TUNNEL, RELAY };
enum pattern { KEEPALIVE, NEW, IDLE, ONCE };
enum stage { CONNECTING, TUNNELLING, HANDSHAKING, SENDING, READING_HEAD, READING_BODY, RESTING, CLOSED };

enum { MAX_HEAD = 8192, CHUNK = 65536, MAX_ERRORS = 1000, OPENING_AT_ONCE = 32 };

static struct {
    int port, connections;
    char host[256], target_port[8];
    const char *path, *expect_header, *api_key;
    enum via via;
    enum pattern pattern;
    double warmup, seconds;
    int64_t expect, upload;
} options = { .connections = 64, .seconds = 6, .upload = -1, .expect = -1 };

struct connection {
    int fd;
    SSL *ssl;
    enum stage stage;
    bool wants_write;                // EPOLLOUT is asked for
    char head[MAX_HEAD + 1];         // of the CONNECT answer, then of the response
    int head_length;
    int64_t sent, body_left;
    uint64_t opened_at, started_at;  // microseconds
};

static struct {
    int64_t ok, errors, warmup_errors, bytes;
    char first_error[256];
    uint32_t *latencies;             // microseconds
    size_t count, capacity;
} results;

static SSL_CTX *tls;
static int epoll;
static char request[4096], connect_request[1024], buffer[CHUNK];
static int request_length, connect_length;
static bool measuring, stopping;
static int resting;                  // idle connections that have had their answer

static void advance(struct connection *c);

static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000ull + t.tv_nsec / 1000;
}

static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(2);
}

// ---- Connections ------------------------------------------------------------------------------------------------------------------

static void watch(struct connection *c, bool for_write, int operation)
{
    struct epoll_event event = { .events = EPOLLIN | (for_write ? EPOLLOUT : 0), .data.ptr = c };
    c->wants_write = for_write;
    epoll_ctl(epoll, operation, c->fd, &event);
}

static void watch_write(struct connection *c, bool for_write)
{
    if (c->wants_write != for_write) watch(c, for_write, EPOLL_CTL_MOD);
}

static void open_connection(struct connection *c)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(options.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) die("socket: %s", strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->ssl = NULL;
    c->head_length = 0;
    c->stage = CONNECTING;
    c->opened_at = now();
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) die("connect: %s", strerror(errno));
    watch(c, true, EPOLL_CTL_ADD);
}

static void close_connection(struct connection *c)
{
    if (c->ssl) {
        SSL_shutdown(c->ssl);        // says close_notify; nobody waits for the peer's
        SSL_free(c->ssl);
        c->ssl = NULL;
        ERR_clear_error();           // what this one left in the queue would be taken for another connection's error
    }
    close(c->fd);
    c->stage = CLOSED;
}

static void note_error(const char *format, va_list arguments)
{
    if (results.first_error[0] == 0) vsnprintf(results.first_error, sizeof results.first_error, format, arguments);
    if (measuring) results.errors++;
    else results.warmup_errors++;
    if (results.errors + results.warmup_errors >= MAX_ERRORS) stopping = true;
}

// Counts an error and starts over with a new connection.
static void fail(struct connection *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_error(format, arguments);
    va_end(arguments);
    close_connection(c);
    if (options.pattern == ONCE) stopping = true;
    if (!stopping) open_connection(c);
}

// An error of the run as a whole.
static void give_up(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note_error(format, arguments);
    va_end(arguments);
    stopping = true;
}

// Both return bytes moved, 0 when the socket is not ready, -1 at the end or on an error.
static int read_some(struct connection *c, void *into, int size)
{
    if (c->ssl) {
        int n = SSL_read(c->ssl, into, size);
        if (n > 0) return n;
        return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? 0 : -1;
    }
    int n = read(c->fd, into, size);
    if (n > 0) return n;
    return n < 0 && errno == EAGAIN ? 0 : -1;
}

static int write_some(struct connection *c, const void *from, int size)
{
    if (c->ssl) {
        int n = SSL_write(c->ssl, from, size);
        if (n > 0) return n;
        return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }
    int n = write(c->fd, from, size);
    if (n >= 0) return n;
    return errno == EAGAIN ? 0 : -1;
}

// ---- One exchange -----------------------------------------------------------------------------------------------------------------

static void start_request(struct connection *c)
{
    c->started_at = now();
    c->sent = 0;
    c->head_length = 0;
    c->stage = SENDING;
    advance(c);
}

static void send_request(struct connection *c)
{
    int64_t total = request_length + (options.upload > 0 ? options.upload : 0);
    while (c->sent < total) {
        const char *from = c->sent < request_length ? request + c->sent : buffer;
        int64_t left = c->sent < request_length ? request_length - c->sent : total - c->sent;
        int n = write_some(c, from, left < CHUNK ? (int)left : CHUNK);
        if (n < 0) { fail(c, "connection lost while sending"); return; }
        if (n == 0) { watch_write(c, true); return; }
        c->sent += n;
    }
    watch_write(c, false);
    c->stage = READING_HEAD;
}

static void note_latency(uint64_t microseconds)
{
    if (results.count == results.capacity) {
        results.capacity = results.capacity ? results.capacity * 2 : 1 << 16;
        results.latencies = realloc(results.latencies, results.capacity * sizeof *results.latencies);
        if (!results.latencies) die("out of memory");
    }
    results.latencies[results.count++] = microseconds;
}

static void finish_response(struct connection *c)
{
    if (measuring) {
        results.ok++;
        results.bytes += options.upload >= 0 ? options.upload : options.expect;
        note_latency(now() - (options.pattern == NEW ? c->opened_at : c->started_at));
    }
    switch (options.pattern) {
        case KEEPALIVE: start_request(c); break;
        case NEW: close_connection(c); open_connection(c); break;
        case IDLE: c->stage = RESTING; resting++; break;
        case ONCE: stopping = true; break;
    }
}

// The value of a header line, or NULL. The head ends in an empty line and a NUL.
static const char *find_header(const char *head, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line && line[2] != '\r'; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
            const char *value = line + 3 + length;
            while (*value == ' ' || *value == '\t') value++;
            return value;
        }
    }
    return NULL;
}

static bool holds_line(const char *head, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = strstr(head, "\r\n"); at; at = strstr(at + 2, "\r\n")) {
        if (strncasecmp(at + 2, line, length) == 0 && strncmp(at + 2 + length, "\r\n", 2) == 0) return true;
    }
    return false;
}

// Returns NULL when the head is what was expected, else what is wrong with it.
static const char *judge_head(const char *head)
{
    static char complaint[128];
    if (strncmp(head, "HTTP/1.1 200", 12) != 0) {
        snprintf(complaint, sizeof complaint, "unexpected status: %.60s", head);
        complaint[strcspn(complaint, "\r\n")] = 0;
        return complaint;
    }
    const char *length = find_header(head, "Content-Length");
    if (!length) return "no Content-Length";
    if (strtoll(length, NULL, 10) != options.expect) return "another Content-Length than expected";
    if (options.expect_header && !holds_line(head, options.expect_header)) return "the response header was not set by the proxy";
    return NULL;
}

// Appends to the head. Returns how many of the bytes belong to it; the head is complete when it ends in an empty line.
static int take_head(struct connection *c, const char *bytes, int length, bool *complete)
{
    int before = c->head_length, room = MAX_HEAD - before, taken = length < room ? length : room;
    memcpy(c->head + before, bytes, taken);
    c->head_length += taken;
    c->head[c->head_length] = 0;
    char *end = strstr(c->head + (before > 3 ? before - 3 : 0), "\r\n\r\n");
    *complete = end != NULL;
    if (!end) return taken;
    c->head_length = end + 4 - c->head;
    end[4] = 0;
    return c->head_length - before;
}

// Feeds received bytes to the exchange. Returns false when the connection is done with (answered or failed).
static bool feed(struct connection *c, const char *bytes, int length)
{
    if (c->stage == READING_HEAD) {
        bool complete;
        int taken = take_head(c, bytes, length, &complete);
        if (!complete) {
            if (c->head_length == MAX_HEAD) { fail(c, "response head too long"); return false; }
            return true;
        }
        const char *complaint = judge_head(c->head);
        if (complaint) { fail(c, "%s", complaint); return false; }
        c->body_left = options.expect;
        c->stage = READING_BODY;
        length -= taken;
    }
    c->body_left -= length;
    if (c->body_left > 0) return true;
    if (c->body_left < 0) { fail(c, "%lld bytes after the body", (long long)-c->body_left); return false; }
    finish_response(c);
    return false;
}

static void receive(struct connection *c)
{
    for (;;) {
        // An upload sends `buffer`; what is read in between goes elsewhere.
        static char received[CHUNK];
        int n = read_some(c, received, sizeof received);
        if (n == 0) return;
        if (n < 0) { fail(c, c->stage == READING_BODY ? "connection lost in the body" : "connection lost before the response"); return; }
        if (!feed(c, received, n)) return;
    }
}

// ---- Before the exchange ----------------------------------------------------------------------------------------------------------

static void begin_handshake(struct connection *c)
{
    c->ssl = SSL_new(tls);
    SSL_set_fd(c->ssl, c->fd);
    SSL_set_tlsext_host_name(c->ssl, options.host);
    SSL_set_connect_state(c->ssl);
    c->stage = HANDSHAKING;
    advance(c);
}

static void handshake(struct connection *c)
{
    int outcome = SSL_do_handshake(c->ssl);
    if (outcome == 1) { watch_write(c, false); start_request(c); return; }
    int reason = SSL_get_error(c->ssl, outcome);
    if (reason == SSL_ERROR_WANT_READ) watch_write(c, false);
    else if (reason == SSL_ERROR_WANT_WRITE) watch_write(c, true);
    else fail(c, "TLS handshake failed");
}

static void connected(struct connection *c)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) { fail(c, "connect: %s", strerror(error)); return; }
    watch_write(c, false);
    if (options.via == PLAIN || options.via == RELAY) { start_request(c); return; }
    if (options.via == DIRECT) { begin_handshake(c); return; }
    if (write(c->fd, connect_request, connect_length) != connect_length) { fail(c, "CONNECT could not be sent"); return; }
    c->stage = TUNNELLING;
}

static void read_connect_answer(struct connection *c)
{
    // Nothing can follow the answer: the other side waits for the client to begin.
    int n = read_some(c, buffer, 1024);
    if (n == 0) return;
    if (n < 0) { fail(c, "connection lost before the answer to CONNECT"); return; }
    bool complete;
    take_head(c, buffer, n, &complete);
    if (!complete) return;
    if (strncmp(c->head, "HTTP/1.", 7) != 0 || strncmp(c->head + 8, " 200", 4) != 0) { fail(c, "CONNECT refused: %.40s", c->head); return; }
    if (options.via == TUNNEL) start_request(c);
    else begin_handshake(c);
}

static void read_while_sending(struct connection *c)
{
    char byte;
    int n = read_some(c, &byte, 1);  // session tickets are consumed here and count as nothing
    if (n > 0) fail(c, "answered before the upload ended");
    else if (n < 0) fail(c, "connection lost while sending");
}

static void read_while_resting(struct connection *c)
{
    char byte;
    int n = read_some(c, &byte, 1);
    if (n == 0) return;
    resting--;
    fail(c, n > 0 ? "bytes came on an idle connection" : "an idle connection was closed after %.1f s", (now() - c->started_at) / 1e6);
}

static void advance(struct connection *c)
{
    switch (c->stage) {
        case CONNECTING: connected(c); break;
        case TUNNELLING: read_connect_answer(c); break;
        case HANDSHAKING: handshake(c); break;
        case SENDING: send_request(c); break;
        case READING_HEAD:
        case READING_BODY: receive(c); break;
        case RESTING: read_while_resting(c); break;
        case CLOSED: break;
    }
}

// ---- The run ----------------------------------------------------------------------------------------------------------------------

static void poll_once(int timeout_ms)
{
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, timeout_ms);
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (c->stage != SENDING) advance(c);
        else if (events[i].events & EPOLLIN) read_while_sending(c);
        else advance(c);
    }
}

static void say(const char *word)
{
    puts(word);
    fflush(stdout);
}

// Returns when that began which counts: the end of the warm-up, or for a single request the moment it was sent (connecting is not its speed).
static uint64_t run_load(struct connection *all)
{
    for (int i = 0; i < options.connections; i++) open_connection(&all[i]);
    uint64_t end = now() + (uint64_t)(options.warmup * 1e6);
    while (now() < end && !stopping) poll_once(50);
    measuring = true;
    say("measuring");
    uint64_t began = now();
    end = began + (uint64_t)(options.seconds * 1e6);
    while (now() < end && !stopping) poll_once(50);
    return options.pattern == ONCE && all[0].started_at ? all[0].started_at : began;
}

static uint64_t hold_idle(struct connection *all)
{
    measuring = true;
    uint64_t began = now(), deadline = began + (uint64_t)(options.seconds * 1e6);
    int opened = 0;
    while (resting < options.connections && !stopping && now() < deadline) {
        while (opened < options.connections && opened - resting < OPENING_AT_ONCE) open_connection(&all[opened++]);
        poll_once(50);
    }
    if (resting < options.connections) { give_up("only %d of the idle connections stand", resting); return began; }
    say("ready");
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    while (poll(&input, 1, 0) == 0 && !stopping) poll_once(100);
    return began;
}

static int by_value(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static double percentile_ms(double share)
{
    return results.count ? results.latencies[(size_t)(share * (results.count - 1))] / 1000.0 : 0;
}

static void report(double seconds)
{
    qsort(results.latencies, results.count, sizeof *results.latencies, by_value);
    printf("{\"ok\":%lld,\"errors\":%lld,\"warmup_errors\":%lld,\"first_error\":\"",
        (long long)results.ok, (long long)results.errors, (long long)results.warmup_errors);
    for (const char *p = results.first_error; *p; p++) putchar(*p < ' ' || *p == '"' || *p == '\\' ? '?' : *p);
    printf("\",\"seconds\":%.4f,\"per_second\":%.1f,\"mb_per_second\":%.2f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,\"p99_ms\":%.3f,\"max_ms\":%.3f}\n",
        seconds, results.ok / seconds, results.bytes / seconds / 1e6, percentile_ms(0.5), percentile_ms(0.9), percentile_ms(0.99), percentile_ms(1));
}

static int choose(const char *option, const char *value, const char *const *names)
{
    for (int i = 0; names[i]; i++) if (strcmp(value, names[i]) == 0) return i;
    die("%s: unknown value %s", option, value);
    return -1;
}

static void parse_arguments(int count, char **arguments)
{
    static const char *const vias[] = { "connect", "direct", "plain", "tunnel", "relay", NULL }, *const patterns[] = { "keepalive", "new", "idle", "once", NULL };
    if (count % 2 == 0) die("every option takes one value; see the head of load.c");
    for (int i = 1; i < count; i += 2) {
        const char *option = arguments[i], *value = arguments[i + 1];
        if (!strcmp(option, "--port")) options.port = atoi(value);
        else if (!strcmp(option, "--target")) {
            if (sscanf(value, "%255[^:]:%7s", options.host, options.target_port) != 2) die("--target: expected HOST:PORT, got %s", value);
        }
        else if (!strcmp(option, "--path")) options.path = value;
        else if (!strcmp(option, "--expect")) options.expect = atoll(value);
        else if (!strcmp(option, "--expect-header")) options.expect_header = value;
        else if (!strcmp(option, "--api-key")) options.api_key = value;
        else if (!strcmp(option, "--via")) options.via = choose(option, value, vias);
        else if (!strcmp(option, "--pattern")) options.pattern = choose(option, value, patterns);
        else if (!strcmp(option, "--connections")) options.connections = atoi(value);
        else if (!strcmp(option, "--warmup")) options.warmup = atof(value);
        else if (!strcmp(option, "--seconds")) options.seconds = atof(value);
        else if (!strcmp(option, "--upload")) options.upload = atoll(value);
        else die("unknown option %s", option);
    }
    if (!options.port || !options.host[0] || !options.path || options.expect < 0 || options.connections < 1)
        die("--port, --target, --path and --expect are needed; see the head of load.c");
    if (options.pattern == ONCE) options.connections = 1;
}

static void write_requests(void)
{
    char authority[300], origin[310] = "", length[64] = "";
    const char *api_key = options.api_key ? options.api_key : options.via >= TUNNEL ? "***" : "secret-of-the-client";
    snprintf(authority, sizeof authority, "%s:%s", options.host, options.target_port);
    if (options.via == PLAIN) snprintf(origin, sizeof origin, "http://%s", authority);
    if (options.upload >= 0) snprintf(length, sizeof length, "Content-Length: %lld\r\n", (long long)options.upload);
    request_length = snprintf(request, sizeof request,
        "%s %s%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: scriptproxy-bench\r\nAccept: */*\r\nAccept-Language: en\r\nX-Api-Key: %s\r\n%s\r\n",
        options.upload >= 0 ? "PUT" : "GET", origin, options.path, authority, api_key, length);
    if (request_length >= (int)sizeof request) die("--path is too long");
    connect_length = snprintf(connect_request, sizeof connect_request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", authority, authority);
}

int main(int count, char **arguments)
{
    parse_arguments(count, arguments);
    write_requests();
    signal(SIGPIPE, SIG_IGN);

    // The leaf is not verified here, on each of many connections: the caller does so once, with the proxy's root, before it measures.
    tls = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(tls, 1);
    epoll = epoll_create1(EPOLL_CLOEXEC);

    struct connection *all = calloc(options.connections, sizeof *all);
    if (!all) die("out of memory");
    uint64_t began = options.pattern == IDLE ? hold_idle(all) : run_load(all);
    double seconds = (now() - began) / 1e6;
    say("done");
    report(seconds);
    return 0;
}
