// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/thread_slots.hpp>

#include <cstdint>

#include <nebula/kernel/atomics.hpp>

#if defined(_WIN32)
#include <pthread.h>
#endif

namespace nebula::services::detail {
namespace {

constinit basic_thread_slots<std_atomics, thread_slot_count> slots;

#if defined(_WIN32)
/// MinGW gives the memory of thread_local objects back before it calls their destructors: neither the object nor thread_slot
/// is what it was by then. What a key of the thread keeps is handed to the key's destructor as it is.
struct slot_key {
  slot_key() noexcept : is_there(pthread_key_create(&key, &give_up) == 0) {}
  static void give_up(void* number) noexcept {
    thread_slot = thread_slot_count;
    slots.release(static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(number)) - 1);
  }
  pthread_key_t key{};
  bool is_there;
};

/// thread_slot_count iff all are taken, or one could not be given up again.
std::uint32_t claim_until_the_thread_ends() noexcept {
  static const slot_key kept;
  const std::uint32_t slot = kept.is_there ? slots.claim() : thread_slot_count;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a number that is never followed; 0 would be nothing to give up
  void* const number = reinterpret_cast<void*>(std::uintptr_t{slot} + 1);
  if (slot != thread_slot_count && pthread_setspecific(kept.key, number) != 0) {
    slots.release(slot);
    return thread_slot_count;
  }
  return slot;
}
#else
/// Gives a thread's number up when the thread ends. What other objects of the thread count after that goes to the copy
/// for all.
struct slot_owner {
  slot_owner() noexcept { thread_slot = slots.claim(); }
  ~slot_owner() {
    const std::uint32_t slot = thread_slot;
    thread_slot = thread_slot_count;
    if (slot != thread_slot_count) {
      slots.release(slot);
    }
  }
  slot_owner(const slot_owner&) = delete;
  slot_owner& operator=(const slot_owner&) = delete;
};
#endif

} // namespace

std::uint32_t claim_thread_slot() noexcept {
#if defined(_WIN32)
  thread_slot = claim_until_the_thread_ends();
#else
  static const thread_local slot_owner owner;
  static_cast<void>(owner);
#endif
  return thread_slot;
}

} // namespace nebula::services::detail
