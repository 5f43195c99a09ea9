// What Swift cannot call: GNU extensions, variadic functions and function-like macros.
#ifndef HEDDLE_CSYSTEM_H
#define HEDDLE_CSYSTEM_H
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "CSystemGuard.h"

/// Starts `path` in a session of its own: default signals, empty mask, only descriptors 0 (nothing to read), 1 and 2.
/// The child opens its outputs itself, for appending: a descriptor of ours would be copied into every other child
/// that is started at the same moment. `output` NULL: the same as `error`.
/// `ignored` ends with 0 and names the signals that may not have their default; NULL: any, which costs a call for each.
/// Returns 0 and the child's id, or an errno. A missing `directory` or output reads as ENOENT, like a missing program.
int heddle_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
                 const char *directory, const char *output, const char *error, const int *ignored);

/// A descriptor that becomes readable when the process ends, or -1 with errno.
int heddle_pidfd_open(pid_t pid);
/// Sends a signal to the process behind a descriptor, safe against reuse of its id; 0 or -1 with errno.
int heddle_pidfd_signal(int pidfd, int signal);

/// The parts of a wait status.
int heddle_exited(int status);
int heddle_exit_status(int status);
int heddle_termination_signal(int status);

/// A close-on-exec, non-blocking event counter, or -1 with errno.
int heddle_eventfd(void);
/// Opens `path` below `directory` without leaving it: no symbolic link may lead out. A descriptor, or -1 with errno.
int heddle_open_beneath(int directory, const char *path, int flags, int mode);
/// Fills `bytes` from the kernel's generator; 0 or -1 with errno.
int heddle_random(void *bytes, size_t count);
/// The kernel's number for the kind of file system that holds `path`, or -1 with errno.
int64_t heddle_file_system_kind(const char *path);
/// Writes everything that the file system of `path` holds in memory to its disk; 0, or -1 with errno.
int heddle_sync_file_system(const char *path);
/// Lets two paths of one file system trade places at once; 0, or -1 with errno.
int heddle_exchange(const char *one, const char *other);
/// The columns of the terminal behind a descriptor, or 0 when it is none.
int heddle_terminal_columns(int descriptor);
/// Names the calling thread for debuggers; at most 15 bytes count.
void heddle_name_thread(const char *name);
/// Lets the calling thread step back where others want the processor, and what it starts as well.
void heddle_humble_thread(void);
/// Locks a whole file by open file description: 0, or -1 with errno (EAGAIN: somebody else holds it).
int heddle_lock_file(int descriptor);
/// Whether somebody else holds such a lock: 1 or 0.
int heddle_is_locked(int descriptor);
/// Gives such a lock up at once, also where a child that is being started still holds a copy of the descriptor.
void heddle_unlock_file(int descriptor);
/// A connection that waits at a socket, close-on-exec and non-blocking, or -1 with errno.
int heddle_accept(int listener);
/// The user at the other end of a Unix socket; 0 or -1 with errno.
int heddle_peer_user(int socket, uid_t *user);

/// A non-blocking socket that listens at `path`, for its owner only, or -1 with errno.
int heddle_local_listen(const char *path);
/// A socket connected to the one that listens at `path`, or -1 with errno.
int heddle_local_connect(const char *path);
/// Writes to a socket; a reader that is gone is an error, never a signal.
ssize_t heddle_send(int connection, const void *bytes, size_t count);

/// Something that waits for many descriptors at once, or -1 with errno. Each is known by its token.
int heddle_poller(void);
/// Waits for a descriptor to become readable from now on; 0 or -1 with errno. Closing it ends that.
int heddle_poller_add(int poller, int descriptor, uint64_t token);
/// Waits for it to become writable too, or no longer.
int heddle_poller_change(int poller, int descriptor, uint64_t token, int writing);
/// The tokens of what is ready, at most 64; their number, 0 when time is over, or -1 with errno.
int heddle_poller_wait(int poller, uint64_t *tokens, int most, int milliseconds);
/// What a descriptor is watched for, and what happened to it.
enum {
  HEDDLE_READABLE = 1,
  HEDDLE_WRITABLE = 2,
  /// The other end writes no more.
  HEDDLE_HALF_CLOSED = 4,
  /// The connection is over; told unasked.
  HEDDLE_GONE = 8,
};
/// Watches a descriptor for some of these; 0 or -1 with errno.
int heddle_poller_watch(int poller, int descriptor, uint64_t token, int interest);
/// Watches it for others from now on; it may be none.
int heddle_poller_rewatch(int poller, int descriptor, uint64_t token, int interest);
/// As heddle_poller_wait, with what happened to each.
int heddle_poller_events(int poller, uint64_t *tokens, int *happened, int most, int milliseconds);
/// Goes on as a child in a session of its own, which init inherits; this process ends. 0 or -1 with errno.
/// Only for a process that has one thread.
int heddle_detach(void);
#endif
