/*
 * The POSIX calls of Isola for C. Written by tools/generate.ts; docs/posix.md says what each means.
 * Every call answers an errno of WASI preview 1, which are those of wasi-libc's errno.h.
 *
 * A program that includes this in one file with ISOLA_POSIX_START defined starts in its working
 * directory: relative paths mean what they mean elsewhere. A handler of signals is a function
 * ISOLA_SIGNAL_HANDLER(number) { ... }.
 */
#ifndef ISOLA_POSIX_H
#define ISOLA_POSIX_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  ISOLA_SIGHUP = 1, /* the terminal is gone */
  ISOLA_SIGINT = 2, /* interrupt from the terminal, ^C */
  ISOLA_SIGQUIT = 3, /* quit from the terminal, ^\ */
  ISOLA_SIGILL = 4, /* `unreachable` was executed */
  ISOLA_SIGABRT = 6, /* the program gave up */
  ISOLA_SIGFPE = 8, /* division by zero or overflow */
  ISOLA_SIGKILL = 9, /* end; can be neither caught nor blocked */
  ISOLA_SIGUSR1 = 10, /* free for use */
  ISOLA_SIGSEGV = 11, /* any other trap */
  ISOLA_SIGUSR2 = 12, /* free for use */
  ISOLA_SIGPIPE = 13, /* written to a pipe that nobody reads */
  ISOLA_SIGALRM = 14, /* free for use; the system sends none */
  ISOLA_SIGTERM = 15, /* a request to end */
  ISOLA_SIGCHLD = 17, /* a child ended, stopped or went on */
  ISOLA_SIGCONT = 18, /* go on when stopped */
  ISOLA_SIGSTOP = 19, /* stop; can be neither caught nor blocked */
  ISOLA_SIGTSTP = 20, /* stop from the terminal, ^Z */
  ISOLA_SIGTTIN = 21, /* read from the terminal in the background */
  ISOLA_SIGTTOU = 22, /* write to the terminal in the background */
  ISOLA_SIGWINCH = 28, /* the terminal has another size */
};

enum {
  ISOLA_SPAWN_FLAG_GROUP = 1, /* the child goes into the process group `pgid`; 0 makes one with the child's number */
  ISOLA_SPAWN_FLAG_FOREGROUND = 2, /* the child's group becomes the foreground group of the terminal behind the child's descriptor 0, before the child runs */
  ISOLA_SPAWN_FLAG_DEFAULT_SIGNALS = 4, /* signals that the caller ignores are not ignored in the child */
};

enum {
  ISOLA_WAIT_OPTION_NOHANG = 1, /* does not block: the pid is 0 when there is nothing to tell */
  ISOLA_WAIT_OPTION_UNTRACED = 2, /* tells of children that stopped, too */
  ISOLA_WAIT_OPTION_CONTINUED = 8, /* tells of children that went on, too */
};

enum {
  ISOLA_SIGNAL_ACTION_DEFAULT = 0, /* what the signal does by itself */
  ISOLA_SIGNAL_ACTION_IGNORE = 1, /* nothing */
  ISOLA_SIGNAL_ACTION_HANDLE = 2, /* the export `__isola_signal` is called */
};

enum {
  ISOLA_MASK_CHANGE_BLOCK = 0, /* adds the set */
  ISOLA_MASK_CHANGE_UNBLOCK = 1, /* takes the set out */
  ISOLA_MASK_CHANGE_SET = 2, /* the set and no other */
};

enum {
  ISOLA_INPUT_FLAG_ICRNL = 256, /* a carriage return reads as a line feed */
};

enum {
  ISOLA_OUTPUT_FLAG_OPOST = 1, /* what is written is treated at all */
  ISOLA_OUTPUT_FLAG_ONLCR = 4, /* a line feed goes out with a carriage return before it */
};

enum {
  ISOLA_LOCAL_FLAG_ISIG = 1, /* ^C, ^\ and ^Z are signals */
  ISOLA_LOCAL_FLAG_ICANON = 2, /* input comes by lines that can be edited */
  ISOLA_LOCAL_FLAG_ECHO = 8, /* input is shown */
  ISOLA_LOCAL_FLAG_TOSTOP = 256, /* writing in the background stops */
};

enum {
  ISOLA_MODE_BIT_KINDS = 61440, /* the bits that say what it is */
  ISOLA_MODE_BIT_FIFO = 4096, /* a pipe */
  ISOLA_MODE_BIT_CHARACTER = 8192, /* a terminal or another device */
  ISOLA_MODE_BIT_DIRECTORY = 16384, /* a directory */
  ISOLA_MODE_BIT_REGULAR = 32768, /* a file */
  ISOLA_MODE_BIT_LINK = 40960, /* a symbolic link */
  ISOLA_MODE_BIT_SOCKET = 49152, /* a socket */
};

/* The number that a descriptor has in the child, and its number here. */
struct isola_fd_pair {
  uint32_t child;
  uint32_t parent;
};

/* How a terminal treats bytes. */
struct isola_attributes {
  uint32_t iflag;
  uint32_t oflag;
  uint32_t cflag;
  uint32_t lflag;
};

/* Starts the file, looked up from the working directory and nowhere else, as a child. The child has the listed descriptors under the numbers listed, shared as after `dup`, and no others but the mounts; it has the working directory and the blocked signals of the caller. A file that begins with `#!` is run by the interpreter that it names. */
__attribute__((import_module("isola_posix"), import_name("spawn")))
uint32_t isola_spawn(const char *path, size_t path_length, const char *argv, size_t argv_length, const char *env, size_t env_length, const struct isola_fd_pair *fds, size_t fds_count, uint32_t flags, uint32_t pgid, uint32_t *pid);

/* Blocks until a child has something to tell, and takes that: above 0 this child, -1 any, 0 one of the caller's group, below -1 one of that group. `child` when there is no such child, `intr` when a signal was caught. */
__attribute__((import_module("isola_posix"), import_name("waitpid")))
uint32_t isola_waitpid(int32_t pid, uint32_t options, uint32_t *who, uint32_t *status);

/* The caller's own number. */
__attribute__((import_module("isola_posix"), import_name("getpid")))
uint32_t isola_getpid(uint32_t *pid);

/* The number of its parent; 0 when that is gone or is the host. */
__attribute__((import_module("isola_posix"), import_name("getppid")))
uint32_t isola_getppid(uint32_t *pid);

/* The process group of a process of this session; 0 is the caller. */
__attribute__((import_module("isola_posix"), import_name("getpgid")))
uint32_t isola_getpgid(int32_t pid, uint32_t *pgid);

/* Puts the caller (0) or a child into a group of this session; 0 makes one with its own number. `perm` for a leader of a session. */
__attribute__((import_module("isola_posix"), import_name("setpgid")))
uint32_t isola_setpgid(int32_t pid, uint32_t pgid);

/* The number of the session: the pid of its leader. */
__attribute__((import_module("isola_posix"), import_name("getsid")))
uint32_t isola_getsid(uint32_t *sid);

/* Makes the caller the leader of a new session without a terminal. `perm` when it leads a group. */
__attribute__((import_module("isola_posix"), import_name("setsid")))
uint32_t isola_setsid(uint32_t *sid);

/* Sends a signal: above 0 to that process, 0 to the caller's group, -1 to all that it sees, below -1 to that group. A program sees its session, and its own children in others. Signal 0 only checks. */
__attribute__((import_module("isola_posix"), import_name("kill")))
uint32_t isola_kill(int32_t pid, uint32_t sig);

/* Says what a signal does to the caller: 0 what it does by itself, 1 nothing, 2 `__isola_signal` is called with its number, at the next safepoint or when a blocking call is left with `intr`. The handler runs on the stack that it interrupts and must not block: a call in it that would block answers `again`. */
__attribute__((import_module("isola_posix"), import_name("sigaction")))
uint32_t isola_sigaction(uint32_t sig, uint32_t action, uint32_t *old);

/* Changes which signals wait instead of arriving: adds the set (0), takes it out (1), or sets it (2). */
__attribute__((import_module("isola_posix"), import_name("sigprocmask")))
uint32_t isola_sigprocmask(uint32_t how, uint64_t set, uint64_t *old);

/* The signals that wait because they are blocked. */
__attribute__((import_module("isola_posix"), import_name("sigpending")))
uint32_t isola_sigpending(uint64_t *set);

/* Blocks until a signal was caught, and answers `intr`. */
__attribute__((import_module("isola_posix"), import_name("pause")))
uint32_t isola_pause(void);

/* Makes a pipe, and a descriptor on each end. */
__attribute__((import_module("isola_posix"), import_name("pipe")))
uint32_t isola_pipe(uint32_t *read, uint32_t *write);

/* Makes a second number for the descriptor, the lowest free one from `min` on. */
__attribute__((import_module("isola_posix"), import_name("dup")))
uint32_t isola_dup(int fd, uint32_t min, uint32_t *made);

/* Makes `to` a second number for the descriptor; what `to` was is closed. */
__attribute__((import_module("isola_posix"), import_name("dup2")))
uint32_t isola_dup2(int fd, int to);

/* Changes the working directory. */
__attribute__((import_module("isola_posix"), import_name("chdir")))
uint32_t isola_chdir(const char *path, size_t path_length);

/* Writes the path of the working directory, without a NUL. `range` when it does not fit; the length is written then too. */
__attribute__((import_module("isola_posix"), import_name("getcwd")))
uint32_t isola_getcwd(char *into, size_t into_length, uint32_t *length);

/* Answers 0 for a terminal and `notty` for anything else. */
__attribute__((import_module("isola_posix"), import_name("isatty")))
uint32_t isola_isatty(int fd);

/* Reads how the terminal treats bytes. */
__attribute__((import_module("isola_posix"), import_name("tcgetattr")))
uint32_t isola_tcgetattr(int fd, struct isola_attributes *attributes);

/* Changes how the terminal treats bytes; bits that it does not know are dropped. */
__attribute__((import_module("isola_posix"), import_name("tcsetattr")))
uint32_t isola_tcsetattr(int fd, const struct isola_attributes *attributes);

/* The foreground group of the terminal. */
__attribute__((import_module("isola_posix"), import_name("tcgetpgrp")))
uint32_t isola_tcgetpgrp(int fd, uint32_t *pgid);

/* Makes a group of this session the foreground group of its terminal. */
__attribute__((import_module("isola_posix"), import_name("tcsetpgrp")))
uint32_t isola_tcsetpgrp(int fd, uint32_t pgid);

/* The size of the terminal, in characters; 0 when nobody knows. */
__attribute__((import_module("isola_posix"), import_name("winsize")))
uint32_t isola_winsize(int fd, uint32_t *rows, uint32_t *columns);

/* Writes what is mounted, a line `kind source path options` each. `range` when it does not fit; the length is written then too. */
__attribute__((import_module("isola_posix"), import_name("mounts")))
uint32_t isola_mounts(char *into, size_t into_length, uint32_t *length);

/* Mounts a file system at a directory, for the whole session: one of the kinds that the session offers. `perm` when it lets nothing be mounted, `nodev` for a kind that it does not offer. */
__attribute__((import_module("isola_posix"), import_name("mount")))
uint32_t isola_mount(const char *kind, size_t kind_length, const char *source, size_t source_length, const char *path, size_t path_length);

/* Takes away what `mount` mounted there. What is open in it stays usable. */
__attribute__((import_module("isola_posix"), import_name("unmount")))
uint32_t isola_unmount(const char *path, size_t path_length);

/* Kind and permissions, as in `st_mode`. */
__attribute__((import_module("isola_posix"), import_name("fd_mode")))
uint32_t isola_fd_mode(int fd, uint32_t *mode);

/* Kind and permissions of what a path leads to; with `follow` 0 of a symbolic link itself. */
__attribute__((import_module("isola_posix"), import_name("path_mode")))
uint32_t isola_path_mode(const char *path, size_t path_length, uint32_t follow, uint32_t *mode);

#define ISOLA_SIGNAL_HANDLER(number) \
  __attribute__((export_name("__isola_signal"))) void isola_signal(int number)

#ifdef ISOLA_POSIX_START
#include <unistd.h>
/* wasi-libc keeps a working directory of its own, which begins at the root. */
__attribute__((constructor)) static void isola_posix_init(void) {
  char path[4096];
  uint32_t length;
  if (isola_getcwd(path, sizeof path - 1, &length) != 0) return;
  path[length] = 0;
  chdir(path);
}
#endif

#ifdef __cplusplus
}
#endif

#endif
