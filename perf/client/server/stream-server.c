// A lean chat server to measure clients against: one thread, epoll, ready-made events, true send times. Linux only.
// Over 400 lines because one file without dependencies is compiled by one line, and must answer faster than any client asks.
//
//   gcc -O2 -o stream-server stream-server.c
//   ./stream-server --port 8399 --tokens 16 --ttft-us 0 --itl-us 0 --whole 0 --seconds 600
//
// Every POST is a streamed chat answer: a role event, `tokens` content events, a finish event, usage, [DONE].
// --ttft-us and --itl-us pace it; without them each event has its own write, or with --whole 1 all share one.
// GET /stats /truth /reset; any other GET lists one model. Loopback only; ends by itself after --seconds.
// Truth: one line per finished stream, `id received first last done connection` in nanoseconds of CLOCK_MONOTONIC.
// `first` is read just before the write that carries the first token.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { NONE = -1, MAX_EVENTS = 256, TOKEN_EVENT = 512 };

typedef struct {
  uint64_t id;
  int connection;
  int64_t received, first, last, done;
} Stream;

typedef struct {
  int fd;
  int heap_at;       // place in the heap of due times, or NONE
  int streaming;     // an answer is under way
  int sent;          // tokens sent of it
  int wants_write;   // the socket was full
  int64_t due;       // when the next token is to be sent
  Stream stream;
  char *in, *out;
  size_t in_length, in_size, out_length, out_at, out_size;
  char token[TOKEN_EVENT + 32];  // the chunk of one token event, framed for HTTP
  int token_length;
} Connection;

static struct {
  int port, tokens, whole;
  long ttft, itl;  // microseconds
  double seconds;
} options = {8399, 16, 0, 0, 0, 600};

static int poller, timer, listener;
static Connection **heap;
static int heap_count, heap_size;
static Stream *truth;
static size_t truth_count, truth_size;
static uint64_t next_id, writes, connections;
static volatile sig_atomic_t stopping;

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// ---- heap of connections by due time ----

static void heap_put(int at, Connection *c) {
  heap[at] = c;
  c->heap_at = at;
}

static void heap_sift(int at) {
  Connection *c = heap[at];
  while (at > 0 && heap[(at - 1) / 2]->due > c->due) {
    heap_put(at, heap[(at - 1) / 2]);
    at = (at - 1) / 2;
  }
  for (;;) {
    int child = 2 * at + 1;
    if (child + 1 < heap_count && heap[child + 1]->due < heap[child]->due) child++;
    if (child >= heap_count || heap[child]->due >= c->due) break;
    heap_put(at, heap[child]);
    at = child;
  }
  heap_put(at, c);
}

static void heap_add(Connection *c, int64_t due) {
  c->due = due;
  if (c->heap_at == NONE) {
    if (heap_count == heap_size) heap = realloc(heap, sizeof(*heap) * (heap_size = heap_size ? heap_size * 2 : 1024));
    heap_put(heap_count++, c);
  }
  heap_sift(c->heap_at);
}

static void heap_remove(Connection *c) {
  int at = c->heap_at;
  if (at == NONE) return;
  c->heap_at = NONE;
  Connection *last = heap[--heap_count];
  if (last == c) return;
  heap_put(at, last);
  heap_sift(at);
}

// ---- output ----

static void reserve(char **buffer, size_t *size, size_t wanted) {
  if (wanted <= *size) return;
  *size = wanted * 2;
  *buffer = realloc(*buffer, *size);
}

static void put(Connection *c, const char *text, size_t length) {
  if (c->out_at == c->out_length) c->out_at = c->out_length = 0;
  reserve(&c->out, &c->out_size, c->out_length + length);
  memcpy(c->out + c->out_length, text, length);
  c->out_length += length;
}

static void put_chunk(Connection *c, const char *text, int length) {
  char frame[16];
  put(c, frame, sprintf(frame, "%x\r\n", length));
  put(c, text, length);
  put(c, "\r\n", 2);
}

static void watch(Connection *c, int wants_write) {
  if (c->wants_write == wants_write) return;
  c->wants_write = wants_write;
  struct epoll_event event = {EPOLLIN | (wants_write ? EPOLLOUT : 0), {.ptr = c}};
  epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event);
}

// 1: all is out; 0: the socket is full; -1: it is dead.
static int flush_out(Connection *c) {
  while (c->out_at < c->out_length) {
    ssize_t sent = send(c->fd, c->out + c->out_at, c->out_length - c->out_at, MSG_NOSIGNAL);
    writes++;
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return -1;
    if (sent < 0) {
      watch(c, 1);
      return 0;
    }
    c->out_at += sent;
  }
  watch(c, 0);
  return 1;
}

static void drop(Connection *c) {
  heap_remove(c);
  close(c->fd);
  free(c->in);
  free(c->out);
  free(c);
}

// ---- one answer ----

static int head(Connection *c, char *text) {
  return sprintf(text,
                 "data: {\"id\":\"chatcmpl-%08lx-2222-4333-8444-555555555555\",\"object\":\"chat.completion.chunk\","
                 "\"created\":1780000000,\"model\":\"stream\",\"system_fingerprint\":\"fp_0123456789\",\"choices\":[",
                 (unsigned long)c->stream.id);
}

static void put_event(Connection *c, const char *choices_and_rest) {
  char text[1024];
  int length = head(c, text);
  length += sprintf(text + length, "%s}\n\n", choices_and_rest);
  put_chunk(c, text, length);
}

static void make_token(Connection *c) {
  char text[TOKEN_EVENT];
  int length = head(c, text);
  length += sprintf(text + length,
                    "{\"index\":0,\"delta\":{\"content\":\" a token of about thirty characters\"},"
                    "\"logprobs\":null,\"finish_reason\":null}]}\n\n");
  c->token_length = sprintf(c->token, "%x\r\n%s\r\n", length, text);
}

static void put_end(Connection *c) {
  char text[256];
  put_event(c, "{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\"}]");
  sprintf(text, "],\"usage\":{\"prompt_tokens\":24,\"completion_tokens\":%d,\"total_tokens\":%d}", c->sent, c->sent + 24);
  put_event(c, text);
  put_chunk(c, "data: [DONE]\n\n", 14);
  put(c, "0\r\n\r\n", 5);
}

static void keep_truth(Connection *c) {
  c->stream.done = now();
  if (truth_count == truth_size) truth = realloc(truth, sizeof(*truth) * (truth_size = truth_size ? truth_size * 2 : 65536));
  truth[truth_count++] = c->stream;
}

static void put_token(Connection *c) {
  put(c, c->token, c->token_length);
  c->sent++;
}

// Sends whatever is due. 1: the answer is over; 0: it goes on; -1: the connection is gone.
static int advance(Connection *c) {
  while (c->sent < options.tokens) {
    int64_t time = now();
    if (c->due > time) {
      heap_add(c, c->due);
      return 0;
    }
    if (options.whole)
      while (c->sent < options.tokens) put_token(c);
    else
      put_token(c);
    c->stream.last = time;
    if (c->stream.first == 0) c->stream.first = time;
    c->due += options.itl * 1000;
    int state = options.whole ? 1 : flush_out(c);
    if (state < 0) return -1;
    if (state == 0) return heap_remove(c), 0;
  }
  heap_remove(c);
  put_end(c);
  c->streaming = 0;
  keep_truth(c);
  return flush_out(c) < 0 ? -1 : 1;
}

static const char stream_head[] =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    "transfer-encoding: chunked\r\n\r\n";

static int start(Connection *c) {
  memset(&c->stream, 0, sizeof(c->stream));
  c->stream.received = now();
  c->stream.id = ++next_id;
  c->stream.connection = c->fd;
  c->streaming = 1;
  c->sent = 0;
  c->due = c->stream.received + options.ttft * 1000;
  make_token(c);
  put(c, stream_head, sizeof(stream_head) - 1);
  put_event(c, "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]");
  if (!options.whole && flush_out(c) < 0) return -1;
  return advance(c);
}

// ---- other requests ----

static void answer(Connection *c, const char *type, const char *body, size_t length) {
  char text[256];
  put(c, text, sprintf(text, "HTTP/1.1 200 OK\r\ncontent-type: %s\r\ncontent-length: %zu\r\n\r\n", type, length));
  put(c, body, length);
}

static void answer_truth(Connection *c) {
  char *text = NULL;
  size_t length = 0;
  FILE *file = open_memstream(&text, &length);
  for (size_t i = 0; i < truth_count; i++) {
    Stream *s = &truth[i];
    fprintf(file, "chatcmpl-%08lx-2222-4333-8444-555555555555 %ld %ld %ld %ld %d\n", (unsigned long)s->id,
            (long)s->received, (long)s->first, (long)s->last, (long)s->done, s->connection);
  }
  fclose(file);
  answer(c, "text/plain", text, length);
  free(text);
}

static void answer_stats(Connection *c) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  char text[256];
  int length = sprintf(text, "{\"now\":%ld,\"streams\":%zu,\"writes\":%lu,\"connections\":%lu,\"cpu\":%.6f}\n", (long)now(),
                       truth_count, (unsigned long)writes, (unsigned long)connections, cpu);
  answer(c, "application/json", text, length);
}

static void other(Connection *c, const char *path) {
  static const char models[] =
      "{\"object\":\"list\",\"data\":[{\"id\":\"stream\",\"object\":\"model\",\"created\":1780000000,\"owned_by\":\"perf\"}]}";
  if (!strncmp(path, "/truth", 6)) answer_truth(c);
  else if (!strncmp(path, "/stats", 6)) answer_stats(c);
  else if (!strncmp(path, "/reset", 6)) {
    truth_count = 0;
    writes = connections = 0;
    answer(c, "text/plain", "reset\n", 6);
  } else
    answer(c, "application/json", models, sizeof(models) - 1);
}

// ---- input ----

// Length of the body: of content-length, or of chunks once they are all there. -1: not all of it has come.
static long body_length(Connection *c, const char *end, size_t head_length) {
  size_t rest = c->in_length - head_length;
  for (const char *line = c->in; line < end; line = memmem(line, end + 2 - line, "\r\n", 2) + 2) {
    if (!strncasecmp(line, "content-length:", 15)) {
      size_t length = strtoul(line + 15, NULL, 10);
      return rest >= length ? (long)length : -1;
    }
    if (!strncasecmp(line, "transfer-encoding:", 18)) {
      char *last = memmem(c->in + head_length, rest, "0\r\n\r\n", 5);
      return last ? last + 5 - (c->in + head_length) : -1;
    }
  }
  return 0;
}

// Takes whole requests out of the input while no answer is under way. -1: the connection is gone.
static int serve(Connection *c) {
  while (!c->streaming && c->in_length > 0) {
    char *end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t head_length = end + 4 - c->in;
    long body = body_length(c, end, head_length);
    if (body < 0) return 0;
    int is_post = c->in[0] == 'P';
    char path[64] = "";
    sscanf(c->in, "%*s %63s", path);
    memmove(c->in, c->in + head_length + body, c->in_length - head_length - body);
    c->in_length -= head_length + body;
    if (is_post) {
      if (start(c) < 0) return -1;
      continue;
    }
    other(c, path);
    if (flush_out(c) < 0) return -1;
  }
  return 0;
}

static int receive(Connection *c) {
  for (;;) {
    reserve(&c->in, &c->in_size, c->in_length + 4096);
    size_t room = c->in_size - c->in_length;
    ssize_t got = recv(c->fd, c->in + c->in_length, room, 0);
    if (got < 0 && errno == EAGAIN) return serve(c);
    if (got <= 0) return -1;
    c->in_length += got;
    if ((size_t)got < room) return serve(c);
  }
}

static void ready(Connection *c, uint32_t events) {
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && receive(c) < 0) return drop(c);
  if (!(events & EPOLLOUT)) return;
  int state = flush_out(c);
  if (state > 0 && c->streaming) state = advance(c);
  if (state < 0 || (state > 0 && serve(c) < 0)) drop(c);
}

static void accept_all(void) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0) return;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    Connection *c = calloc(1, sizeof(*c));
    c->fd = fd;
    c->heap_at = NONE;
    connections++;
    struct epoll_event event = {EPOLLIN, {.ptr = c}};
    epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event);
  }
}

static void run_due(void) {
  int64_t time = now();
  while (heap_count > 0 && heap[0]->due <= time) {
    Connection *c = heap[0];
    int state = advance(c);
    if (state < 0 || (state > 0 && serve(c) < 0)) drop(c);
  }
  int64_t due = heap_count > 0 ? heap[0]->due : 0;
  struct itimerspec next = {{0, 0}, {due / 1000000000LL, due % 1000000000LL}};
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &next, NULL);
}

static void stop(int signal) {
  (void)signal;
  stopping = 1;
}

static void read_options(int count, char **values) {
  for (int i = 1; i + 1 < count; i += 2) {
    const char *name = values[i], *value = values[i + 1];
    if (!strcmp(name, "--port")) options.port = atoi(value);
    else if (!strcmp(name, "--tokens")) options.tokens = atoi(value);
    else if (!strcmp(name, "--ttft-us")) options.ttft = atol(value);
    else if (!strcmp(name, "--itl-us")) options.itl = atol(value);
    else if (!strcmp(name, "--whole")) options.whole = atoi(value);
    else if (!strcmp(name, "--seconds")) options.seconds = atof(value);
    else {
      fprintf(stderr, "unknown option %s\n", name);
      exit(2);
    }
  }
}

static void listen_on_loopback(void) {
  int one = 1;
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  struct sockaddr_in address = {AF_INET, htons(options.port), {htonl(INADDR_LOOPBACK)}, {0}};
  if (bind(listener, (void *)&address, sizeof(address)) || listen(listener, 4096)) {
    perror("listen");
    exit(1);
  }
}

int main(int count, char **values) {
  read_options(count, values);
  signal(SIGINT, stop);
  signal(SIGTERM, stop);
  poller = epoll_create1(0);
  timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  listen_on_loopback();
  struct epoll_event on_listener = {EPOLLIN, {.ptr = &listener}}, on_timer = {EPOLLIN, {.ptr = &timer}};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &on_listener);
  epoll_ctl(poller, EPOLL_CTL_ADD, timer, &on_timer);
  int64_t end = now() + (int64_t)(options.seconds * 1e9);
  struct epoll_event events[MAX_EVENTS];
  while (!stopping && now() < end) {
    int got = epoll_wait(poller, events, MAX_EVENTS, 500);
    for (int i = 0; i < got; i++) {
      void *what = events[i].data.ptr;
      uint64_t ticks;
      if (what == &listener) accept_all();
      else if (what == &timer) (void)!read(timer, &ticks, sizeof(ticks));
      else ready(what, events[i].events);
    }
    run_due();
  }
  return 0;
}
