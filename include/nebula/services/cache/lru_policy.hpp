// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/index_links.hpp>

namespace nebula::services {

/// Least recently used: whoever was neither put nor found for the longest time goes. All O(1). 8 bytes for each entry.
/// A scan of more keys than fit pushes everything out. [SR-CACHE-105]
class lru_policy {
public:
  [[nodiscard]] static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    return index_links::storage_bytes(slot_count_of(entry_count_max) + 1);
  }
  explicit lru_policy(const cache_policy_setup& setup) noexcept
      : links_(setup.storage, slot_count_of(setup.entry_count_max) + 1), head_(setup.entry_count_max + 1) {
    links_.make_empty(head_);
  }

  void on_insert(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept { links_.push(head_, entry); }
  void on_access(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept { links_.renew(head_, entry); }
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
