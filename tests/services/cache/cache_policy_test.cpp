// SPDX-License-Identifier: Apache-2.0 OR MIT
// A policy of a user's, as docs/services/cache.md shows it.
#include <cstddef>
#include <cstdint>

#include <nebula/services/cache/cache.hpp>
#include "../../../examples/second_chance_policy.hpp"
#include "../../unit/gtest.hpp"
#include "policy_rig.hpp"

namespace nebula::services {
/// None of them is a policy; not in the namespace without a name, where compilers miss who calls their functions.
namespace no_policies {

struct throwing_victim : second_chance_policy {
  using second_chance_policy::second_chance_policy;
  std::uint32_t victim() { return 0; }
};
struct without_access {
  explicit without_access(const cache_policy_setup& /*setup*/) noexcept {}
  static constexpr std::size_t storage_bytes(std::uint32_t /*count*/) noexcept { return 0; }
  void on_insert(std::uint32_t /*entry*/, std::uint32_t /*fingerprint*/) noexcept {}
  void on_erase(std::uint32_t /*entry*/) noexcept {}
  [[nodiscard]] std::uint32_t victim() noexcept { return 0; }
};

} // namespace no_policies
namespace {

using no_policies::throwing_victim;
using no_policies::without_access;

/// The same on a circle of keys, of which there is one place more than entries.
class second_chance_model {
public:
  second_chance_model(std::size_t capacity, std::uint64_t /*seed*/) : capacity_(capacity), places_(capacity + 1) {}
  bool request(std::uint64_t key) {
    for (place& each : places_) {
      if (each.is_in && each.key == key) {
        each.was_found = true;
        return true;
      }
    }
    std::size_t to = free_;
    if (count_ < capacity_) {
      ++free_;
      ++count_;
    } else {
      free_ = go_round();
      places_[free_].is_in = false;
    }
    places_[to] = {key, true, false};
    return false;
  }

private:
  struct place {
    std::uint64_t key;
    bool is_in;
    bool was_found;
  };
  std::size_t go_round() {
    for (;;) {
      hand_ = (hand_ + 1) % places_.size();
      if (places_[hand_].is_in && !places_[hand_].was_found) {
        return hand_;
      }
      places_[hand_].was_found = false;
    }
  }
  std::size_t capacity_;
  std::vector<place> places_;
  std::size_t count_ = 0;
  std::size_t free_ = 0; ///< where the newcomer comes: the victim's place stays free for the next one
  std::size_t hand_ = 0;
};

// [SR-CACHE-105]
TEST(users_policies, are_as_good_as_ours) {
  static_assert(cache_policy<second_chance_policy>);
  test::expect_same_hits<second_chance_policy, second_chance_model>();
}
// [SR-CACHE-105]
TEST(users_policies, go_on_whatever_comes) { test::expect_whole_whatever_comes<second_chance_policy>(); }

// [SR-CACHE-105]
TEST(users_policies, that_may_throw_or_lack_a_hook_do_not_compile) {
  static_assert(!cache_policy<throwing_victim>);
  static_assert(!cache_policy<without_access>);
  static_assert(!cache_policy<int>);
}

} // namespace
} // namespace nebula::services
