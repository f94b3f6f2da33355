/* A C program in a session: files by relative paths, children, pipes, signals, the terminal. */
#define ISOLA_POSIX_START
#include "posix.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static volatile int caught;
ISOLA_SIGNAL_HANDLER(number) { caught = number; }

static uint32_t spawn(const char *path, const char *argv, size_t length, const struct isola_fd_pair *fds, size_t count) {
  uint32_t pid = 0;
  uint32_t error = isola_spawn(path, strlen(path), argv, length, "X=1", 4, fds, count, 0, 0, &pid);
  if (error != 0) {
    errno = error;
    perror(path);
    exit(1);
  }
  return pid;
}

int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "child") == 0) {
    printf("child %s in %s, X=%s\n", argv[2], getcwd(NULL, 0), getenv("X"));
    return 5;
  }
  struct stat st;
  FILE *file = fopen("relative.txt", "w");
  if (file == NULL) return perror("relative.txt"), 1;
  fputs("made\n", file);
  fclose(file);
  printf("%d %d\n", stat("/home/user/relative.txt", &st), (int)st.st_size);
  if (chdir("../..") != 0) perror("chdir");
  printf("%d\n", stat("home/user/relative.txt", &st));
  chdir("home/user");

  uint32_t reading, writing, status, who;
  isola_pipe(&reading, &writing);
  struct isola_fd_pair fds[] = { { 1, writing }, { 2, 2 } };
  uint32_t pid = spawn("/bin/job", "job\0child\0one", 14, fds, 2);
  close(writing);
  char text[200];
  ssize_t count = read(reading, text, sizeof text);
  printf("[%.*s]", (int)count, text);
  printf("%zd ", read(reading, text, sizeof text));
  uint32_t waited = isola_waitpid(pid, 0, &who, &status);
  printf("%u %d %d\n", waited, who == pid, status >> 8);

  isola_sigaction(ISOLA_SIGUSR1, ISOLA_SIGNAL_ACTION_HANDLE, NULL);
  isola_sigaction(ISOLA_SIGPIPE, ISOLA_SIGNAL_ACTION_IGNORE, NULL);
  uint32_t self;
  isola_getpid(&self);
  isola_kill(self, ISOLA_SIGUSR1);
  printf("caught %d\n", caught);
  close(reading);
  isola_pipe(&reading, &writing);
  close(reading);
  count = write(writing, "x", 1);
  printf("%zd %s\n", count, strerror(errno));
  printf("tty %d %d\n", isatty(1), isola_isatty(1) == ENOTTY);
  return 0;
}
