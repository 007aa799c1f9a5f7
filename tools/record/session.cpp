// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/record/session.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/single_threaded.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <limits>

#include "tools/record/environment.hpp"

namespace nebula::record {

constinit thread_local thread_record current_thread{};

namespace {

constinit std::uint32_t never_attached = 0;

} // namespace

constinit std::uint32_t* recording_word = &never_attached;

namespace {

constexpr std::size_t max_path_bytes = 4096;
constexpr std::uint32_t max_files_per_process_id = 1000;

// One instance, reset in each forked child. Everything is constant-initialised: hooks may run before any constructor.
struct session_state {
  std::atomic<std::uint64_t> next_sequence{1};
  char padding[64]{}; // the counter is every thread's hot spot: nothing else shares its line
  std::atomic<std::uint64_t> claimed_bytes{trace::file_header_bytes};
  std::atomic<std::uint64_t> extended_bytes{trace::file_header_bytes};
  std::atomic<std::uint32_t> next_thread_index{0};
  std::atomic<bool> has_failed{
      false}; // no space, or no way to the file: trying again for each event would stall the program
  std::uint32_t generation{0};
  std::uint8_t* file_header{nullptr};
  pid_t process_id{0};
  pid_t only_process_id{0}; // 0: all
  pthread_key_t thread_end_key{};
  bool has_thread_end_key{false};
  char prefix[max_path_bytes]{};
  char path[max_path_bytes]{};
};

constinit session_state session;

// libc's open, close, pread and fallocate are cancellation points; malloc must not become one.
int open_file(const char* path, int flags) noexcept {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644));
}
void close_file(int file) noexcept { syscall(SYS_close, file); }
bool write_at(int file, const void* bytes, std::size_t size, std::uint64_t offset) noexcept {
  return syscall(SYS_pwrite64, file, bytes, size, offset) == static_cast<long>(size);
}
bool read_at(int file, void* bytes, std::size_t size, std::uint64_t offset) noexcept {
  return syscall(SYS_pread64, file, bytes, size, offset) == static_cast<long>(size);
}

// Grows the file to hold [offset, offset + size), never shrinks it, whatever other threads do at the same time.
bool extend_file(int file, std::uint64_t offset, std::uint64_t size) noexcept {
  if (syscall(SYS_fallocate, file, 0, offset, size) == 0) {
    return true;
  }
  const std::uint8_t zero = 0;
  return (errno == EOPNOTSUPP || errno == ENOSYS) && write_at(file, &zero, 1, offset + size - 1);
}

std::uint8_t* map_file(int file, std::uint64_t offset, std::size_t size) noexcept {
  void* const mapped =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, file, static_cast<off_t>(offset));
  if (mapped == MAP_FAILED) {
    return nullptr;
  }
  // A forked child has its own file; it shall not hold the pages of this one.
  madvise(mapped, size, MADV_DONTFORK);
  return static_cast<std::uint8_t*>(mapped);
}

char* put_text(char* at, const char* end, const char* text) noexcept {
  while (*text != '\0' && at < end) {
    *at++ = *text++;
  }
  return at;
}

char* put_number(char* at, const char* end, std::uint64_t number) noexcept {
  char digits[24];
  std::size_t first = sizeof digits;
  digits[--first] = '\0';
  do {
    digits[--first] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return put_text(at, end, digits + first);
}

// PREFIX.ntrace (attempt 0), PREFIX.<pid>.ntrace, PREFIX.<pid>.2.ntrace and so on.
void name_file(std::uint32_t attempt) noexcept {
  const char* const end = session.path + max_path_bytes - 1;
  char* at = put_text(session.path, end, session.prefix);
  if (attempt > 0) {
    at = put_number(put_text(at, end, "."), end, static_cast<std::uint64_t>(session.process_id));
  }
  if (attempt > 1) {
    at = put_number(put_text(at, end, "."), end, attempt);
  }
  *put_text(at, end, trace_suffix) = '\0';
}

// The file at session.path exists. If this very process wrote it, under its former program, that program ended by exec.
void mark_predecessor_executed() noexcept {
  const int file = open_file(session.path, O_RDWR);
  if (file < 0) {
    return;
  }
  std::uint8_t header[trace::program_name_offset];
  if (read_at(file, header, sizeof header, 0) &&
      std::memcmp(header, trace::file_magic.data(), trace::file_magic.size()) == 0 &&
      trace::load_field<std::uint64_t>(header, trace::file_field::process_id) ==
          static_cast<std::uint64_t>(session.process_id) &&
      trace::load_field<std::uint32_t>(header, trace::file_field::ending) ==
          static_cast<std::uint32_t>(trace::ending::running)) {
    const auto executed = static_cast<std::uint32_t>(trace::ending::executed);
    write_at(file, &executed, sizeof executed, trace::file_field::ending);
  }
  close_file(file);
}

int create_file(std::uint32_t first_attempt) noexcept {
  for (std::uint32_t attempt = first_attempt; attempt < max_files_per_process_id; ++attempt) {
    name_file(attempt);
    const int file = open_file(session.path, O_RDWR | O_CREAT | O_EXCL);
    if (file >= 0 || errno != EEXIST) {
      return file;
    }
    if (first_attempt == 0) {
      mark_predecessor_executed();
    }
  }
  return -1;
}

bool write_file_header(int file) noexcept {
  char name[max_path_bytes];
  const ssize_t name_bytes = readlink("/proc/self/exe", name, sizeof name);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  alignas(8) std::uint8_t header[trace::file_header_bytes] = {};
  trace::encode_file_header(
      header, {static_cast<std::uint64_t>(session.process_id), static_cast<std::uint64_t>(getppid()),
               static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec),
               sizeof(void*), name, name_bytes > 0 ? static_cast<std::size_t>(name_bytes) : 0});
  return write_at(file, header, sizeof header, 0);
}

// Starts the file of this process. False: it cannot be made, or this process is not to be recorded.
bool open_session(std::uint32_t first_attempt) noexcept {
  session.process_id = getpid();
  if (session.only_process_id != 0 && session.only_process_id != session.process_id) {
    return false;
  }
  ++session.generation;
  session.next_sequence.store(1, std::memory_order_relaxed);
  session.claimed_bytes.store(trace::file_header_bytes, std::memory_order_relaxed);
  session.extended_bytes.store(trace::file_header_bytes, std::memory_order_relaxed);
  session.next_thread_index.store(0, std::memory_order_relaxed);
  session.has_failed.store(false, std::memory_order_relaxed);
  const int file = create_file(first_attempt);
  if (file < 0) {
    return false;
  }
  session.file_header = write_file_header(file) ? map_file(file, 0, trace::file_header_bytes) : nullptr;
  close_file(file);
  return session.file_header != nullptr;
}

void set_recording(recording value) noexcept {
  __atomic_store_n(recording_word, static_cast<std::uint32_t>(value), __ATOMIC_RELEASE);
}

void count_dropped_event() noexcept {
  auto* const count = static_cast<void*>(session.file_header + trace::file_field::dropped_events);
  __atomic_fetch_add(static_cast<std::uint64_t*>(count), 1, __ATOMIC_RELAXED);
}

void close_chunk(thread_record& thread) noexcept {
  if (thread.encoder.is_open()) {
    munmap(thread.encoder.data(), thread.encoder.chunk_bytes());
    thread.encoder.close();
  }
}

bool open_chunk(thread_record& thread, std::uint64_t first_sequence) noexcept {
  // Threads often live for a few events only: the first chunk is small, later ones grow. The file is opened anew for
  // each, as daemons close or replace descriptors that they do not know.
  const std::uint32_t bytes = thread.next_chunk_bytes;
  const int file = open_file(session.path, O_RDWR);
  if (file < 0) {
    return false;
  }
  const std::uint64_t offset = session.claimed_bytes.fetch_add(bytes, std::memory_order_relaxed);
  std::uint8_t* const chunk = extend_file(file, offset, bytes) ? map_file(file, offset, bytes) : nullptr;
  close_file(file);
  if (chunk == nullptr) {
    return false;
  }
  std::uint64_t extended = session.extended_bytes.load(std::memory_order_relaxed);
  while (extended < offset + bytes &&
         !session.extended_bytes.compare_exchange_weak(extended, offset + bytes, std::memory_order_relaxed)) {
  }
  thread.encoder.open(chunk, bytes, thread.index, thread.system_thread_id, first_sequence);
  thread.next_chunk_bytes = bytes < trace::recorder_max_chunk_bytes ? bytes * 2 : bytes;
  return true;
}

// Destructors of other thread-specific data free memory too. Their order is by key, and a key set again is served in
// the next round: waiting for the last round but one puts this one last. What comes later yet gets small chunks of its
// own.
constexpr std::uint32_t last_end_round = 3;

void enter_thread(thread_record& thread) noexcept {
  thread.encoder.close(); // a forked child's belonged to the parent; its mapping did not come along
  thread.generation = session.generation;
  thread.index = session.next_thread_index.fetch_add(1, std::memory_order_relaxed);
  thread.system_thread_id = static_cast<std::uint32_t>(syscall(SYS_gettid));
  thread.next_chunk_bytes = trace::first_chunk_bytes;
  thread.end_rounds = 0;
  if (session.has_thread_end_key) {
    pthread_setspecific(session.thread_end_key, &thread);
  }
}

void on_thread_end(void* argument) {
  auto& thread = *static_cast<thread_record*>(argument);
  const bool was_busy = thread.busy;
  thread.busy = true;
  if (thread.generation == session.generation) {
    if (++thread.end_rounds < last_end_round) {
      pthread_setspecific(session.thread_end_key, &thread);
    } else {
      close_chunk(thread);
    }
  }
  thread.busy = was_busy;
}

const char* find_variable(const char* const* environment, const char* name) noexcept {
  const std::size_t name_bytes = std::strlen(name);
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    if (std::strncmp(*environment, name, name_bytes) == 0 && (*environment)[name_bytes] == '=') {
      return *environment + name_bytes + 1;
    }
  }
  return nullptr;
}

// A process, 0 for all, or -1, which no process has, for what is no number of one.
pid_t parse_process_id(const char* text) noexcept {
  pid_t id = 0;
  for (; *text != '\0'; ++text) {
    const bool is_digit = *text >= '0' && *text <= '9';
    if (!is_digit || id > (std::numeric_limits<pid_t>::max() - 9) / 10) {
      return -1;
    }
    id = id * 10 + (*text - '0');
  }
  return id;
}

// A locked instruction costs as much as all the rest of an event, and most programs have one thread. glibc clears its flag before a
// second thread can run; a signal handler cannot come in between, as hooks are not entered twice.
std::uint64_t take_sequence_number() noexcept {
  if (__libc_single_threaded != 0) {
    const std::uint64_t number = session.next_sequence.load(std::memory_order_relaxed);
    session.next_sequence.store(number + 1, std::memory_order_relaxed);
    return number;
  }
  return session.next_sequence.fetch_add(1, std::memory_order_relaxed);
}

} // namespace

void write_event(trace::event& item) noexcept {
  thread_record& thread = current_thread;
  if (__builtin_expect(thread.generation != session.generation, 0) != 0) {
    enter_thread(thread);
  }
  item.sequence = take_sequence_number();
  if (__builtin_expect(!thread.encoder.is_open() || !thread.encoder.has_room(), 0) != 0) {
    const int saved_errno = errno;
    close_chunk(thread);
    const bool is_open = !session.has_failed.load(std::memory_order_relaxed) && open_chunk(thread, item.sequence);
    errno = saved_errno;
    if (!is_open) {
      session.has_failed.store(true, std::memory_order_relaxed);
      count_dropped_event();
      return;
    }
  }
  thread.encoder.append(item);
  if (__builtin_expect(thread.end_rounds >= last_end_round, 0) != 0) {
    thread.next_chunk_bytes = trace::first_chunk_bytes;
    close_chunk(thread);
  }
}

bool attach_after_fork() noexcept {
  if (session.generation == 0) {
    return false; // not started yet
  }
  std::uint32_t expected = static_cast<std::uint32_t>(recording::detached);
  if (!__atomic_compare_exchange_n(recording_word, &expected, static_cast<std::uint32_t>(recording::attaching), false,
                                   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
    return false; // another thread of the child is at it
  }
  const int saved_errno = errno;
  const bool is_open = open_session(1);
  set_recording(is_open ? recording::on : recording::off);
  errno = saved_errno;
  return is_open;
}

void start(const char* const* environment) noexcept {
  const char* const prefix = find_variable(environment, file_prefix_variable);
  if (prefix == nullptr || *prefix == '\0' || std::strlen(prefix) + 64 > max_path_bytes) {
    return;
  }
  std::memcpy(session.prefix, prefix, std::strlen(prefix) + 1);
  if (const char* const only = find_variable(environment, only_process_variable); only != nullptr) {
    session.only_process_id = parse_process_id(only);
  }
  void* const page = mmap(nullptr, trace::unit_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  // Without the wiping, a forked child would write into its parent's file: then rather no recording.
  if (page == MAP_FAILED || madvise(page, trace::unit_bytes, MADV_WIPEONFORK) != 0) {
    return;
  }
  session.has_thread_end_key = pthread_key_create(&session.thread_end_key, on_thread_end) == 0;
  recording_word = static_cast<std::uint32_t*>(page);
  set_recording(recording::attaching);
  set_recording(open_session(0) ? recording::on : recording::off);
}

void mark_exited() noexcept {
  // A vfork child shares this memory; its _exit is not the end of the process.
  if (__atomic_load_n(recording_word, __ATOMIC_ACQUIRE) != static_cast<std::uint32_t>(recording::on) ||
      getpid() != session.process_id) {
    return;
  }
  trace::store_field(session.file_header, trace::file_field::closed_file_bytes,
                     session.extended_bytes.load(std::memory_order_relaxed));
  trace::store_field(session.file_header, trace::file_field::ending, static_cast<std::uint32_t>(trace::ending::exited));
}

} // namespace nebula::record
