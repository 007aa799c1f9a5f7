// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/allocator_manager.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "lifecycle_rig.hpp"

namespace nebula::services {
namespace {

constexpr layout request{64, 16};

class manager : public testing::Test {
protected:
  static allocator_registration added(const allocator_registry& registry, const char* name, pool_allocator& pool) {
    return registry.add(name, allocator_reference(pool, allocator_threads::any)).value();
  }
  [[nodiscard]] std::size_t live_in(const test::shared_pool& owned) const { return owned.pool.state().live_blocks; }

  test::shared_pool usual_{};
  test::shared_pool special_{};
  allocator_registry registry_ = allocator_registry::make({}).value();
  allocator_registration of_usual_ = added(registry_, "usual", usual_.pool);
  allocator_registration of_special_ = added(registry_, "special", special_.pool);
  allocator_manager manager_{registry_, of_usual_.id()};
};

// [SR-LC-004]
TEST_F(manager, takes_the_default_without_a_scope) {
  EXPECT_EQ(manager_.current(), of_usual_.id());
  std::byte* const block = manager_.allocate(request).value();
  EXPECT_TRUE(usual_.pool.owns(block));
  EXPECT_TRUE(manager_.deallocate(block, request).has_value());
}

TEST_F(manager, takes_what_the_innermost_scope_names_and_goes_back) {
  {
    const allocator_scope outer(registry_, of_special_.id());
    EXPECT_EQ(manager_.current(), of_special_.id());
    {
      const allocator_scope inner(registry_, of_usual_.id());
      EXPECT_EQ(manager_.current(), of_usual_.id());
    }
    EXPECT_EQ(manager_.current(), of_special_.id());
  }
  EXPECT_EQ(manager_.current(), of_usual_.id());
}

TEST_F(manager, frees_through_the_owner_whichever_allocator_is_in_force) {
  std::byte* of_special = nullptr;
  {
    const allocator_scope scope(registry_, of_special_.id());
    of_special = manager_.allocate(request).value();
  }
  ASSERT_TRUE(special_.pool.owns(of_special));
  EXPECT_EQ(live_in(special_), 1U);
  EXPECT_TRUE(manager_.deallocate(of_special, request).has_value());
  EXPECT_EQ(live_in(special_), 0U);
}

TEST_F(manager, is_not_changed_by_scopes_of_other_threads_and_other_registries) {
  const allocator_scope scope(registry_, of_special_.id());
  std::thread([this] { EXPECT_EQ(manager_.current(), of_usual_.id()); }).join();
  const allocator_registry other = allocator_registry::make({}).value();
  const allocator_scope of_another(other, static_cast<allocator_id>(99));
  EXPECT_EQ(manager_.current(), of_special_.id());
}

TEST_F(manager, keeps_an_inner_scope_that_outlives_the_outer_one) {
  auto outer = std::make_unique<allocator_scope>(registry_, of_special_.id());
  auto inner = std::make_unique<allocator_scope>(registry_, of_usual_.id());
  outer.reset();
  EXPECT_EQ(manager_.current(), of_usual_.id());
  inner.reset();
  EXPECT_EQ(manager_.current(), of_usual_.id());
  const allocator_scope scope(registry_, of_special_.id());
  EXPECT_EQ(manager_.current(), of_special_.id());
}

TEST_F(manager, is_not_changed_by_a_scope_that_outlives_its_registry) {
  std::optional<allocator_scope> scope;
  {
    const allocator_registry gone = allocator_registry::make({}).value();
    scope.emplace(gone, static_cast<allocator_id>(1));
  }
  for (int round = 0; round < 10; ++round) { // one may well be made in the place of the first
    const allocator_registry next = allocator_registry::make({}).value();
    EXPECT_EQ(allocator_manager(next, static_cast<allocator_id>(2)).current(), static_cast<allocator_id>(2));
  }
}

TEST_F(manager, refuses_while_what_is_in_force_has_left) {
  const allocator_scope scope(registry_, of_special_.id());
  of_special_.end();
  EXPECT_EQ(manager_.allocate(request).failure().code, lifecycle_failure_code::no_such_allocator);
}

} // namespace
} // namespace nebula::services
