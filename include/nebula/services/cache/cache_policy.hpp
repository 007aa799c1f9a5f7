// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace nebula::services {

/// What a cache gives its policy when it makes it.
struct cache_policy_setup {
  std::byte* storage = nullptr;      ///< Policy::storage_bytes(entry_count_max) of them, aligned to cache_align
  std::uint32_t entry_count_max = 0; ///< what the cache was configured for
  std::uint64_t seed = 0;            ///< for policies that draw lots
};

/// The alignment of each part of a cache's storage: lines of the processor's caches, of which no cell then straddles two.
inline constexpr std::size_t cache_align = 64;

/// A cache has one entry more than it was configured for: the newcomer's, which is made before its victim goes. A policy
/// keeps what it has to know of entries by their indices, 0 to entry_count_max.
[[nodiscard]] constexpr std::size_t slot_count_of(std::uint32_t entry_count_max) noexcept {
  return std::size_t{entry_count_max} + 1;
}

/// Who goes when there is no room. A policy sees indices and fingerprints, never keys or values, and holds no lock. What
/// the cache promises to it:
///
/// - on_insert(entry, fingerprint): an entry that was not in; or one that got too heavy, after its on_erase().
/// - on_access(entry, fingerprint): an entry that is in was found by get() or find(), or was updated.
/// - on_erase(entry): an entry that is in goes for another reason than the policy: removed, expired, cleared.
/// - victim(): at least one entry is in. Returns one that is in; from then on it is not, and on_erase is not called.
///   What is returned is checked: an index that no entry has is refused, as cache_failure_code::policy_broken.
///
/// A policy may have these, too:
///
/// - on_arrival(fingerprint): a newcomer comes, once, before the victims that make room for it, if any, and on_insert.
/// - on_resize(entry_count): the cache is to have so many entries, before the victims of that.
/// - likely_victim() const: who would be the next one, if that is known; its cell is fetched meanwhile. Anything will do.
/// - is_whole(): its own invariants hold; the cache's is_whole() asks, and it may take O(entries).
///
/// Nothing of it may throw, and storage_bytes() is at most 128 bytes for each entry, and 1024 besides. [SR-CACHE-105]
template <class Policy>
concept cache_policy = std::constructible_from<Policy, const cache_policy_setup&> &&
                       requires(Policy& policy, std::uint32_t entry, std::uint32_t fingerprint) {
                         { Policy::storage_bytes(entry) } noexcept -> std::same_as<std::size_t>;
                         { policy.on_insert(entry, fingerprint) } noexcept;
                         { policy.on_access(entry, fingerprint) } noexcept;
                         { policy.on_erase(entry) } noexcept;
                         { policy.victim() } noexcept -> std::same_as<std::uint32_t>;
                       };

} // namespace nebula::services
