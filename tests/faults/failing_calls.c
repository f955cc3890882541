/* Loaded before libc (LD_PRELOAD): lets one chosen file call of a process fail, tear, or be its last.
 *
 * Counted are the calls that change files below one folder: opening for writing, write, fsync, truncate, link, rename,
 * mkdir, unlink, rmdir. Python, Arrow's C++ and Rust all come through here. Reads are counted apart, where asked for.
 *
 * A power cut is modelled as POSIX allows it at worst: what was written and not yet flushed is gone, and so is every
 * new name in a folder that was not flushed since. Renames are taken to be kept.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { COUNT, KILL, TEAR, POWER, ONCE, FULL };
enum what { CREATE, GROW, FLUSH, OTHER, READ };

static char root[PATH_MAX];
static size_t root_length;
static long calls, at;
static int mode, error_number, reads, log_to = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))real(#name))
static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* What a power cut would take: files with unflushed content, and names in unflushed folders. */
static struct pending { char path[PATH_MAX]; int is_name; } *pending;
static size_t pending_count, pending_room;

static int inside(const char *path) {
    return root_length && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

static int of_descriptor(int descriptor, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0 && inside(path);
}

static int of_name(int folder, const char *name, char *path) {
    if (name[0] == '/' || folder == AT_FDCWD)
        snprintf(path, PATH_MAX, "%s", name);
    else if (of_descriptor(folder, path)) {
        size_t length = strlen(path);
        snprintf(path + length, PATH_MAX - length, "/%s", name);
    }
    return inside(path);
}

static void add_pending(const char *path, int is_name) {
    for (size_t i = 0; i < pending_count; i++)
        if (pending[i].is_name == is_name && !strcmp(pending[i].path, path)) return;
    if (pending_count == pending_room) {
        pending_room = pending_room ? 2 * pending_room : 64;
        pending = realloc(pending, pending_room * sizeof *pending);
    }
    snprintf(pending[pending_count].path, PATH_MAX, "%s", path);
    pending[pending_count++].is_name = is_name;
}

static void changed(const char *path, int is_name) {
    if (mode != POWER) return;
    pthread_mutex_lock(&lock);
    add_pending(path, is_name);
    pthread_mutex_unlock(&lock);
}

static void flushed(const char *path) {
    if (mode != POWER) return;
    pthread_mutex_lock(&lock);
    size_t length = strlen(path);
    for (size_t i = 0; i < pending_count;) {
        char *one = pending[i].path, *slash = strrchr(one, '/');
        int is_entry = pending[i].is_name && (size_t)(slash - one) == length && !strncmp(one, path, length);
        if (is_entry || (!pending[i].is_name && !strcmp(one, path)))
            pending[i] = pending[--pending_count];
        else
            i++;
    }
    pthread_mutex_unlock(&lock);
}

static void renamed(const char *from, const char *to) {
    if (mode != POWER) return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < pending_count;) {
        int gone = !strcmp(pending[i].path, from) && pending[i].is_name;
        if (!gone && !strcmp(pending[i].path, from)) snprintf(pending[i].path, PATH_MAX, "%s", to);
        if (gone) pending[i] = pending[--pending_count]; else i++;
    }
    pthread_mutex_unlock(&lock);
}

static void linked(const char *from, const char *to) {
    if (mode != POWER) return;
    pthread_mutex_lock(&lock);
    for (size_t i = 0, count = pending_count; i < count; i++)
        if (!pending[i].is_name && !strcmp(pending[i].path, from)) add_pending(to, 0);
    add_pending(to, 1);
    pthread_mutex_unlock(&lock);
}

static void lose_tree(const char *path) {
    struct stat status;
    if (lstat(path, &status)) return;
    if (S_ISDIR(status.st_mode)) {
        DIR *folder = opendir(path);
        for (struct dirent *entry; folder && (entry = readdir(folder));) {
            char inner[PATH_MAX + 256];
            if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
            snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            lose_tree(inner);
        }
        if (folder) closedir(folder);
        REAL(rmdir)(path);
    } else
        REAL(unlink)(path);
}

void faults_end(void) {
    if (mode == POWER) {
        for (size_t i = 0; i < pending_count; i++)
            if (!pending[i].is_name && REAL(truncate)(pending[i].path, 0)) continue;
        for (size_t i = 0; i < pending_count; i++)
            if (pending[i].is_name) lose_tree(pending[i].path);
    }
    kill(getpid(), SIGKILL);
}

/* Counts a call. Returns whether it is the one that must tear; sets errno and *failed where it must fail. */
static int boundary(const char *name, const char *path, enum what what, int *failed) {
    *failed = 0;
    if ((what == READ) != reads) return 0;
    long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (log_to >= 0) dprintf(log_to, "%ld %s %s\n", number, name, path + root_length);
    if (mode == COUNT || number < at) return 0;
    if (mode == FULL) {
        if (what != CREATE && what != GROW) return 0;
        if (number == at && what == GROW) return 1; /* the last blocks take a part */
        errno = ENOSPC;
        *failed = 1;
        return 0;
    }
    if (number > at) return 0;
    if (mode == TEAR) return 1;
    if (mode == ONCE) {
        errno = error_number;
        *failed = 1;
        return 0;
    }
    faults_end();
    return 0;
}

void faults_arm(const char *folder, long call, int how, int number, int of_reads, int log_descriptor) {
    snprintf(root, sizeof root, "%s", folder);
    calls = 0; at = call; mode = how; error_number = number; reads = of_reads; log_to = log_descriptor;
    pending_count = 0;
    root_length = strlen(root);
}

static int do_open(int folder, const char *name, int flags, mode_t bits, const char *function) {
    char path[PATH_MAX];
    int failed = 0, torn = 0, writes = (flags & O_ACCMODE) != O_RDONLY;
    if (flags & O_DIRECTORY || !of_name(folder, name, path))
        return REAL(openat)(folder, name, flags, bits);
    struct stat status;
    int fresh = flags & O_CREAT && lstat(path, &status);
    torn = boundary(function, path, writes ? (fresh ? CREATE : OTHER) : READ, &failed);
    if (failed) return -1;
    int descriptor = REAL(openat)(folder, name, flags, bits);
    if (descriptor >= 0 && fresh) changed(path, 1);
    if (torn && mode != FULL) faults_end();
    return descriptor;
}

#define BITS(flags, last)                                                                                             \
    mode_t bits = 0;                                                                                                  \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                            \
        va_list list;                                                                                                 \
        va_start(list, last);                                                                                         \
        bits = va_arg(list, mode_t);                                                                                  \
        va_end(list);                                                                                                 \
    }
int open(const char *path, int flags, ...) { BITS(flags, flags) return do_open(AT_FDCWD, path, flags, bits, "open"); }
int open64(const char *path, int flags, ...) { BITS(flags, flags) return do_open(AT_FDCWD, path, flags, bits, "open"); }
int openat(int folder, const char *path, int flags, ...) { BITS(flags, flags) return do_open(folder, path, flags, bits, "open"); }
int openat64(int folder, const char *path, int flags, ...) { BITS(flags, flags) return do_open(folder, path, flags, bits, "open"); }

/* A write of `size` bytes, done by `act` on as many of them as it is given. */
#define WRITING(function, descriptor, size, act)                                                                      \
    char path[PATH_MAX];                                                                                              \
    int failed = 0;                                                                                                   \
    if (!of_descriptor(descriptor, path)) { size_t some = size; return act; }                                         \
    int torn = boundary(function, path, GROW, &failed);                                                               \
    if (failed) return -1;                                                                                            \
    size_t some = torn && (size) > 1 ? (size) / 2 : (size);                                                           \
    ssize_t done = act;                                                                                               \
    changed(path, 0);                                                                                                 \
    if (torn && mode != FULL) faults_end();                                                                                  \
    return done;

ssize_t write(int fd, const void *data, size_t size) { WRITING("write", fd, size, REAL(write)(fd, data, some)) }
ssize_t pwrite(int fd, const void *data, size_t size, off_t o) { WRITING("pwrite", fd, size, REAL(pwrite)(fd, data, some, o)) }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t o) { WRITING("pwrite", fd, size, REAL(pwrite64)(fd, data, some, o)) }
ssize_t writev(int fd, const struct iovec *v, int n) { WRITING("writev", fd, (size_t)n, REAL(writev)(fd, v, (int)some)) }
ssize_t sendfile(int to, int from, off_t *o, size_t size) { WRITING("sendfile", to, size, REAL(sendfile)(to, from, o, some)) }
ssize_t sendfile64(int to, int from, off64_t *o, size_t size) { WRITING("sendfile", to, size, REAL(sendfile64)(to, from, o, some)) }
ssize_t copy_file_range(int from, off64_t *fo, int to, off64_t *o, size_t size, unsigned flags) {
    WRITING("copy_file_range", to, size, REAL(copy_file_range)(from, fo, to, o, some, flags))
}

/* A call without a size: `act`, and `then` where it went well. */
#define CALLING(function, known, what, act, then)                                                                     \
    int failed = 0;                                                                                                   \
    if (!(known)) return act;                                                                                         \
    int torn = boundary(function, path, what, &failed);                                                               \
    if (failed) return -1;                                                                                            \
    int done = act;                                                                                                   \
    if (done == 0) { then; }                                                                                          \
    if (torn && mode != FULL) faults_end();                                                                                  \
    return done;

int fsync(int fd) { char path[PATH_MAX]; CALLING("fsync", of_descriptor(fd, path), FLUSH, REAL(fsync)(fd), flushed(path)) }
int fdatasync(int fd) { char path[PATH_MAX]; CALLING("fsync", of_descriptor(fd, path), FLUSH, REAL(fdatasync)(fd), flushed(path)) }
int ftruncate(int fd, off_t size) { char path[PATH_MAX]; CALLING("truncate", of_descriptor(fd, path), OTHER, REAL(ftruncate)(fd, size), changed(path, 0)) }
int ftruncate64(int fd, off64_t size) { char path[PATH_MAX]; CALLING("truncate", of_descriptor(fd, path), OTHER, REAL(ftruncate64)(fd, size), changed(path, 0)) }
int truncate(const char *name, off_t size) { char path[PATH_MAX]; CALLING("truncate", of_name(AT_FDCWD, name, path), OTHER, REAL(truncate)(name, size), changed(path, 0)) }
int truncate64(const char *name, off64_t size) { char path[PATH_MAX]; CALLING("truncate", of_name(AT_FDCWD, name, path), OTHER, REAL(truncate64)(name, size), changed(path, 0)) }
int mkdirat(int folder, const char *name, mode_t bits) { char path[PATH_MAX]; CALLING("mkdir", of_name(folder, name, path), CREATE, REAL(mkdirat)(folder, name, bits), changed(path, 1)) }
int mkdir(const char *name, mode_t bits) { return mkdirat(AT_FDCWD, name, bits); }
int unlinkat(int folder, const char *name, int flags) { char path[PATH_MAX]; CALLING("unlink", of_name(folder, name, path), OTHER, REAL(unlinkat)(folder, name, flags), ) }
int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }
int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }
int linkat(int old_folder, const char *old, int folder, const char *name, int flags) {
    char path[PATH_MAX], from[PATH_MAX];
    of_name(old_folder, old, from);
    CALLING("link", of_name(folder, name, path), CREATE, REAL(linkat)(old_folder, old, folder, name, flags), linked(from, path))
}
int link(const char *old, const char *name) { return linkat(AT_FDCWD, old, AT_FDCWD, name, 0); }
int renameat2(int old_folder, const char *old, int folder, const char *name, unsigned flags) {
    char path[PATH_MAX], from[PATH_MAX];
    of_name(old_folder, old, from);
    CALLING("rename", of_name(folder, name, path), OTHER, REAL(renameat2)(old_folder, old, folder, name, flags), renamed(from, path))
}
int renameat(int old_folder, const char *old, int folder, const char *name) { return renameat2(old_folder, old, folder, name, 0); }
int rename(const char *old, const char *name) { return renameat2(AT_FDCWD, old, AT_FDCWD, name, 0); }

/* Reading: only asked for by the campaign that lets reads fail. */
ssize_t read(int fd, void *data, size_t size) {
    char path[PATH_MAX];
    int failed = 0;
    if (reads && of_descriptor(fd, path)) boundary("read", path, READ, &failed);
    return failed ? -1 : REAL(read)(fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t at_byte) {
    char path[PATH_MAX];
    int failed = 0;
    if (reads && of_descriptor(fd, path)) boundary("read", path, READ, &failed);
    return failed ? -1 : REAL(pread)(fd, data, size, at_byte);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at_byte) { return pread(fd, data, size, at_byte); }
