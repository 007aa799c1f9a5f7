// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// First in, first out: whoever came first goes, however often it was found. All O(1), and a hit writes nothing. 8 bytes
/// for each entry. [SR-CACHE-105]
class fifo_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    return index_links::storage_bytes(slot_count_of(entry_count_max) + 1);
  }
  explicit fifo_policy(const cache_policy_setup& setup) noexcept
      : links_(setup.storage, slot_count_of(setup.entry_count_max) + 1), head_(setup.entry_count_max + 1) {
    links_.make_empty(head_);
  }

  void on_insert(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept { links_.push(head_, entry); }
  static void on_access(std::uint32_t /*entry*/, std::uint32_t /*fingerprint*/) noexcept {}
  void on_erase(std::uint32_t entry) noexcept { links_.remove(entry); }
  [[nodiscard]] std::uint32_t victim() noexcept {
    const std::uint32_t oldest = links_.oldest(head_);
    links_.remove(oldest);
    return oldest;
  }
  [[nodiscard]] std::uint32_t likely_victim() const noexcept { return links_.oldest(head_); }

private:
  index_links links_;
  std::uint32_t head_;
};

} // namespace nebula::services
