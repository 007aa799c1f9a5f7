// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/services/cache/cache_policy.hpp>
#include <nebula/services/cache/index_links.hpp>

/// Second chance, or clock: a hand goes round the places, past the entries that were found since it came by last.
class second_chance_policy {
public:
  static constexpr std::size_t storage_bytes(std::uint32_t entry_count_max) noexcept {
    return nebula::services::slot_count_of(entry_count_max);
  }
  explicit second_chance_policy(const nebula::services::cache_policy_setup& setup) noexcept
      : marks_(nebula::services::make_array<mark>(setup.storage, storage_bytes(setup.entry_count_max))),
        places_(setup.entry_count_max + 1) {}

  void on_insert(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept { marks_[entry] = mark::is_in; }
  void on_access(std::uint32_t entry, std::uint32_t /*fingerprint*/) noexcept { marks_[entry] = mark::was_found; }
  void on_erase(std::uint32_t entry) noexcept { marks_[entry] = mark::absent; }
  std::uint32_t victim() noexcept {
    for (;;) { // twice round at most, for somebody is in
      hand_ = hand_ + 1 == places_ ? 0 : hand_ + 1;
      if (marks_[hand_] == mark::is_in) {
        marks_[hand_] = mark::absent;
        return hand_;
      }
      marks_[hand_] = marks_[hand_] == mark::was_found ? mark::is_in : mark::absent;
    }
  }

private:
  enum class mark : unsigned char { absent, is_in, was_found };
  mark* marks_;
  std::uint32_t places_;
  std::uint32_t hand_ = 0;
};
