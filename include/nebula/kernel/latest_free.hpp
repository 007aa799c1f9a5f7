// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/seal.hpp>

namespace nebula {

/// The block that a pool with one owner freed last, kept beside its list: it is the one that the list would give next, so
/// that the order of blocks is the list's. A free and the allocation after it then touch the block's state and this, and
/// no link; and the address comes back as it went in. That is the shortest chain of dependent instructions that there
/// is: from an index it would take a product each way.
///
/// Which block, and where: kept twice, each to be compared with the other. All-zero: none.
class latest_free {
public:
  /// 0 or 1.
  [[nodiscard]] constexpr std::uint32_t count() const noexcept { return number_ != 0 ? 1 : 0; }
  /// The index and 1; 0 iff there is none.
  [[nodiscard]] constexpr std::uint32_t number() const noexcept { return number_; }
  /// Of no block iff there is none.
  [[nodiscard]] NEBULA_WRAPS constexpr std::uint32_t index() const noexcept { return number_ - 1; }
  [[nodiscard]] constexpr std::byte* block() const noexcept { return block_; }
  constexpr void keep(std::uint32_t index, std::byte* block) noexcept {
    number_ = index + 1;
    block_ = block;
  }
  constexpr void clear() noexcept { number_ = 0; }
  void add_to(seal& sum) const noexcept {
    sum.add(number_);
    sum.add_address(block_);
  }

private:
  friend struct metadata_access;
  std::byte* block_ = nullptr;
  std::uint32_t number_ = 0;
};

/// Of a pool with several owners: each change is one of the list's head.
struct no_latest_free {
  [[nodiscard]] static constexpr std::uint32_t count() noexcept { return 0; }
  [[nodiscard]] static constexpr std::uint32_t number() noexcept { return 0; }
  [[nodiscard]] static constexpr std::uint32_t index() noexcept { return 0; }
  [[nodiscard]] static constexpr std::byte* block() noexcept { return nullptr; }
  static constexpr void clear() noexcept {}
  static void add_to(seal& /*sum*/) noexcept {}
};

} // namespace nebula
