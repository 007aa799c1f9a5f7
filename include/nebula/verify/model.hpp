// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/state.hpp>

/// The oracle: for each kind of allocator a plain model that predicts what each call does, exactly. It is written from
/// the contracts, with the simplest means (sorted vectors, linear searches, no tricks), and shares no code with the
/// kernel but its types. A model has these members:
///
///   verdict allocate(layout)                      predicts; says where the block will be, if the contract does
///   void allocated(address, layout)               the allocator did succeed
///   error_code deallocate(address, layout)        predicts, and carries it out if it succeeds
///   error_code deallocate(address)                likewise, where has_free_without_layout
///   error_code mark()                             likewise; marks are numbered 0, 1, … in the order in which they were
///   made error_code restore(mark number) error_code reset() bool is_live(address) allocator_state state()
///
/// and, where the allocator has a paranoid level:
///
///   stray_write watches(address)                  of a byte that is overwritten now
///   address tail_of(address, layout)              where the canary of a live block begins
///   void mended(address, stray_write)             the allocator has said so
namespace nebula::verify {

using address = std::uintptr_t;

/// Twice as wide as an address: nothing that the models compute in it can wrap. They need no care where the kernel
/// needs much.
#if UINTPTR_MAX > 0xFFFFFFFFU
__extension__ using wide = unsigned __int128;
#else
using wide = std::uint64_t;
#endif

/// The first multiple of `align` from here; the last address iff there is none.
[[nodiscard]] inline address round_up(address from, std::size_t align) {
  const address padding = from % align == 0 ? 0 : align - from % align;
  return from > ~address{0} - padding ? ~address{0} : from + padding;
}

/// What an allocation will do.
struct verdict {
  error_code code = error_code::none;
  std::optional<address> place{}; ///< exactly here; nothing iff any of several blocks would do
  address lowest = 0;             ///< in any case within [lowest, beyond)
  address beyond = 0;
};

/// What an allocator at the paranoid level will say of a byte that is overwritten.
struct stray_write {
  error_code code = error_code::none; ///< none: the byte is not watched
  address reported = 0;               ///< the address that the fault names
};

/// The part of a state that every model keeps in the same way.
class failure_tally {
public:
  /// Counts a failure, and hands it on.
  error_code operator()(error_code code) {
    if (code != error_code::none) {
      ++counts_.counts[failure_reason_index(code)];
    }
    return code;
  }
  [[nodiscard]] const failure_counts& counts() const { return counts_; }

private:
  failure_counts counts_{};
};

} // namespace nebula::verify
