// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bench/harness.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

#include <sys/resource.h>

#include <nebula/kernel/describe.hpp>

#include "bench/nebula_blocks.hpp"

namespace nebula::bench {

void give_up(const char* what, const char* why) {
  std::fprintf(stderr, "nebula-bench: %s %s\n", what, why);
  std::exit(1);
}

void give_up(error failure) { give_up("an allocator of nebula has refused a call:", name(failure.code)); }

long preemption_count::now() noexcept {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_nivcsw;
}

void run_threads(int threads, const std::function<void(int)>& verify_thread) {
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread) {
    others.emplace_back(verify_thread, thread);
  }
  verify_thread(0);
  for (std::thread& other : others) {
    other.join();
  }
}

void registry::leave_out(const std::string& peer, const std::string& why) {
  if (std::find(left_out_.begin(), left_out_.end(), peer) != left_out_.end()) {
    return;
  }
  left_out_.push_back(peer);
  std::fprintf(stderr, "nebula-bench: left out: %s (%s)\n", peer.c_str(), why.c_str());
}

} // namespace nebula::bench
