// SPDX-License-Identifier: Apache-2.0 OR MIT
// Two threads free the same block of a shared pool.
// expect: double_free
#include <atomic>
#include <thread>

#include "fixtures.hpp"

using namespace misuse_corpus;

static pool records;

void misuse() {
  std::byte* const block = prepared(records.allocate(record_layout));
  std::atomic<int> ready{0};
  nebula::error first;
  nebula::error second;
  const auto free_at_once = [&](nebula::error& outcome) {
    ready.fetch_add(1);
    while (ready.load() != 2) {
      std::this_thread::yield();
    }
    outcome = records.deallocate(block, record_layout).error();
  };
  std::thread other([&] { free_at_once(second); });
  free_at_once(first);
  other.join();
  const bool exactly_one = (first.code == nebula::error_code::none) != (second.code == nebula::error_code::none);
  returned(!exactly_one ? nebula::error{} : first.code != nebula::error_code::none ? first : second);
}
