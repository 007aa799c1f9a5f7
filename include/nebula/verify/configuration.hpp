// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/pattern.hpp>

namespace nebula::verify {

/// What the subjects are made of; each takes what it needs.
struct configuration {
  std::uint16_t capacity_bytes = 1024; ///< bump, stack
  std::uint8_t offset = 0;             ///< of the storage from a page's start; as guarded_storage has it
  std::uint8_t block_size_bytes = 24;  ///< pools; 0 is taken as 1
  std::uint8_t block_align_log2 = 3;   ///< pools; modulo 8
  std::uint8_t block_count = 4;        ///< pools; 0 is taken as 1
  std::uint8_t fallback_classes = 1;   ///< segregated; modulo the number of classes
  std::uint8_t check_level = 0;        ///< modulo 2: standard, paranoid
  std::uint8_t variety = 0;            ///< whatever else a subject varies by it
  std::uint8_t policy = 0;             ///< segregated: which table of classes; arena: what it grows by
};

/// With NEBULA_VERIFY_PARANOID every configuration is of the paranoid level, whatever it asks for: corpora and
/// enumerations are then run wholly at that level.
#if defined(NEBULA_VERIFY_PARANOID)
inline constexpr bool always_paranoid = true;
#else
inline constexpr bool always_paranoid = false;
#endif

/// The check level of a configuration.
[[nodiscard]] inline nebula::check_level level_of(const configuration& made_of) {
  return made_of.check_level % 2U == 0 && !always_paranoid ? nebula::check_level::standard
                                                           : nebula::check_level::paranoid;
}

[[nodiscard]] inline std::string to_text(const configuration& made_of) {
  return "  capacity " + std::to_string(made_of.capacity_bytes) + ", offset " + std::to_string(made_of.offset) +
         ", blocks " + std::to_string(made_of.block_count) + " of " + std::to_string(made_of.block_size_bytes) +
         " align 2^" + std::to_string(made_of.block_align_log2 % 8U) + ", fallback " +
         std::to_string(made_of.fallback_classes) +
         (level_of(made_of) == nebula::check_level::standard ? ", standard" : ", paranoid") + ", variety " +
         std::to_string(made_of.variety) + ", policy " + std::to_string(made_of.policy) + "\n";
}

/// What stands behind a block of variable size.
[[nodiscard]] inline std::size_t tail_bytes_of(const configuration& made_of) {
  return level_of(made_of) == nebula::check_level::paranoid ? canary_bytes : 0;
}

/// Counts the faults that an allocator reports.
struct fault_log {
  std::size_t count = 0;
  error_code last = error_code::none;
  const void* address = nullptr;

  [[nodiscard]] fault_hook hook() {
    return {[](void* context, const fault& report) {
              auto& log = *static_cast<fault_log*>(context);
              ++log.count;
              log.last = report.what.code;
              log.address = report.address;
            },
            this};
  }
};

/// The configuration block at the front of a fuzzer's bytes. Mostly small: exhaustion is where things happen.
template <class Reader>
[[nodiscard]] configuration read_configuration(Reader& bytes) {
  configuration made_of;
  const std::uint16_t capacity = bytes.two_bytes();
  made_of.capacity_bytes = static_cast<std::uint16_t>(capacity % 4096U + (capacity >= 0xF000U ? 8192U : 0U));
  made_of.offset = bytes.byte();
  made_of.block_size_bytes = bytes.byte();
  made_of.block_align_log2 = bytes.byte();
  const std::uint8_t blocks = bytes.byte();
  made_of.block_count = blocks % 16U == 15 ? blocks : static_cast<std::uint8_t>(blocks % 33U);
  made_of.fallback_classes = bytes.byte();
  made_of.check_level = bytes.byte();
  made_of.variety = bytes.byte();
  made_of.policy = bytes.byte();
  return made_of;
}

} // namespace nebula::verify
