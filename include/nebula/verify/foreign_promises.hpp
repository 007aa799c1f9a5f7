// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>

#include <nebula/kernel/error.hpp>
#include <nebula/kernel/layout.hpp>

/// What an allocator that is not ours says of itself. It is believed in nothing: what it promises is required, and what
/// it does not promise is not tried, or not judged.
namespace nebula::verify {

/// What a program can do wrong, as far as an allocator can tell.
enum class misuse : std::uint8_t {
  none,
  double_free,       ///< a block that is not live any more
  inside_pointer,    ///< into the storage, but not at the start of a live block
  foreign_pointer,   ///< not into the storage
  null_pointer,      ///< a free of null
  wrong_layout,      ///< a free with a layout that some block can have, but not this one
  impossible_layout, ///< a free with a layout that no block can have
  out_of_order,      ///< a free of another block than the newest, or the oldest, where that is a rule
  stale_mark,        ///< a mark that ended with an older one, or with a reset
};
inline constexpr std::size_t misuse_count = 9;

[[nodiscard]] constexpr const char* name(misuse what) noexcept {
  constexpr std::array<const char*, misuse_count> names{
      "none",         "double_free",       "inside_pointer", "foreign_pointer", "null_pointer",
      "wrong_layout", "impossible_layout", "out_of_order",   "stale_mark"};
  return static_cast<std::size_t>(what) < misuse_count ? names[static_cast<std::size_t>(what)] : "unknown";
}

/// The kernel's code for it; an adapter tells no more than that a call was refused.
[[nodiscard]] constexpr error_code code_of(misuse what) noexcept {
  constexpr std::array<error_code, misuse_count> codes{error_code::none,
                                                       error_code::double_free,
                                                       error_code::misaligned_pointer,
                                                       error_code::foreign_pointer,
                                                       error_code::null_pointer,
                                                       error_code::layout_mismatch,
                                                       error_code::layout_mismatch,
                                                       error_code::lifo_violation,
                                                       error_code::stale_marker};
  return codes[static_cast<std::size_t>(what)];
}

class misuse_set {
public:
  constexpr misuse_set() = default;
  constexpr misuse_set(std::initializer_list<misuse> members) {
    for (const misuse each : members) {
      bits_ |= std::uint32_t{1} << static_cast<unsigned>(each);
    }
  }
  [[nodiscard]] constexpr bool has(misuse which) const { return (bits_ >> static_cast<unsigned>(which) & 1U) != 0; }

private:
  std::uint32_t bits_ = 0;
};

/// What becomes of memory that is freed.
enum class reuse : std::uint8_t {
  when_empty,  ///< whatever was served in a row when nothing was live is served again when nothing is
  until_reset, ///< the same, but memory stays with the sizes that it came to serve first, until a reset
  always,      ///< as many blocks as ever were live can be live again: where all blocks are of one size
  after_reset, ///< frees give nothing back
};

struct allocator_promises {
  // --- how to ask
  std::size_t storage_min_bytes = 256;  ///< with less it is not made
  std::size_t storage_max_bytes = 4096; ///< so little that programs of some dozens of operations meet its end
  std::size_t storage_align = alignof(std::max_align_t);
  std::size_t size_max_bytes = std::numeric_limits<std::size_t>::max();
  std::size_t align_max_bytes = alignof(std::max_align_t);

  // --- requests that are made only if they are refused
  bool refuses_size_zero = false;
  bool refuses_bad_alignment = false; ///< one that is no power of two
  bool refuses_beyond_limits = false; ///< above size_max_bytes or align_max_bytes

  // --- frees
  reuse memory = reuse::when_empty;
  bool frees_newest_first = false; ///< any other order is misuse
  bool frees_oldest_first = false; ///< likewise; not both
  misuse_set detects{};            ///< calls that are refused, and change nothing
};

} // namespace nebula::verify
