// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <ostream>
#include <string>

#include <nebula/services/memory_failure.hpp>
#include <nebula/services/page_mapping.hpp>
#include <nebula/services/system_memory.hpp>
#include "../unit/gtest.hpp"

#if defined(__linux__)
#include <sys/mman.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NEBULA_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define NEBULA_TEST_SANITIZED 1
#endif
#endif
#if !defined(NEBULA_TEST_SANITIZED)
#define NEBULA_TEST_SANITIZED 0
#endif

namespace nebula::services {

inline std::ostream& operator<<(std::ostream& out, const memory_failure& failure) {
  char text[256];
  describe(failure, text, sizeof text);
  return out << text;
}

namespace test {

inline constexpr std::uint32_t no_memory = 12; ///< ENOMEM of Linux; elsewhere some error
inline constexpr std::size_t two_mebibytes = std::size_t{2} << 20U;
inline constexpr std::size_t gibibyte = std::size_t{1} << 30U;

/// Address and thread sanitizers have an mlock() of their own, which does nothing, and keep arrays elsewhere than on the
/// stack.
inline constexpr bool is_sanitized = NEBULA_TEST_SANITIZED != 0;

/// What makes address space out of two reservations only where it may be given back in parts.
#if defined(_WIN32)
inline constexpr bool can_release_parts = false;
#else
inline constexpr bool can_release_parts = true;
#endif

/// The system calls of this machine, with other files, with huge pages and nodes that are not there, and with each call
/// made to fail when the test says so. Counts the calls, and keeps what is mapped.
class machine_rig {
public:
  machine_rig() = default;
  machine_rig(const machine_rig&) = delete;
  machine_rig& operator=(const machine_rig&) = delete;

  /// A machine with two sizes of explicit huge pages, transparent ones, and two nodes.
  void have_everything() {
    files["/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"] = "8\n";
    files["/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages"] = "0\n";
    files["/proc/meminfo"] = "MemTotal: 4096 kB\nMemFree: 1024 kB\nMemAvailable: 2048 kB\nHugepagesize: 2048 kB\n";
    files["/sys/kernel/mm/transparent_hugepage/enabled"] = "always [madvise] never\n";
    files["/sys/kernel/mm/transparent_hugepage/hpage_pmd_size"] = "2097152\n";
    files["/sys/devices/system/node/has_memory"] = "0-1\n";
  }

  /// From the `nth` call of a kind on, or only that one, the call fails.
  void fail(system_call which, std::size_t nth, bool for_good, std::uint32_t system_error) {
    failing_ = which;
    nth_ = nth;
    for_good_ = for_good;
    error_ = system_error;
    calls_made.clear();
    was_injected = false;
  }
  void fail_always(system_call which, std::uint32_t system_error) { fail(which, 1, true, system_error); }
  void heal() { fail(system_call::none, 0, false, 0); }

  [[nodiscard]] const system_calls& table() {
    calls_ = native_system_calls();
    calls_.context = this;
    calls_.query_number = [](void* rig, system_number which, std::size_t* value) noexcept {
      return of(rig).during(system_call::query_number, [&] {
        const auto& given = which == system_number::page_bytes ? of(rig).page_bytes : of(rig).line_bytes;
        *value = given;
        return given != 0 ? 0 : native_system_calls().query_number(nullptr, which, value);
      });
    };
    calls_.reserve = [](void* rig, std::size_t bytes, std::byte** at) noexcept {
      return of(rig).during(system_call::reserve, [&] {
        const std::uint32_t failed = native_system_calls().reserve(nullptr, bytes, at);
        if (failed == 0) {
          of(rig).add(*at, bytes);
        }
        return failed;
      });
    };
    calls_.commit = [](void* rig, std::byte* at, std::size_t bytes) noexcept {
      return of(rig).during(system_call::commit, [&] { return native_system_calls().commit(nullptr, at, bytes); });
    };
    calls_.release = [](void* rig, std::byte* at, std::size_t bytes) noexcept {
      return of(rig).during(system_call::release, [&] {
        EXPECT_TRUE(of(rig).holds(at, bytes)) << "released what is not held";
        const std::uint32_t failed = native_system_calls().release(nullptr, at, bytes);
        if (failed == 0) {
          of(rig).remove(at, bytes);
        }
        return failed;
      });
    };
    calls_.map_huge = [](void* rig, std::byte* at, std::size_t bytes, std::size_t size) noexcept {
      return of(rig).during(system_call::map_huge, [&] { return of(rig).map_huge_instead(at, bytes, size); });
    };
    calls_.advise_huge = [](void* rig, std::byte*, std::size_t) noexcept {
      return of(rig).during(system_call::advise_huge, [] { return 0U; });
    };
    calls_.populate = [](void* rig, std::byte* at, std::size_t bytes) noexcept {
      return of(rig).during(system_call::populate, [&] {
        std::memset(at, 0, bytes);
        return 0U;
      });
    };
    calls_.lock = [](void* rig, std::byte*, std::size_t) noexcept {
      return of(rig).during(system_call::lock, [] { return 0U; });
    };
    calls_.bind_node = [](void* rig, std::byte*, std::size_t, std::size_t node, bool strict) noexcept {
      return of(rig).during(system_call::bind_node, [&] {
        of(rig).bound_node = node;
        of(rig).was_strict = strict;
        return 0U;
      });
    };
    calls_.query_node = [](void* rig, const std::byte*, std::size_t* node) noexcept {
      return of(rig).during(system_call::query_node, [&] {
        *node = of(rig).bound_node;
        return 0U;
      });
    };
    calls_.read_file = [](void* rig, const char* path, char* buffer, std::size_t size, std::size_t* length) noexcept {
      return of(rig).during(system_call::read_file, [&] {
        const auto found = of(rig).files.find(path);
        if (found == of(rig).files.end()) {
          return 2U; // there is no such file
        }
        *length = found->second.copy(buffer, size);
        return 0U;
      });
    };
    calls_.query_memory = [](void* rig, system_memory_numbers* numbers) noexcept {
      return of(rig).during(system_call::query_memory, [&] {
        *numbers = of(rig).memory;
        return 0U;
      });
    };
    return calls_;
  }
  [[nodiscard]] system_memory machine() { return system_memory::detect(table()).value(); }

  /// Address space that was mapped and not given back.
  [[nodiscard]] std::size_t held_bytes() const {
    std::size_t sum = 0;
    for (const auto& each : held_) {
      sum += each.second;
    }
    return sum;
  }
  /// True iff all of it is held.
  [[nodiscard]] bool holds(const std::byte* at, std::size_t bytes) const {
    const auto begin = reinterpret_cast<std::uintptr_t>(at);
    std::uintptr_t covered = begin;
    for (const auto& [from, size] : held_) {
      if (from <= covered && covered < from + size) {
        covered = from + size;
      }
    }
    return covered - begin >= bytes;
  }
  /// Gives back what is left, so that a test that lost something on purpose does not lose it for good.
  void release_all() {
    while (!held_.empty()) {
      const auto each = *held_.begin();
      auto* at = reinterpret_cast<std::byte*>(each.first);
      EXPECT_EQ(native_system_calls().release(nullptr, at, each.second), 0U);
      held_.erase(held_.begin());
    }
  }

  std::map<std::string, std::string> files{};
  std::map<system_call, std::size_t> calls_made{}; ///< since the last fail() or heal()
  system_memory_numbers memory{};
  std::size_t page_bytes = 0; ///< 0: this machine's
  std::size_t line_bytes = 0; ///< 0: this machine's
  std::size_t bound_node = 0;
  std::size_t mapped_size = 0; ///< of the huge pages mapped last
  bool has_free_huge_pages = true;
  bool was_strict = false;
  bool was_injected = false; ///< a failure has been

private:
  [[nodiscard]] static machine_rig& of(void* context) noexcept { return *static_cast<machine_rig*>(context); }

  template <class Call>
  std::uint32_t during(system_call which, Call call) {
    const std::size_t count = ++calls_made[which];
    if (which == failing_ && (count == nth_ || (for_good_ && count > nth_))) {
      was_injected = true;
      return error_;
    }
    return static_cast<std::uint32_t>(call());
  }

  // Ordinary pages at the place stand for huge ones.
  std::uint32_t map_huge_instead(std::byte* at, std::size_t bytes, std::size_t size) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % size, 0U);
    EXPECT_EQ(bytes % size, 0U);
    EXPECT_FALSE(holds(at, 1)) << "mapped over what is there";
    mapped_size = size;
    if (!has_free_huge_pages) {
      return no_memory;
    }
#if defined(__linux__)
    constexpr int fixed_noreplace = 0x100000;
    void* place = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | fixed_noreplace, -1, 0);
    if (place != at) {
      return no_memory;
    }
    add(at, bytes);
    return 0;
#else
    return no_memory;
#endif
  }

  void add(const std::byte* at, std::size_t bytes) { held_[reinterpret_cast<std::uintptr_t>(at)] = bytes; }
  void remove(const std::byte* at, std::size_t bytes) {
    const auto begin = reinterpret_cast<std::uintptr_t>(at);
    const std::uintptr_t end = begin + bytes;
    std::map<std::uintptr_t, std::size_t> left;
    for (const auto& [from, size] : held_) {
      if (from < begin) {
        left[from] = from + size < begin ? size : begin - from;
      }
      if (from + size > end) {
        const std::uintptr_t rest = from > end ? from : end;
        left[rest] = from + size - rest;
      }
    }
    held_ = left;
  }

  system_calls calls_{};
  std::map<std::uintptr_t, std::size_t> held_{};
  system_call failing_ = system_call::none;
  std::size_t nth_ = 0;
  bool for_good_ = false;
  std::uint32_t error_ = 0;
};

template <class T>
[[nodiscard]] testing::AssertionResult succeeded(const memory_outcome<T>& made) {
  if (made.has_value()) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << made.failure();
}

/// The whole failure of a field out of its range.
template <class T>
[[nodiscard]] testing::AssertionResult refused_for(const memory_outcome<T>& made, memory_field field, std::size_t value,
                                                   std::size_t lowest, std::size_t highest) {
  const memory_failure& failure = made.failure();
  if (made.has_value() || failure.code != memory_failure_code::invalid_configuration || failure.field != field ||
      failure.value != value || failure.lowest != lowest || failure.highest != highest) {
    return testing::AssertionFailure() << "expected " << name(field) << ' ' << value << " not in " << lowest << "..."
                                       << highest << ", got: " << failure;
  }
  return testing::AssertionSuccess();
}

[[nodiscard]] inline testing::AssertionResult refused_by(const memory_failure& failure, system_call call,
                                                         std::uint32_t system_error, memory_field field) {
  if (failure != refused_by_system(call, system_error, field)) {
    return testing::AssertionFailure() << "expected " << name(call) << ' ' << system_error << " for " << name(field)
                                       << ", got: " << failure;
  }
  return testing::AssertionSuccess();
}

} // namespace test
} // namespace nebula::services
