// Arguments, environment, clocks, polling and ways to end. argv[1] says which part.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

extern char **environ;

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}
static double cpu(void) {
  __wasi_timestamp_t t;
  if (__wasi_clock_time_get(__WASI_CLOCKID_PROCESS_CPUTIME_ID, 1, &t) != 0) abort();
  return t / 1e9;
}
static void bye(void) { printf("at exit\n"); }

static void arguments(int argc, char **argv) {
  for (int i = 0; i < argc; i++) printf("argv[%d] = %s\n", i, argv[i]);
  for (char **e = environ; *e != NULL; e++) printf("env %s\n", *e);
  printf("getenv %s %s\n", getenv("NAME"), getenv("NONE") == NULL ? "(null)" : "?");
}

static void clocks(void) {
  double real = now(CLOCK_REALTIME), start = now(CLOCK_MONOTONIC), used = cpu();
  struct timespec wait = {0, 150000000};
  printf("nanosleep %d\n", nanosleep(&wait, NULL));
  double slept = now(CLOCK_MONOTONIC) - start, asleep = cpu() - used;
  printf("slept %d, without the processor %d\n", slept >= 0.15 && slept < 2, asleep >= 0 && asleep < 0.1);
  start = now(CLOCK_MONOTONIC);
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += 50000000;
  if (until.tv_nsec >= 1000000000) { until.tv_nsec -= 1000000000; until.tv_sec++; }
  printf("absolute %d", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL));
  slept = now(CLOCK_MONOTONIC) - start;
  printf(" %d\n", slept >= 0.05 && slept < 2);
  start = now(CLOCK_MONOTONIC);
  until.tv_sec = 1;
  printf("absolute in the past %d", clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &(struct timespec){0, 1}, NULL));
  printf(" %d\n", now(CLOCK_MONOTONIC) - start < 1);
  used = cpu();
  start = now(CLOCK_MONOTONIC);
  volatile long n = 0;
  while (now(CLOCK_MONOTONIC) - start < 0.1) n++;
  used = cpu() - used;
  printf("busy %d\n", used > 0.01 && used < 0.2);
  struct timespec resolution;
  printf("resolution %d %d\n", clock_getres(CLOCK_MONOTONIC, &resolution), resolution.tv_sec == 0 && resolution.tv_nsec >= 1);
  printf("real %.0f\n", real);
}

static void polling(void) {
  struct pollfd fds[3] = {{0, POLLIN, 0}, {1, POLLOUT, 0}, {open("/f", O_RDWR | O_CREAT, 0644), POLLIN | POLLOUT, 0}};
  double start = now(CLOCK_MONOTONIC);
  int count = poll(fds, 1, 100);
  double waited = now(CLOCK_MONOTONIC) - start;
  printf("empty stdin: %d after its time %d\n", count, waited >= 0.1 && waited < 2);
  printf("all: %d", poll(fds, 3, 1000));
  for (int i = 0; i < 3; i++) printf(" %x", fds[i].revents == 0 ? 0 : (fds[i].revents & POLLIN ? 1 : 0) | (fds[i].revents & POLLOUT ? 2 : 0));
  printf("\n");
  fprintf(stderr, "ready\n");
  fds[0].revents = 0;
  printf("stdin with a byte: %d", poll(fds, 1, 10000));
  printf(" %d\n", (fds[0].revents & POLLIN) != 0);
  char byte;
  printf("read %zd\n", read(0, &byte, 1));
  fd_set set;
  FD_ZERO(&set);
  FD_SET(0, &set);
  struct timeval soon = {0, 50000};
  printf("select %d", select(1, &set, NULL, NULL, &soon));
  printf(" %d\n", FD_ISSET(0, &set));
  fcntl(0, F_SETFL, O_NONBLOCK);
  errno = 0;
  printf("nonblocking read %zd %d\n", read(0, &byte, 1), errno == EAGAIN);
  fprintf(stderr, "close\n");
  fcntl(0, F_SETFL, 0);
  printf("end %zd\n", read(0, &byte, 1));
}

static volatile int depth;
static void *volatile block;
static int sink(int n, char *above) {
  char here[64];
  memset(here, n, sizeof here);
  return depth++ < 0 ? above[0] : sink(n + 1, here) + here[n & 63];
}

int main(int argc, char **argv) {
  const char *part = argc > 1 ? argv[1] : "";
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (strcmp(part, "arguments") == 0) arguments(argc, argv);
  else if (strcmp(part, "clocks") == 0) clocks();
  else if (strcmp(part, "polling") == 0) polling();
  else if (strcmp(part, "exit") == 0) { atexit(bye); exit(atoi(argv[2])); }
  else if (strcmp(part, "abort") == 0) { printf("before\n"); abort(); }
  else if (strcmp(part, "overflow") == 0) return sink(0, argv[0]);
  else if (strcmp(part, "null") == 0) { *(volatile int *)0xfffffff0 = 1; }
  else if (strcmp(part, "leak") == 0) { long n = 0; while ((block = malloc(1 << 20)) != NULL) n++; printf("%ld MiB, %d\n", n, errno == ENOMEM); }
  else if (strcmp(part, "random") == 0) {
    unsigned char a[256] = {0}, b[256] = {0};
    int sum = 0;
    printf("%d %d", getentropy(a, 256), getentropy(b, 256));
    for (int i = 0; i < 256; i++) sum += a[i] != b[i];
    printf(" %d\n", sum > 200);
  }
  return 0;
}
