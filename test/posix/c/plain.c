/* A C program that knows nothing of sessions: it reads and writes files by the paths in its arguments. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv) {
  if (argc > 2 && strcmp(argv[1], "write") == 0) {
    FILE *file = fopen(argv[2], "w");
    if (file == NULL) return perror(argv[2]), 1;
    fputs("written", file);
    return fclose(file);
  }
  if (argc > 2 && strcmp(argv[1], "list") == 0) {
    DIR *dir = opendir(argv[2]);
    if (dir == NULL) return perror(argv[2]), 1;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) if (entry->d_name[0] != '.') puts(entry->d_name);
    return 0;
  }
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "r");
    if (file == NULL) {
      perror(argv[i]);
      continue;
    }
    for (int c; (c = getc(file)) != EOF;) putchar(c);
    fclose(file);
  }
  return 0;
}
