"""tidy: which room may see which, and which may call what. The order is that of the designs:
libclient/DESIGN.md and broker-lite/DESIGN.md."""

SHARED = ["base", "wire", "compress", "record", "sasl", "net"]
CLIENT_TRUNK = SHARED + ["cluster"]
SIBLINGS = ["producer", "consumer", "admin"]
BROKER = ["log", "controller", "replica", "coordinator", "handler", "server", "embed"]


def visible_rooms():
    """Room -> the rooms whose headers its files may include (itself among them)."""
    table = {}
    for position, room in enumerate(CLIENT_TRUNK):
        table[room] = CLIENT_TRUNK[:position + 1]
    for room in SIBLINGS:
        table[room] = CLIENT_TRUNK + [room]
    table["client"] = CLIENT_TRUNK + SIBLINGS + ["client"]
    for position, room in enumerate(BROKER):
        table[room] = SHARED + BROKER[:position + 1]
    return table


VISIBLE = visible_rooms()


def room_of(path):
    """"wire" for libclient/wire/codec.c, None for what is in no room of the libraries or broker."""
    parts = path.split("/")
    if len(parts) >= 3 and parts[0] in ("libclient", "broker-lite") and parts[1] in VISIBLE:
        return parts[1]
    return None


def is_product(path):
    return path.split("/")[0] in ("libclient", "broker-lite", "tools")


# Group -> (functions, places: a path or a folder with its slash). Tests may call everything.
DISK = ["libclient/client/", "broker-lite/log/file_real.c", "broker-lite/server/",
        "broker-lite/embed/", "tools/"]
# Rooms that start threads.
THREADED = ("client", "embed")
NET = ["libclient/net/", "libclient/client/", "broker-lite/server/"]
SYSTEM_CALLS = {
    "clock": (["clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time", "sleep",
               "usleep", "timer_create", "timerfd_create"],
              ["libclient/base/clock.c", "libclient/client/", "broker-lite/server/", "tools/"]),
    "random": (["getrandom", "getentropy", "arc4random"], ["libclient/base/random.c"]),
    "disk": (["open", "openat", "creat", "read", "write", "pread", "pwrite", "readv",
              "writev", "preadv", "pwritev", "fsync", "fdatasync", "sync", "syncfs", "ftruncate",
              "truncate", "fallocate", "posix_fallocate", "posix_fadvise", "rename", "renameat",
              "renameat2", "unlink", "unlinkat", "remove", "mkdir", "mkdirat", "rmdir", "opendir",
              "fdopendir", "readdir", "closedir", "scandir", "stat", "fstat", "lstat", "fstatat",
              "statx", "access", "faccessat", "mmap", "munmap", "msync", "mremap", "flock", "lseek",
              "link", "symlink", "readlink", "fopen", "fdopen", "freopen", "fclose", "fread",
              "fgets", "fgetc", "getline", "getdelim", "fseek", "fseeko", "ftell", "ftello",
              "rewind", "mkstemp", "mkdtemp", "dup", "dup2", "pipe", "pipe2",
              "copy_file_range", "splice"], DISK),
    "descriptors": (["close", "fcntl"], DISK + NET),
    "net": (["socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "send",
             "recv", "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "sendfile",
             "setsockopt", "getsockopt", "getsockname", "getpeername", "getaddrinfo",
             "getnameinfo", "freeaddrinfo", "gethostbyname", "shutdown", "epoll_create1",
             "epoll_ctl", "epoll_wait", "eventfd", "ppoll", "poll", "select", "ioctl"],
            NET + ["broker-lite/log/file_real.c"]),
    "threads": (["pthread_*", "thrd_*", "mtx_*", "cnd_*", "sem_*"],
                ["libclient/client/", "libclient/base/lock.", "broker-lite/embed/"]),
    # Where an application's thread meets the I/O thread; a broker's loop owns its state alone.
    "locks": (["lock_init", "lock_hold", "lock_hold_patiently",
              "signal_init", "signal_wait"],
              ["libclient/producer/", "libclient/consumer/", "libclient/admin/",
               "libclient/client/", "libclient/net/loop.c", "libclient/base/frame_pool.c",
               "broker-lite/embed/"]),
    "process": (["fork", "vfork", "execve", "execv", "execvp", "execl", "execlp", "waitpid", "kill",
                 "raise", "sigaction", "sigprocmask", "pthread_sigmask", "prctl", "setrlimit",
                 "getrlimit", "getpid", "getenv", "secure_getenv", "isatty", "sysconf", "getcwd",
                 "chdir", "gethostname", "setvbuf"],
                ["libclient/client/", "broker-lite/server/", "broker-lite/embed/", "tools/"]),
    "uv": (["uv_*"], NET + ["broker-lite/log/file_real.c"]),
    "print": (["printf", "fprintf", "vprintf", "vfprintf", "puts", "fputs", "putchar", "fputc",
               "putc", "putchar_unlocked", "fwrite", "fflush", "perror", "dprintf", "vdprintf",
               "syslog", "exit", "_exit", "quick_exit", "atexit"],
              ["broker-lite/server/", "tools/", "libclient/examples/",
               "broker-lite/examples/"]),
}
EXCEPTIONS = {
    # The default log callback prints warnings to stderr: the one place in the library that may.
    ("print", "libclient/client/log_line.c"),
    ("process", "libclient/examples/roundtrip.c"),
    ("process", "libclient/examples/at_least_once.c"),
    ("process", "libclient/examples/partition_dump.c"),
    ("process", "libclient/examples/simple_group.c"),
    ("process", "libclient/examples/transactional_copy.c"),
    ("process", "libclient/examples/simple_producer.c"),
    ("disk", "libclient/examples/simple_producer.c"),
    ("process", "libclient/examples/high_throughput_producer.c"),
}
# The one global: what makes the I/O thread one per process.
MUTABLE = {"libclient/client/thread.c"}

BANNED = {
    "strcpy": "memcpy or snprintf with a checked size", "strcat": "snprintf",
    "stpcpy": "memcpy with a checked size", "strncpy": "memcpy with a checked size",
    "strncat": "snprintf", "sprintf": "snprintf", "vsprintf": "vsnprintf", "gets": "getline",
    "strtok": "strcspn over a view", "strtok_r": "strcspn over a view", "alloca": "an arena",
    "atoi": "strtol with a checked end", "atol": "strtol with a checked end",
    "atoll": "strtoll with a checked end", "atof": "strtod with a checked end",
    "scanf": "a parser", "sscanf": "a parser", "fscanf": "a parser", "system": "nothing",
    "popen": "nothing", "rand": "base/random.h", "srand": "base/random.h",
    "random": "base/random.h", "drand48": "base/random.h", "tmpnam": "mkstemp", "mktemp": "mkstemp",
    "tempnam": "mkstemp", "setjmp": "error returns", "longjmp": "error returns",
    "asctime": "strftime", "ctime": "strftime", "localtime": "localtime_r", "gmtime": "gmtime_r",
    "signal": "sigaction", "bcopy": "memmove", "bzero": "memset", "index": "strchr",
    "valloc": "aligned_alloc", "vfork": "nothing", "setenv": "nothing", "putenv": "nothing",
}
# A test may set its own environment and lay out a file name with the plain call.
BANNED_BUT_IN_TESTS = {"setenv", "putenv", "random"}
