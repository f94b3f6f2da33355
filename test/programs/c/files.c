// Works through the file API below the folder argv[1] and prints what it saw; the test knows the right answers.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char path[4096], other[4096];
static const char *root;
static const char *at(const char *name) { snprintf(path, sizeof path, "%s/%s", root, name); return path; }
static const char *at2(const char *name) { snprintf(other, sizeof other, "%s/%s", root, name); return other; }

static const char *name_of(int error) {
  switch (error) {
#define E(name) case name: return #name;
    E(EACCES) E(EBADF) E(EEXIST) E(EINVAL) E(EISDIR) E(ELOOP) E(ENAMETOOLONG) E(ENOENT) E(ENOTDIR) E(ENOTEMPTY) E(EPERM) E(EROFS) E(ESPIPE) E(EXDEV) E(ENOTSUP) E(ENOTCAPABLE) E(EFBIG) E(EBUSY) E(EFAULT) E(EILSEQ)
  }
  static char number[20];
  snprintf(number, sizeof number, "%d", error);
  return number;
}
// Prints the errno of a call that should fail.
#define FAILS(call) do { errno = 0; long r = (long)(call); printf("%s: %s\n", #call, r == -1 ? name_of(errno) : "ok"); } while (0)
#define MUST(call) ({ long r = (long)(call); if (r == -1) { printf("FAILED %s: %s\n", #call, name_of(errno)); exit(1); } r; })

static int compare(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void list(const char *name) {
  DIR *dir = opendir(at(name));
  char *names[100];
  int count = 0;
  for (struct dirent *e; (e = readdir(dir)) != NULL && count < 100;) {
    char line[300];
    snprintf(line, sizeof line, "%s%s", e->d_name, e->d_type == DT_DIR ? "/" : e->d_type == DT_LNK ? "@" : e->d_type == DT_REG ? "" : "?");
    names[count++] = strdup(line);
  }
  closedir(dir);
  qsort(names, count, sizeof *names, compare);
  printf("%s:", name);
  for (int i = 0; i < count; i++) printf(" %s", names[i]);
  printf("\n");
}

static void files(void) {
  char buffer[100] = {0};
  int fd = MUST(open(at("a"), O_RDWR | O_CREAT | O_EXCL, 0644));
  printf("write %zd\n", write(fd, "0123456789", 10));
  printf("lseek %lld %lld %lld\n", lseek(fd, 2, SEEK_SET), lseek(fd, 3, SEEK_CUR), lseek(fd, -1, SEEK_END));
  printf("pread %zd %.3s\n", pread(fd, buffer, 3, 4), buffer);
  printf("pwrite %zd, position %lld\n", pwrite(fd, "XY", 2, 1), lseek(fd, 0, SEEK_CUR));
  lseek(fd, 0, SEEK_SET);
  char x[4] = {0}, y[20] = {0};
  struct iovec in[] = {{x, 3}, {y, 19}};
  printf("readv %zd %s %s\n", readv(fd, in, 2), x, y);
  printf("at the end %zd\n", read(fd, buffer, 10));
  MUST(ftruncate(fd, 4));
  MUST(lseek(fd, 8, SEEK_SET));
  struct iovec out[] = {{"ab", 2}, {"", 0}, {"cd", 2}};
  printf("writev %zd\n", writev(fd, out, 3));
  struct stat info;
  MUST(fstat(fd, &info));
  printf("size %lld, regular %d, links %d\n", (long long)info.st_size, S_ISREG(info.st_mode), (int)info.st_nlink);
  memset(buffer, '.', 12);
  pread(fd, buffer, 12, 0);
  for (int i = 0; i < 12; i++) printf("%02x", buffer[i]);
  printf("\n");
  MUST(fsync(fd));
  MUST(posix_fallocate(fd, 0, 20) == 0 ? 0 : -1);
  MUST(fstat(fd, &info));
  printf("allocated %lld\n", (long long)info.st_size);
  MUST(close(fd));
  FAILS(close(fd));
  FAILS(read(fd, buffer, 1));

  int add = MUST(open(at("log"), O_WRONLY | O_CREAT | O_APPEND, 0644)), again = MUST(open(at("log"), O_WRONLY | O_APPEND));
  write(add, "one ", 4);
  write(again, "two ", 4);
  MUST(lseek(add, 0, SEEK_SET));
  write(add, "three", 5);
  close(add);
  close(again);
  FILE *file = fopen(at("log"), "r");
  printf("log %s\n", fgets(buffer, sizeof buffer, file));
  FAILS(write(fileno(file), "x", 1));
  fclose(file);
  fd = MUST(open(at("log"), O_WRONLY | O_TRUNC));
  FAILS(read(fd, buffer, 1));
  FAILS(lseek(fd, -1, SEEK_SET));
  FAILS(lseek(fd, 0, 77));
  MUST(fstat(fd, &info));
  printf("truncated to %lld\n", (long long)info.st_size);
  close(fd);
}

static void names(void) {
  struct stat info, same;
  MUST(mkdir(at("d"), 0755));
  MUST(mkdir(at("d/e"), 0755));
  MUST(symlink("../a", at("d/up")));
  MUST(symlink("d/e", at("dir")));
  MUST(symlink("loop2", at("loop1")));
  MUST(symlink("loop1", at("loop2")));
  MUST(symlink("nowhere", at("broken")));
  MUST(link(at("a"), at2("d/hard")));
  MUST(stat(at("d/hard"), &info));
  MUST(stat(at("d/up"), &same));
  printf("same %d, links %d\n", info.st_ino == same.st_ino && info.st_dev == same.st_dev, (int)info.st_nlink);
  MUST(lstat(at("d/up"), &info));
  printf("link %d, length %lld\n", S_ISLNK(info.st_mode), (long long)info.st_size);
  char target[20] = {0};
  printf("readlink %zd %s\n", readlink(at("d/up"), target, sizeof target), target);
  memset(target, 0, sizeof target);
  printf("short readlink %zd %s\n", readlink(at("d/up"), target, 2), target);
  MUST(stat(at("dir"), &info));
  printf("through a link: directory %d\n", S_ISDIR(info.st_mode));
  list("");
  list("d");
  MUST(close(MUST(open(at("dir/in"), O_CREAT | O_WRONLY, 0644))));
  list("d/e");

  FAILS(open(at("none"), O_RDONLY));
  FAILS(open(at("a"), O_CREAT | O_EXCL | O_RDWR, 0644));
  FAILS(open(at("broken"), O_CREAT | O_EXCL | O_RDWR, 0644));
  FAILS(open(at("broken"), O_RDONLY));
  FAILS(open(at("loop1"), O_RDONLY));
  FAILS(open(at("d/up"), O_RDONLY | O_NOFOLLOW));
  FAILS(open(at("d"), O_RDWR));
  FAILS(open(at("a"), O_RDONLY | O_DIRECTORY));
  FAILS(open(at("a/below"), O_RDONLY));
  FAILS(open(at("a/"), O_RDONLY));
  FAILS(open(at("../../etc/passwd"), O_RDONLY));
  FAILS(open("/nowhere/granted", O_RDONLY));
  FAILS(open("", O_RDONLY));
  FAILS(mkdir(at("d"), 0755));
  FAILS(mkdir(at("none/d"), 0755));
  FAILS(rmdir(at("d")));
  FAILS(rmdir(at("a")));
  FAILS(rmdir(at("none")));
  FAILS(rmdir(at("dir")));
  FAILS(unlink(at("none")));
  FAILS(unlink(at("d/e")) == -1 && (errno == EISDIR || errno == EPERM) ? 0 : -1);
  FAILS(rename(at("none"), at2("x")));
  FAILS(rename(at("d"), at2("d/e/f")));
  FAILS(rename(at("a"), at2("d")));
  FAILS(rename(at("d"), at2("a")));
  FAILS(rename(at("log"), at2("d/e/log")));
  FAILS(link(at("a"), at2("log2")));
  FAILS(link(at("a"), at2("log2")));
  FAILS(readlink(at("a"), target, 20));
  FAILS(symlink("x", at("a")));
  FAILS(truncate(at("d"), 0));
  FAILS(opendir(at("a")) == NULL ? -1 : 0);
  char big[400];
  memset(big, 'n', 300);
  big[300] = 0;
  FAILS(open(at(big), O_CREAT | O_WRONLY, 0644));

  int fd = MUST(open(at("gone"), O_CREAT | O_RDWR, 0644));
  MUST(write(fd, "still here", 10));
  MUST(unlink(at("gone")));
  char text[11] = {0};
  printf("unlinked %zd %s\n", pread(fd, text, 10, 0), text);
  MUST(fstat(fd, &info));
  printf("links %d\n", (int)info.st_nlink);
  close(fd);
  struct timespec times[] = {{1000000000, 5000}, {1234567890, 0}};
  MUST(utimensat(AT_FDCWD, at("a"), times, 0));
  MUST(stat(at("a"), &info));
  // A host may keep times to a microsecond only.
  printf("times %lld.%06ld %lld\n", (long long)info.st_atim.tv_sec, info.st_atim.tv_nsec / 1000, (long long)info.st_mtim.tv_sec);
}

// Every name must be seen once, although each is removed as soon as it is seen.
static void listing(void) {
  MUST(mkdir(at("many"), 0755));
  char name[40];
  for (int i = 0; i < 500; i++) {
    snprintf(name, sizeof name, "many/file-%03d-%.*s", i, i % 20, "abcdefghijklmnopqrst");
    MUST(close(MUST(open(at(name), O_CREAT | O_WRONLY, 0644))));
  }
  DIR *dir = opendir(at("many"));
  int seen = 0, dots = 0;
  long middle = -1;
  char after_middle[300] = "";
  for (struct dirent *e; (e = readdir(dir)) != NULL;) {
    if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) { dots++; continue; }
    if (seen == 251) snprintf(after_middle, sizeof after_middle, "%s", e->d_name);
    seen++;
    if (seen == 251) middle = telldir(dir);
  }
  printf("listed %d and %d\n", seen, dots);
  seekdir(dir, middle);
  struct dirent *e = readdir(dir);
  printf("seekdir finds the same %d\n", e != NULL && strcmp(e->d_name, after_middle) == 0);
  rewinddir(dir);
  seen = 0;
  while ((e = readdir(dir)) != NULL) {
    if (e->d_name[0] == '.') continue;
    seen++;
    char all[300];
    snprintf(all, sizeof all, "many/%s", e->d_name);
    MUST(unlink(at(all)));
  }
  closedir(dir);
  printf("removed %d\n", seen);
  MUST(rmdir(at("many")));
}

int main(int argc, char **argv) {
  root = argv[1];
  files();
  names();
  listing();
  return 0;
}
