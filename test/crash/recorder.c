/*
 * Preloaded into an appliance: writes down everything that it does to the files of one folder, in
 * one total order, to a log that others append their own records to.
 *
 * A record: kind, length of the name, offset, length of the data (little endian, 4 + 4 + 8 + 8
 * bytes), name, data. Each operation and its record happen under one lock, so that no other
 * operation of the process stands between them; a record is one write to a file opened for
 * appending, so that records of several processes do not mix.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, SYNC_FOLDER };
enum { FDS = 4096 };

static const char *folder;
static size_t folder_length;
static int log_fd = -1;
static char *names[FDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);
static int (*real_rename)(const char *, const char *);

__attribute__((constructor)) static void start(void) {
  real_open = dlsym(RTLD_NEXT, "open64");
  real_close = dlsym(RTLD_NEXT, "close");
  real_write = dlsym(RTLD_NEXT, "write");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  real_rename = dlsym(RTLD_NEXT, "rename");
  folder = getenv("RECORD_FOLDER");
  const char *log = getenv("RECORD_LOG");
  if (folder == NULL || log == NULL) return;
  folder_length = strlen(folder);
  log_fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The name below the folder, "" for the folder itself, NULL for anything else. */
static const char *inside(const char *path) {
  if (log_fd < 0 || strncmp(path, folder, folder_length) != 0) return NULL;
  if (path[folder_length] == '/') return path + folder_length + 1;
  return path[folder_length] == 0 ? "" : NULL;
}

static const char *name_of(int fd) {
  return fd >= 0 && fd < FDS ? names[fd] : NULL;
}

static void record(uint32_t kind, const char *name, uint64_t offset, const void *data, uint64_t length) {
  uint32_t name_length = strlen(name);
  size_t total = 24 + name_length + (data == NULL ? 0 : length);
  char *bytes = malloc(total);
  memcpy(bytes, &kind, 4);
  memcpy(bytes + 4, &name_length, 4);
  memcpy(bytes + 8, &offset, 8);
  memcpy(bytes + 16, &length, 8);
  memcpy(bytes + 24, name, name_length);
  if (data != NULL) memcpy(bytes + 24 + name_length, data, length);
  if (real_write(log_fd, bytes, total) != (ssize_t)total) abort();
  free(bytes);
}

static int open_any(const char *path, int flags, mode_t mode) {
  const char *name = inside(path);
  if (name == NULL) return real_open(path, flags, mode);
  pthread_mutex_lock(&lock);
  int is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
  int fd = real_open(path, flags, mode);
  if (fd >= 0 && fd < FDS) {
    free(names[fd]);
    names[fd] = strdup(name);
    if (is_new) record(CREATE, name, 0, NULL, 0);
    else if (flags & O_TRUNC) record(TRUNCATE, name, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return fd;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_any(path, flags, mode);
}

int close(int fd) {
  if (name_of(fd) == NULL) return real_close(fd);
  pthread_mutex_lock(&lock);
  free(names[fd]);
  names[fd] = NULL;
  int result = real_close(fd);
  pthread_mutex_unlock(&lock);
  return result;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t offset) {
  const char *name = name_of(fd);
  if (name == NULL) return real_pwrite(fd, data, length, offset);
  pthread_mutex_lock(&lock);
  ssize_t written = real_pwrite(fd, data, length, offset);
  if (written > 0) record(WRITE, name, offset, data, written);
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
  return pwrite64(fd, data, length, offset);
}

ssize_t write(int fd, const void *data, size_t length) {
  const char *name = name_of(fd);
  if (name == NULL) return real_write(fd, data, length);
  pthread_mutex_lock(&lock);
  off_t offset = lseek(fd, 0, SEEK_CUR);
  ssize_t written = real_write(fd, data, length);
  if (written > 0) record(WRITE, name, offset, data, written);
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (name_of(fd) == NULL) return real_writev(fd, parts, count);
  ssize_t total = 0;
  for (int i = 0; i < count; i++) total += write(fd, parts[i].iov_base, parts[i].iov_len);
  return total;
}

int ftruncate64(int fd, off_t length) {
  const char *name = name_of(fd);
  if (name == NULL) return real_ftruncate(fd, length);
  pthread_mutex_lock(&lock);
  int result = real_ftruncate(fd, length);
  if (result == 0) record(TRUNCATE, name, length, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int ftruncate(int fd, off_t length) {
  return ftruncate64(fd, length);
}

static int sync_any(int fd, int (*real)(int)) {
  const char *name = name_of(fd);
  if (name == NULL) return real(fd);
  pthread_mutex_lock(&lock);
  int result = real(fd);
  if (result == 0) record(name[0] == 0 ? SYNC_FOLDER : SYNC, name, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int fsync(int fd) {
  return sync_any(fd, real_fsync);
}

int fdatasync(int fd) {
  return sync_any(fd, real_fdatasync);
}

int unlink(const char *path) {
  const char *name = inside(path);
  if (name == NULL) return real_unlink(path);
  pthread_mutex_lock(&lock);
  int result = real_unlink(path);
  if (result == 0) record(UNLINK, name, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return result;
}

int rename(const char *from, const char *to) {
  const char *name = inside(from);
  const char *new_name = inside(to);
  if (name == NULL || new_name == NULL) return real_rename(from, to);
  pthread_mutex_lock(&lock);
  int result = real_rename(from, to);
  if (result == 0) record(RENAME, name, 0, new_name, strlen(new_name));
  pthread_mutex_unlock(&lock);
  return result;
}
