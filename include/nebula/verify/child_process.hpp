// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <type_traits>

/// Whatever a foreign allocator does to its process is done to a child. POSIX only.
namespace nebula::verify {

enum class child_end : unsigned char {
  returned,
  stopped, ///< it ended itself: abort(), exit(), a trap
  crashed, ///< a signal of the hardware's
  hung,    ///< it had used far more time of the processor than it can need, or waited for minutes
};
[[nodiscard]] constexpr const char* name(child_end end) noexcept {
  constexpr const char* names[] = {"returned", "stopped", "crashed", "hung"};
  return names[static_cast<unsigned char>(end)];
}

/// What a child and its parent both see.
template <class Notes>
class shared_notes {
  static_assert(std::is_trivially_copyable_v<Notes>);

public:
  shared_notes() {
    void* const page = mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
      std::perror("memory shared with a child");
      std::exit(2);
    }
    notes_ = ::new (page) Notes;
  }
  ~shared_notes() { munmap(notes_, sizeof(Notes)); }
  shared_notes(const shared_notes&) = delete;
  shared_notes& operator=(const shared_notes&) = delete;

  Notes* operator->() { return notes_; }
  Notes& operator*() { return *notes_; }

private:
  Notes* notes_;
};

namespace detail {
/// What an allocator says before it ends the process is nobody's output.
inline void become_child() {
  constexpr int cpu_seconds_max = 5; // a thousand times what anything here takes
  constexpr unsigned blocked_seconds_max = 120;
  const rlimit no_core{0, 0};
  const itimerval until_hung{{0, 0}, {cpu_seconds_max, 0}};
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0 ||
      setrlimit(RLIMIT_CORE, &no_core) != 0 || setitimer(ITIMER_VIRTUAL, &until_hung, nullptr) != 0) {
    _exit(2);
  }
  alarm(blocked_seconds_max);
}
} // namespace detail

/// Runs it in a child, and says how that ended.
template <class Work>
[[nodiscard]] child_end run_in_child(Work work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    detail::become_child();
    work();
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    std::perror("a child process");
    std::exit(2);
  }
  if (!WIFSIGNALED(status)) {
    return WEXITSTATUS(status) == 0 ? child_end::returned : child_end::stopped;
  }
  switch (WTERMSIG(status)) {
  case SIGABRT:
  case SIGILL:
  case SIGTRAP: return child_end::stopped;
  case SIGVTALRM:
  case SIGALRM: return child_end::hung;
  default: return child_end::crashed;
  }
}

} // namespace nebula::verify
