// Memory that a thread takes under a guard: bounded, and refused once its work is to end.
#ifndef HEDDLE_CSYSTEM_GUARD_H
#define HEDDLE_CSYSTEM_GUARD_H
#include <stdint.h>

enum { HEDDLE_NOT_REFUSED, HEDDLE_REFUSED_MEMORY, HEDDLE_REFUSED_STACK, HEDDLE_REFUSED_OVER };

/// What the work of a thread may take, as far as it asks `heddle_guarded_malloc` for memory.
struct heddle_guard {
  /// Bytes that it may still take; what it gives back is added.
  int64_t left;
  /// The lowest address that its stack may reach; 0: there is no guard.
  uintptr_t lowest;
  /// Answers other than 0 once the work is to end; asked now and then.
  int (*is_over)(void *context);
  void *context;
  /// Why memory was refused last.
  int refusal;
  /// Counts the calls until `is_over` is asked again.
  unsigned calls;
};

/// A guard for what the calling thread does from now on; half of the thread's stack may be used.
struct heddle_guard heddle_guard_make(int64_t bytes, int (*is_over)(void *context), void *context);
/// Puts a guard in the place of the thread's own, which is answered.
struct heddle_guard heddle_guard_exchange(struct heddle_guard next);
/// Why memory was refused last under the thread's guard.
int heddle_guard_refusal(void);
/// Whether the guarded work of this thread is to end; for loops that may be long.
int heddle_guard_is_over(void);

/// Like the C library's, but NULL where the thread's guard says so.
void *heddle_guarded_malloc(int count);
void *heddle_guarded_realloc(void *old, int count);
void heddle_guarded_free(void *old);
int heddle_guarded_size(void *block);

/// The first place of `sought` within `bytes`, or NULL; the time grows with the sum of their lengths.
const void *heddle_find(const void *bytes, long count, const void *sought, long sought_count);

/// How often a byte is there; many are looked at at once.
long heddle_count(const void *bytes, long count, unsigned char sought);

/// The last place of a byte, or NULL.
const void *heddle_find_last(const void *bytes, long count, unsigned char sought);
#endif
