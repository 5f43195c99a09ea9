#define _GNU_SOURCE
#include "CSystemGuard.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct heddle_guard guard;
static _Thread_local uintptr_t lowest_stack;

// Half of the stack is left to whatever recurses as deep in wider steps before it asks for memory again.
static uintptr_t lowest(void) {
  if (lowest_stack) return lowest_stack;
  pthread_attr_t attributes;
  void *start = 0;
  size_t size = 0;
  if (!pthread_getattr_np(pthread_self(), &attributes)) {
    pthread_attr_getstack(&attributes, &start, &size);
    pthread_attr_destroy(&attributes);
  }
  return lowest_stack = (uintptr_t)start + size / 2 + 1;
}

struct heddle_guard heddle_guard_make(int64_t bytes, int (*is_over)(void *context), void *context) {
  return (struct heddle_guard){.left = bytes, .lowest = lowest(), .is_over = is_over, .context = context};
}

struct heddle_guard heddle_guard_exchange(struct heddle_guard next) {
  const struct heddle_guard old = guard;
  guard = next;
  return old;
}

int heddle_guard_refusal(void) { return guard.refusal; }

int heddle_guard_is_over(void) {
  return guard.lowest && guard.is_over && guard.is_over(guard.context);
}

// Whoever takes much at once works long on it, and such work follows on such work where no step looks up.
static int refuses(int64_t count) {
  char here;
  if (count > guard.left)
    guard.refusal = HEDDLE_REFUSED_MEMORY;
  else if ((uintptr_t)&here < guard.lowest)
    guard.refusal = HEDDLE_REFUSED_STACK;
  else if (((++guard.calls & 255) == 0 || count > 1 << 16) && heddle_guard_is_over())
    guard.refusal = HEDDLE_REFUSED_OVER;
  else
    return 0;
  return 1;
}

void *heddle_guarded_malloc(int count) {
  if (!guard.lowest) return malloc((size_t)count);
  if (refuses(count)) return 0;
  void *block = malloc((size_t)count);
  guard.left -= (int64_t)malloc_usable_size(block);
  return block;
}

void *heddle_guarded_realloc(void *old, int count) {
  if (!guard.lowest) return realloc(old, (size_t)count);
  const int64_t before = (int64_t)malloc_usable_size(old);
  if (count > before && refuses(count - before)) return 0;
  void *block = realloc(old, (size_t)count);
  if (block) guard.left += before - (int64_t)malloc_usable_size(block);
  return block;
}

void heddle_guarded_free(void *old) {
  if (guard.lowest) guard.left += (int64_t)malloc_usable_size(old);
  free(old);
}

int heddle_guarded_size(void *block) { return (int)malloc_usable_size(block); }

const void *heddle_find(const void *bytes, long count, const void *sought, long sought_count) {
  return memmem(bytes, (size_t)count, sought, (size_t)sought_count);
}

long heddle_count(const void *bytes, long count, unsigned char sought) {
  const unsigned char *byte = bytes;
  long found = 0;
  while (count >= 64) {
    // Sums that fit into a byte each, side by side: compilers make one instruction of sixteen or more.
    unsigned char sums[64] = {0};
    for (int round = 0; round < 255 && count >= 64; round++, byte += 64, count -= 64)
      for (int lane = 0; lane < 64; lane++) sums[lane] += byte[lane] == sought;
    for (int lane = 0; lane < 64; lane++) found += sums[lane];
  }
  for (; count > 0; byte++, count--) found += *byte == sought;
  return found;
}

const void *heddle_find_last(const void *bytes, long count, unsigned char sought) {
  return memrchr(bytes, sought, (size_t)count);
}
