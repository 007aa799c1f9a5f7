// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <type_traits>
#include <vector>

#include <nebula/kernel.hpp>
#include "gtest.hpp"

namespace nebula {

inline std::ostream& operator<<(std::ostream& out, error_code code) { return out << name(code); }
inline std::ostream& operator<<(std::ostream& out, invariant id) { return out << name(id); }
inline std::ostream& operator<<(std::ostream& out, const error& failure) {
  return out << name(failure.reporter) << ' ' << name(failure.during) << ' ' << name(failure.code) << ' '
             << name(failure.field);
}

namespace test {

/// A hook that keeps what it is told.
class fault_log {
public:
  fault_log() = default;
  fault_log(const fault_log&) = delete;
  fault_log& operator=(const fault_log&) = delete;

  [[nodiscard]] fault_hook hook() { return {&fault_log::record, this}; }
  [[nodiscard]] std::size_t count() const { return faults_.size(); }
  [[nodiscard]] const fault& last() const { return faults_.back(); }
  /// Forgets what is no corruption.
  void drop_misuse() {
    std::vector<fault> kept;
    for (const fault& each : faults_) {
      if (!is_misuse(each.what.code)) {
        kept.push_back(each);
      }
    }
    faults_ = kept;
  }

private:
  static void record(void* context, const fault& report) {
    static_cast<fault_log*>(context)->faults_.push_back(report);
  }

  std::vector<fault> faults_;
};

template <class Value>
[[nodiscard]] testing::AssertionResult succeeded(const result<Value>& outcome) {
  if (outcome.has_value()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << outcome.error();
}

template <class Value>
[[nodiscard]] testing::AssertionResult failed_with(const result<Value>& outcome, error_code expected) {
  if (outcome.code() == expected) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << "expected " << expected << ", got " << outcome.error();
}

/// The same allocator_state, the failure counts not compared.
[[nodiscard]] inline testing::AssertionResult same_but_failures(const allocator_state& before,
                                                                const allocator_state& after) {
  if (before.capacity_bytes != after.capacity_bytes) {
    return testing::AssertionFailure() << "capacity_bytes " << before.capacity_bytes << " -> " << after.capacity_bytes;
  }
  if (before.used_bytes != after.used_bytes) {
    return testing::AssertionFailure() << "used_bytes " << before.used_bytes << " -> " << after.used_bytes;
  }
  if (before.available_bytes != after.available_bytes) {
    return testing::AssertionFailure() << "available_bytes " << before.available_bytes << " -> "
                                       << after.available_bytes;
  }
  if (before.peak_bytes != after.peak_bytes) {
    return testing::AssertionFailure() << "peak_bytes " << before.peak_bytes << " -> " << after.peak_bytes;
  }
  if (before.live_blocks != after.live_blocks) {
    return testing::AssertionFailure() << "live_blocks " << before.live_blocks << " -> " << after.live_blocks;
  }
  return testing::AssertionSuccess();
}

/// Makes the call and holds it to the whole contract of a failure: this code, no other change than one failure counted
/// under it, the hook called iff it is misuse, and then with this allocator and the same error.
template <class Allocator, class Call>
[[nodiscard]] testing::AssertionResult refused(const Allocator& allocator, const fault_log& log, error_code expected,
                                               Call call) {
  const allocator_state before = allocator.state();
  const std::size_t faults = log.count();
  const auto outcome = call();
  const allocator_state after = allocator.state();
  if (outcome.code() != expected) {
    return testing::AssertionFailure() << "expected " << expected << ", got " << outcome.error();
  }
  const testing::AssertionResult same = same_but_failures(before, after);
  if (!same) {
    return same;
  }
  if (after.failures.of(expected) != before.failures.of(expected) + 1 ||
      after.failures.total() != before.failures.total() + 1) {
    return testing::AssertionFailure() << expected << " is not counted exactly once";
  }
  if (log.count() != faults + (is_misuse(expected) ? 1U : 0U)) {
    return testing::AssertionFailure() << "the hook was called " << log.count() - faults << " times for " << expected;
  }
  if (is_misuse(expected) && (log.last().what != outcome.error() || log.last().allocator != &allocator ||
                              log.last().broken != invariant::none)) {
    return testing::AssertionFailure() << "the hook was told " << log.last().what << ", the caller " << outcome.error();
  }
  return succeeded(allocator.check_invariants());
}

/// Storage at a multiple of 4096, and views of it that begin elsewhere.
template <std::size_t Bytes>
class storage {
public:
  [[nodiscard]] byte_span span(std::size_t offset = 0) { return {bytes_ + offset, Bytes - offset}; }
  [[nodiscard]] byte_span span(std::size_t offset, std::size_t size) { return {bytes_ + offset, size}; }

private:
  alignas(4096) std::byte bytes_[Bytes] = {};
};

/// A pool with a log, whatever it is made of: a caller's storage or its own.
template <class Pool>
class pool_rig {
public:
  static constexpr std::uint32_t block_count = 5; // an index takes three bits, so that 6 and 7 are no blocks
  static constexpr layout block = {48, 16};

  fault_log log{};

private:
  storage<4096> storage_{};

  Pool make() {
    if constexpr (std::is_constructible_v<Pool, fault_hook>) {
      return Pool(log.hook());
    } else {
      return Pool(typename Pool::config_type{storage_.span(3), block.size, block.align, block_count, log.hook()}
                      .validate()
                      .value());
    }
  }

public:
  Pool pool = make();
};

struct block_of_48 {
  alignas(16) std::byte bytes[48];
};

[[nodiscard]] inline bool is_aligned(const std::byte* address, std::size_t align) {
  return reinterpret_cast<std::uintptr_t>(address) % align == 0;
}

inline void paint(std::byte* block, std::size_t size, unsigned colour) {
  for (std::size_t index = 0; index < size; ++index) {
    block[index] = static_cast<std::byte>(colour);
  }
}
[[nodiscard]] inline bool is_painted(const std::byte* block, std::size_t size, unsigned colour) {
  for (std::size_t index = 0; index < size; ++index) {
    if (block[index] != static_cast<std::byte>(colour)) {
      return false;
    }
  }
  return true;
}

} // namespace test
} // namespace nebula
