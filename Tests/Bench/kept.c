/* Starts `sh -c true` N times through a keeper, one after the other, as the hops of a chain are.
 *
 *   kept N SOCKET LOG
 *
 * It says what an owner says: hello, and for each process spawn and, at its end, acknowledge. Prints the seconds. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HELLO = 1, ACKNOWLEDGE = 3, ENDED = 5, SPAWN = 16 };

static unsigned char message[1024];
static size_t length;

static void fail(const char *what) {
  fprintf(stderr, "kept: %s\n", what);
  exit(1);
}

/* Machines that run Heddle have the lowest byte first, as its messages do. */
static void integer(const void *value, size_t size) {
  if (length + size > sizeof message) fail("a message is too long");
  memcpy(message + length, value, size);
  length += size;
}

static void number(uint32_t value) { integer(&value, sizeof value); }

static void block(const char *bytes, size_t size) {
  number((uint32_t)size);
  integer(bytes, size);
}

static void text(const char *value) { block(value, strlen(value)); }

static void begin(unsigned char kind) {
  length = 0;
  integer(&kind, 1);
}

static void whole(int keeper, void *bytes, size_t size, ssize_t (*move)(int, void *, size_t)) {
  for (size_t done = 0; done < size;) {
    ssize_t moved = move(keeper, (char *)bytes + done, size - done);
    if (moved <= 0) fail("the keeper has hung up");
    done += (size_t)moved;
  }
}

static ssize_t put(int keeper, void *bytes, size_t size) { return write(keeper, bytes, size); }

static void send_message(int keeper) {
  unsigned char frame[4 + sizeof message];
  uint32_t size = (uint32_t)length;
  memcpy(frame, &size, 4);
  memcpy(frame + 4, message, length);
  whole(keeper, frame, 4 + length, put);
}

/* The kind of the next message. */
static int receive(int keeper) {
  uint32_t size;
  whole(keeper, &size, 4, read);
  if (size == 0 || size > sizeof message) fail("the keeper says what is not understood");
  whole(keeper, message, size, read);
  return message[0];
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments) {
  if (count != 4) fail("usage: kept N SOCKET LOG");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(arguments[2]) >= sizeof address.sun_path) fail("the path is too long");
  strcpy(address.sun_path, arguments[2]);
  int keeper = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (keeper < 0 || connect(keeper, (struct sockaddr *)&address, sizeof address) != 0) fail("there is no keeper");
  begin(HELLO);
  number(1);
  send_message(keeper);
  if (receive(keeper) != HELLO) fail("the keeper does not answer");
  double start = now();
  for (int times = atoi(arguments[1]), task = 0; task < times; task++) {
    char key[32];
    snprintf(key, sizeof key, "bench-%d", task);
    begin(SPAWN);
    text(key);
    text("/bin/sh");
    text("/");
    block("sh\0-c\0true", sizeof "sh\0-c\0true");
    block("PATH=/usr/bin:/bin", sizeof "PATH=/usr/bin:/bin");
    text(arguments[3]);
    const unsigned char has_output = 0;
    integer(&has_output, 1);
    send_message(keeper);
    if (receive(keeper) != ENDED) fail("a process failed");
    begin(ACKNOWLEDGE);
    number(1);
    text(key);
    send_message(keeper);
  }
  printf("%.6f\n", now() - start);
  return 0;
}
