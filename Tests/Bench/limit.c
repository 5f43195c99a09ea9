/* The bare limits of this machine, with nothing of Heddle in the way.
 *
 *   limit spawn N JOBS      starts `sh -c true` N times, at most JOBS at once, and reaps them
 *   limit commit N FILE     commits N transactions of one INSERT and one UPDATE (WAL, synchronous=FULL)
 *   limit insert N FILE     commits N transactions of two INSERTs, as a one-row task's must be
 *
 * Prints the seconds it took. */
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what) {
  fprintf(stderr, "limit: %s\n", what);
  exit(1);
}

static void spawn(int count, int jobs) {
  char *arguments[] = {"sh", "-c", "true", NULL};
  int started = 0, running = 0;
  while (started < count || running > 0) {
    if (started < count && running < jobs) {
      pid_t pid;
      if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ) != 0) fail("cannot start a process");
      started++;
      running++;
    } else {
      int status;
      if (wait(&status) < 0 || status != 0) fail("a process failed");
      running--;
    }
  }
}

static void run(sqlite3 *database, const char *sql) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sqlite3_errmsg(database));
}

static void step(sqlite3 *database, sqlite3_stmt *statement, int number) {
  if (statement == NULL) fail(sqlite3_errmsg(database));
  if (sqlite3_bind_parameter_count(statement) > 0) sqlite3_bind_int(statement, 1, number);
  if (sqlite3_step(statement) != SQLITE_DONE) fail(sqlite3_errmsg(database));
  sqlite3_reset(statement);
}

static double commit(int count, const char *file, const char *second) {
  sqlite3 *database;
  sqlite3_stmt *statements[4];
  const char *texts[4] = {"BEGIN IMMEDIATE", "INSERT INTO events(n, text) VALUES (?1, 'an event of usual length')",
                          second, "COMMIT"};
  if (sqlite3_open(file, &database) != SQLITE_OK) fail("cannot open the file");
  run(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "CREATE TABLE events(n INTEGER PRIMARY KEY, text TEXT); CREATE TABLE states(n INTEGER, text TEXT);"
                "INSERT INTO states SELECT value, 'waiting' FROM json_each('[0,1,2,3,4,5,6,7,8,9]');");
  for (int i = 0; i < 4; i++) sqlite3_prepare_v2(database, texts[i], -1, &statements[i], NULL);
  double begin = now();
  for (int number = 0; number < count; number++)
    for (int i = 0; i < 4; i++) step(database, statements[i], number);
  double seconds = now() - begin;
  for (int i = 0; i < 4; i++) sqlite3_finalize(statements[i]);
  sqlite3_close(database);
  return seconds;
}

int main(int count, char **arguments) {
  if (count != 4) fail("usage: limit spawn N JOBS | commit N FILE | insert N FILE");
  int times = atoi(arguments[2]);
  double begin = now(), seconds;
  if (strcmp(arguments[1], "spawn") == 0) {
    spawn(times, atoi(arguments[3]));
    seconds = now() - begin;
  } else if (strcmp(arguments[1], "commit") == 0) {
    seconds = commit(times, arguments[3], "UPDATE states SET text = 'running' WHERE rowid = 1 + ?1 % 10");
  } else {
    seconds = commit(times, arguments[3], "INSERT INTO states(n, text) VALUES (?1, 'a row of a task')");
  }
  printf("%.6f\n", seconds);
  return 0;
}
