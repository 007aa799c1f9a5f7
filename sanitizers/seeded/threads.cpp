// SPDX-License-Identifier: Apache-2.0 OR MIT
// A block changes hands between two threads: rightly through the pool, whose push and pop are all that orders them.
#include <atomic>
#include <cstddef>
#include <thread>

#include <nebula/kernel.hpp>

#include "defects.hpp"

namespace {

struct record {
  int number;
};

/// One thread writes into a block and frees it; then the other takes it and writes. The flag says when, and orders
/// nothing: without the pool's release and acquire the two writes race.
template <class Pool>
void hand_over(Pool& pool) {
  std::atomic<bool> freed{false};
  std::thread giver([&] {
    std::byte* const block = pool.allocate(nebula::layout::of<record>()).value();
    *block = std::byte{1};
    static_cast<void>(pool.deallocate(block));
    freed.store(true, std::memory_order_relaxed);
  });
  std::thread taker([&] {
    while (!freed.load(std::memory_order_relaxed)) {
      std::this_thread::yield();
    }
    std::byte* const block = pool.allocate(nebula::layout::of<record>()).value();
    *block = std::byte{2};
    static_cast<void>(pool.deallocate(block));
  });
  giver.join();
  taker.join();
}

nebula::static_pool<record, 1> shared;
nebula::static_local_pool<record, 1> for_one_owner;

void nothing_wrong() { hand_over(shared); }
void pool_of_one_owner() { hand_over(for_one_owner); }

const seeded::defect defects[] = {{"pool_of_one_owner", pool_of_one_owner}};

} // namespace

int main(int argument_count, char** arguments) {
  return seeded::run(nothing_wrong, defects, argument_count, arguments);
}
