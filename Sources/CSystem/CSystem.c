#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

struct start {
  const char *path;
  char *const *argv;
  char *const *envp;
  const char *directory;
  const char *output;
  const char *error;
  const int *ignored;
  volatile int code;
};

static int open_as(int number, const char *path, int flags) {
  close(number);
  const int descriptor = open(path, flags);
  if (descriptor < 0 || descriptor == number) return descriptor;
  const int result = dup2(descriptor, number);
  close(descriptor);
  return result;
}

// Makes the child what it is to be. It still has our memory, so it only calls the kernel.
static void become(const struct start *start) {
  const int flags = O_WRONLY | O_APPEND | O_NOFOLLOW;
  struct sigaction standard = {.sa_handler = SIG_DFL};
  if (start->ignored)
    for (const int *number = start->ignored; *number; number++) sigaction(*number, &standard, NULL);
  else
    for (int number = 1; number < NSIG; number++) sigaction(number, &standard, NULL);
  if (setsid() < 0) return;
  closefrom(3);
  if (open_as(0, "/dev/null", O_RDONLY) < 0 || open_as(2, start->error, flags) < 0) return;
  if ((start->output ? open_as(1, start->output, flags) : dup2(2, 1)) < 0) return;
  if (start->directory && chdir(start->directory)) return;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(start->path, start->argv, start->envp);
}

static __attribute__((noinline)) pid_t start_child(struct start *start) {
  const pid_t child = vfork();
  if (child) return child;
  become(start);
  start->code = errno;
  _exit(127);
}

int heddle_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
                 const char *directory, const char *output, const char *error, const int *ignored) {
  struct start start = {path, argv, envp, directory, output, error, ignored, 0};
  sigset_t all, before;
  sigfillset(&all);
  // No handler of ours may run in the child.
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const pid_t child = start_child(&start);
  int code = child < 0 ? errno : start.code;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (child > 0 && code)
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  if (!code) *pid = child;
  return code;
}

int heddle_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }
int heddle_pidfd_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int heddle_exited(int status) { return WIFEXITED(status); }
int heddle_exit_status(int status) { return WEXITSTATUS(status); }
int heddle_termination_signal(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }

int heddle_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int heddle_open_beneath(int directory, const char *path, int flags, int mode) {
  struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
                         .mode = (flags & O_CREAT) ? (uint64_t)mode : 0,
                         .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int heddle_random(void *bytes, size_t count) {
  for (size_t done = 0; done < count;) {
    ssize_t got = getrandom((char *)bytes + done, count - done, 0);
    if (got < 0 && errno != EINTR) return -1;
    if (got > 0) done += (size_t)got;
  }
  return 0;
}

int64_t heddle_file_system_kind(const char *path) {
  struct statfs answer;
  return statfs(path, &answer) ? -1 : (int64_t)(uint32_t)answer.f_type;
}

int heddle_sync_file_system(const char *path) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  int result = syncfs(descriptor);
  int code = errno;
  close(descriptor);
  errno = code;
  return result;
}

int heddle_exchange(const char *one, const char *other) {
  return renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_EXCHANGE);
}

int heddle_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) ? 0 : size.ws_col;
}

void heddle_name_thread(const char *name) {
  char short_name[16] = {0};
  for (int i = 0; i < 15 && name[i]; i++) short_name[i] = name[i];
  pthread_setname_np(pthread_self(), short_name);
}

void heddle_humble_thread(void) {
  // On Linux each thread has a niceness of its own. Where it cannot be raised, nothing is lost but time.
  if (nice(10) == -1) errno = 0;
}

int heddle_lock_file(int descriptor) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(descriptor, F_OFD_SETLK, &whole);
}

int heddle_is_locked(int descriptor) {
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  return fcntl(descriptor, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

void heddle_unlock_file(int descriptor) {
  struct flock whole = {.l_type = F_UNLCK, .l_whence = SEEK_SET};
  (void)fcntl(descriptor, F_OFD_SETLK, &whole);
}

int heddle_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int heddle_peer_user(int socket, uid_t *user) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size)) return -1;
  *user = peer.uid;
  return 0;
}

static int local_socket(const char *path, int flags, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address->sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(address->sun_path, path);
  return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

static int close_failed(int descriptor) {
  const int code = errno;
  close(descriptor);
  errno = code;
  return -1;
}

int heddle_local_listen(const char *path) {
  struct sockaddr_un address;
  const int listener = local_socket(path, SOCK_NONBLOCK, &address);
  if (listener < 0) return -1;
  const mode_t before = umask(0177);
  const int bound = bind(listener, (struct sockaddr *)&address, sizeof address);
  umask(before);
  return bound || listen(listener, 64) ? close_failed(listener) : listener;
}

int heddle_local_connect(const char *path) {
  struct sockaddr_un address;
  const int connection = local_socket(path, 0, &address);
  if (connection < 0) return -1;
  return connect(connection, (struct sockaddr *)&address, sizeof address) ? close_failed(connection)
                                                                          : connection;
}

ssize_t heddle_send(int connection, const void *bytes, size_t count) {
  return send(connection, bytes, count, MSG_NOSIGNAL);
}

int heddle_poller(void) { return epoll_create1(EPOLL_CLOEXEC); }

static int control_poller(int poller, int operation, int descriptor, uint64_t token, int writing) {
  struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0), .data.u64 = token};
  return epoll_ctl(poller, operation, descriptor, &event);
}

int heddle_poller_add(int poller, int descriptor, uint64_t token) {
  return control_poller(poller, EPOLL_CTL_ADD, descriptor, token, 0);
}

int heddle_poller_change(int poller, int descriptor, uint64_t token, int writing) {
  return control_poller(poller, EPOLL_CTL_MOD, descriptor, token, writing);
}

int heddle_poller_wait(int poller, uint64_t *tokens, int most, int milliseconds) {
  struct epoll_event events[64];
  const int count = epoll_wait(poller, events, most < 64 ? most : 64, milliseconds);
  for (int i = 0; i < count; i++) tokens[i] = events[i].data.u64;
  return count;
}

static int watch(int poller, int operation, int descriptor, uint64_t token, int interest) {
  struct epoll_event event = {.data.u64 = token};
  if (interest & HEDDLE_READABLE) event.events |= EPOLLIN;
  if (interest & HEDDLE_WRITABLE) event.events |= EPOLLOUT;
  if (interest & HEDDLE_HALF_CLOSED) event.events |= EPOLLRDHUP;
  return epoll_ctl(poller, operation, descriptor, &event);
}

int heddle_poller_watch(int poller, int descriptor, uint64_t token, int interest) {
  return watch(poller, EPOLL_CTL_ADD, descriptor, token, interest);
}

int heddle_poller_rewatch(int poller, int descriptor, uint64_t token, int interest) {
  return watch(poller, EPOLL_CTL_MOD, descriptor, token, interest);
}

int heddle_poller_events(int poller, uint64_t *tokens, int *happened, int most, int milliseconds) {
  struct epoll_event events[64];
  const int count = epoll_wait(poller, events, most < 64 ? most : 64, milliseconds);
  for (int i = 0; i < count; i++) {
    const uint32_t was = events[i].events;
    tokens[i] = events[i].data.u64;
    happened[i] = (was & EPOLLIN ? HEDDLE_READABLE : 0) | (was & EPOLLOUT ? HEDDLE_WRITABLE : 0) |
                  (was & EPOLLRDHUP ? HEDDLE_HALF_CLOSED : 0) |
                  (was & (EPOLLHUP | EPOLLERR) ? HEDDLE_GONE : 0);
  }
  return count;
}

int heddle_detach(void) {
  const pid_t child = fork();
  if (child > 0) _exit(0);
  return child < 0 ? -1 : setsid() < 0 ? -1 : 0;
}
