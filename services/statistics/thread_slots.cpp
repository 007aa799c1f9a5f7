// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/thread_slots.hpp>

#include <cstdint>

#include <nebula/kernel/atomics.hpp>

namespace nebula::services::detail {
namespace {

constinit basic_thread_slots<std_atomics, thread_slot_count> slots;

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

} // namespace

std::uint32_t claim_thread_slot() noexcept {
  static const thread_local slot_owner owner;
  static_cast<void>(owner);
  return thread_slot;
}

} // namespace nebula::services::detail
