// SPDX-License-Identifier: Apache-2.0 OR MIT
// The recorded process: its trace file, and the chunk that each of its threads writes. Used inside malloc: no heap, no
// locks, no cancellation points, errno kept.
//
// Order. Every event takes the next number of one process-wide counter. A number is taken *before* a block is given
// back (free, realloc_begin) and *after* a block was obtained (the rest). If an address is given back by one thread and
// then obtained by another, then
//   give-back's number < real free < real malloc that returned it < its number,
// where the middle step is the allocator's own synchronisation; and a block that is passed to another thread and freed
// there was numbered before the passing. So in the order of the numbers no address is born twice without a release in
// between, and no release precedes its birth: replaying by number is a possible history. A realloc takes two numbers,
// since it may do both.
//
// Death. Chunks are shared mappings of the file, and each event is committed by one store (format.hpp): what was
// committed survives any death of the process, with nothing to flush, at fork and exit neither. Releases are committed
// before the real call, so a trace that ends early never shows an address reborn before its release.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tools/trace/encoder.hpp"
#include "tools/trace/format.hpp"

#pragma GCC visibility push(hidden)
namespace nebula::record {

struct thread_record {
  trace::chunk_encoder encoder;
  std::uint32_t generation; // of the session that the rest belongs to: a forked child has another one
  std::uint32_t index;
  std::uint32_t system_thread_id;
  std::uint32_t next_chunk_bytes;
  std::uint32_t end_rounds; // runs of the thread-specific data's destructor so far
  bool busy;                // inside a hook: what the real allocator itself allocates is its own affair
};

extern constinit thread_local thread_record current_thread;

enum class recording : std::uint32_t {
  detached = 0, // not started, or freshly forked: the kernel zeroes the word in every child that has memory of its own
  on = 1,
  off = 2,
  attaching = 3
};

/// Points to a `recording` word in a page that is wiped on fork.
extern constinit std::uint32_t* recording_word;

/// Slow path of is_recording: in a forked child, starts a file of the child's own.
[[nodiscard]] bool attach_after_fork() noexcept;

[[nodiscard]] inline bool is_recording() noexcept {
  const auto word = static_cast<recording>(__atomic_load_n(recording_word, __ATOMIC_ACQUIRE));
  if (__builtin_expect(word == recording::on, 1) != 0) {
    return true;
  }
  return word == recording::detached && attach_after_fork();
}

/// Numbers the event (`item.sequence` is set here) and writes it to the calling thread's chunk. Precondition: current_thread.busy.
void write_event(trace::event& item) noexcept;

/// The scope of one hooked call.
class hook_scope {
public:
  hook_scope() noexcept : is_active_(!current_thread.busy && is_recording()) {
    if (is_active_) {
      current_thread.busy = true;
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
  }
  ~hook_scope() {
    if (is_active_) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
      current_thread.busy = false;
    }
  }
  hook_scope(const hook_scope&) = delete;
  hook_scope& operator=(const hook_scope&) = delete;
  hook_scope(hook_scope&&) = delete;
  hook_scope& operator=(hook_scope&&) = delete;

  [[nodiscard]] explicit operator bool() const noexcept { return is_active_; }

private:
  bool is_active_;
};

/// Begins recording; called once, by the library's constructor. `environment` is what main gets as its third argument.
void start(const char* const* environment) noexcept;

/// Notes in the file that the process ends by itself. Recording goes on: other libraries still clean up.
void mark_exited() noexcept;

} // namespace nebula::record
#pragma GCC visibility pop
