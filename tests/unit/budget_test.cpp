// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();

[[nodiscard]] error_code invalid_field(const budget_config& config, configuration_field expected) {
  const error failure = config.validate().error();
  EXPECT_EQ(failure.field, expected) << failure;
  EXPECT_TRUE(failure.code == error_code::none || failure.reporter == component::budget);
  return failure.code;
}
[[nodiscard]] bool same_but_failures(const budget_state& left, const budget_state& right) {
  return left.limit_bytes == right.limit_bytes && left.used_bytes == right.used_bytes &&
         left.own_bytes == right.own_bytes && left.available_bytes == right.available_bytes &&
         left.peak_bytes == right.peak_bytes && left.child_count == right.child_count && left.level == right.level;
}
/// A root of 100 bytes, a child of 60 and its child of 40, in blocks of 30 at most.
template <class Budget>
class tree {
public:
  using config = typename Budget::config_type;

  fault_log log{};
  Budget root{config{100, 0, nullptr, 70, 90, log.hook()}.validate().value()};
  Budget child{config{60, 0, &root, 70, 90, log.hook()}.validate().value()};
  Budget leaf{config{40, 30, &child, 70, 90, log.hook()}.validate().value()};

  tree() = default;
  tree(const tree&) = delete;
  tree& operator=(const tree&) = delete;
  ~tree() {
    for (Budget* each : {&leaf, &child, &root}) {
      if (each->state().own_bytes != 0) {
        EXPECT_TRUE(succeeded(each->release(each->state().own_bytes)));
      }
    }
  }
  [[nodiscard]] bool uses(std::size_t in_root, std::size_t in_child, std::size_t in_leaf) const {
    return root.state().used_bytes == in_root && child.state().used_bytes == in_child &&
           leaf.state().used_bytes == in_leaf && leaf.check_invariants().has_value() &&
           child.check_invariants().has_value() && root.check_invariants().has_value();
  }
  /// Refused with this code, no number changed at any level, counted once, at the budget that was called only.
  template <class Call>
  [[nodiscard]] testing::AssertionResult refused_at(Budget& called, error_code expected, Call call) {
    const budget_state before[] = {root.state(), child.state(), leaf.state()};
    const std::size_t faults = log.count();
    const auto outcome = call();
    const budget_state after[] = {root.state(), child.state(), leaf.state()};
    if (outcome.code() != expected) {
      return testing::AssertionFailure() << "expected " << expected << ", got " << outcome.error();
    }
    const Budget* const levels[] = {&root, &child, &leaf};
    for (std::size_t index = 0; index < 3; ++index) {
      const std::size_t counted = levels[index] == &called ? 1 : 0;
      if (!same_but_failures(before[index], after[index]) ||
          after[index].failures.total() != before[index].failures.total() + counted ||
          after[index].failures.of(expected) != before[index].failures.of(expected) + counted) {
        return testing::AssertionFailure() << "level " << index << " has changed";
      }
    }
    if (log.count() != faults + (is_misuse(expected) ? 1U : 0U)) {
      return testing::AssertionFailure() << "the hook was called " << log.count() - faults << " times";
    }
    return succeeded(leaf.check_invariants());
  }
};

// --- configuration

TEST(budget, refuses_invalid_configurations_by_field) {
  budget root(budget_config{100}.validate().value());
  const error_code invalid = error_code::invalid_configuration;
  EXPECT_EQ(invalid_field({0}, configuration_field::limit_bytes), invalid);
  EXPECT_EQ(invalid_field({101, 0, &root}, configuration_field::limit_bytes), invalid);
  EXPECT_EQ(invalid_field({100, 0, &root}, configuration_field::none), error_code::none);
  EXPECT_EQ(invalid_field({100, 101}, configuration_field::block_limit_bytes), invalid);
  EXPECT_EQ(invalid_field({100, 100}, configuration_field::none), error_code::none);
  EXPECT_EQ(invalid_field({100, 0, nullptr, 101, 100}, configuration_field::high_percent), invalid);
  EXPECT_EQ(invalid_field({100, 0, nullptr, 91, 90}, configuration_field::high_percent), invalid);
  EXPECT_EQ(invalid_field({100, 0, nullptr, 50, 101}, configuration_field::critical_percent), invalid);
  EXPECT_EQ(invalid_field({100, 0, nullptr, 100, 100}, configuration_field::none), error_code::none);
  EXPECT_EQ(invalid_field({size_max, size_max}, configuration_field::none), error_code::none);
}

TEST(budget, tree_has_at_most_eight_levels) {
  std::vector<std::unique_ptr<budget>> levels;
  for (std::size_t depth = 1; depth <= budget_config::depth_max; ++depth) {
    budget* const parent = levels.empty() ? nullptr : levels.back().get();
    levels.push_back(std::make_unique<budget>(budget_config{100, 0, parent}.validate().value()));
    EXPECT_EQ(levels.back()->depth(), depth);
    EXPECT_EQ(levels.back()->parent(), parent);
  }
  EXPECT_EQ(invalid_field({100, 0, levels.back().get()}, configuration_field::parent),
            error_code::invalid_configuration);
  EXPECT_TRUE(succeeded(levels.back()->reserve(100)));
  EXPECT_EQ(levels.front()->state().used_bytes, 100U);
  EXPECT_TRUE(succeeded(levels.back()->release(100)));
  while (!levels.empty()) {
    EXPECT_TRUE(succeeded(levels.back()->check_invariants()));
    levels.pop_back(); // children first
  }
}

TEST(budget, made_of_no_plan_has_nothing_to_give) {
  budget none(budget_config{0}.validate().value());
  EXPECT_TRUE(failed_with(none.reserve(1), error_code::over_block_limit));
}

// --- both policies

template <class Budget>
class budgets : public testing::Test {
public:
  tree<Budget> rig{};
};
struct names {
  template <class Budget>
  static const char* GetName(int /*index*/) { // NOLINT(readability-identifier-naming): GoogleTest's name
    return Budget::atomics_type::is_shared ? "shared" : "local";
  }
};
using both_policies = testing::Types<budget, local_budget>;
TYPED_TEST_SUITE(budgets, both_policies, names);

// SR-BUDGET-001
TYPED_TEST(budgets, a_reservation_counts_at_every_level_above) {
  auto& made = this->rig;
  EXPECT_TRUE(succeeded(made.leaf.reserve(10)));
  EXPECT_TRUE(succeeded(made.child.reserve(20)));
  EXPECT_TRUE(succeeded(made.root.reserve(30)));
  EXPECT_TRUE(made.uses(60, 30, 10));
  EXPECT_EQ(made.root.state().own_bytes, 30U);
  EXPECT_EQ(made.child.state().own_bytes, 20U);
  EXPECT_EQ(made.root.state().child_count, 1U);
  EXPECT_EQ(made.leaf.state().child_count, 0U);
}

// SR-BUDGET-001 SR-BUDGET-002
TYPED_TEST(budgets, no_level_is_ever_above_its_limit) {
  auto& made = this->rig;
  ASSERT_TRUE(succeeded(made.leaf.reserve(30)));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_budget, [&] { return made.leaf.reserve(11); }));
  EXPECT_TRUE(succeeded(made.leaf.reserve(10)));
  ASSERT_TRUE(succeeded(made.root.reserve(60)));
  EXPECT_TRUE(made.refused_at(made.root, error_code::over_budget, [&] { return made.root.reserve(1); }));
  EXPECT_TRUE(made.uses(100, 40, 40));
}

// SR-BUDGET-002
TYPED_TEST(budgets, a_refusal_further_up_leaves_nothing_behind_further_down) {
  auto& made = this->rig;
  ASSERT_TRUE(succeeded(made.root.reserve(90)));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_budget, [&] { return made.leaf.reserve(11); }));
  EXPECT_TRUE(made.uses(90, 0, 0));
  EXPECT_EQ(made.leaf.state().peak_bytes, 0U) << "what was refused is no peak";
  EXPECT_EQ(made.leaf.state().available_bytes, 10U) << "what is left above, not here";
}

// SR-BUDGET-002
TYPED_TEST(budgets, refuses_no_bytes_and_more_than_a_block_may_have) {
  auto& made = this->rig;
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::invalid_layout, [&] { return made.leaf.reserve(0); }));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_block_limit, [&] { return made.leaf.reserve(31); }));
  EXPECT_TRUE(made.refused_at(made.child, error_code::over_block_limit, [&] { return made.child.reserve(61); }));
  EXPECT_TRUE(made.refused_at(made.child, error_code::over_block_limit, [&] { return made.child.reserve(size_max); }));
  EXPECT_TRUE(succeeded(made.child.reserve(60)));
}

TYPED_TEST(budgets, a_block_limit_above_binds_those_below) {
  using config = typename TypeParam::config_type;
  TypeParam root(config{100, 10, nullptr}.validate().value());
  TypeParam child(config{100, 100, &root}.validate().value());
  EXPECT_TRUE(failed_with(child.reserve(11), error_code::over_block_limit));
  EXPECT_TRUE(succeeded(child.reserve(10)));
  EXPECT_TRUE(succeeded(child.release(10)));
}

// SR-BUDGET-004
TYPED_TEST(budgets, bytes_come_back_in_other_pieces_than_they_went) {
  auto& made = this->rig;
  ASSERT_TRUE(succeeded(made.leaf.reserve(10)));
  ASSERT_TRUE(succeeded(made.leaf.reserve(20)));
  EXPECT_TRUE(succeeded(made.leaf.release(25)));
  EXPECT_TRUE(succeeded(made.leaf.release(5)));
  EXPECT_TRUE(made.uses(0, 0, 0));
  EXPECT_EQ(made.root.state().peak_bytes, 30U);
}

// SR-BUDGET-004
TYPED_TEST(budgets, an_over_release_changes_nothing_at_any_level) {
  auto& made = this->rig;
  ASSERT_TRUE(succeeded(made.leaf.reserve(10)));
  ASSERT_TRUE(succeeded(made.root.reserve(50)));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_release, [&] { return made.leaf.release(11); }));
  EXPECT_EQ(made.log.last().what.during, operation::release);
  EXPECT_EQ(made.log.last().allocator, &made.leaf);
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_release, [&] { return made.leaf.release(size_max); }));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::invalid_layout, [&] { return made.leaf.release(0); }));
  EXPECT_TRUE(made.uses(60, 10, 10));
}

// SR-BUDGET-004
TYPED_TEST(budgets, a_parent_cannot_release_what_its_children_have) {
  auto& made = this->rig;
  ASSERT_TRUE(succeeded(made.leaf.reserve(10)));
  EXPECT_TRUE(made.refused_at(made.root, error_code::over_release, [&] { return made.root.release(1); }));
  EXPECT_TRUE(made.refused_at(made.child, error_code::over_release, [&] { return made.child.release(10); }));
  EXPECT_TRUE(succeeded(made.leaf.release(10)));
}

// SR-BUDGET-005
TYPED_TEST(budgets, a_limit_below_what_is_used_refuses_until_enough_has_been_released) {
  auto& made = this->rig;
  ASSERT_TRUE(succeeded(made.child.reserve(50)));
  const result<std::size_t> used = made.child.set_limit(20);
  EXPECT_TRUE(used.has_value());
  EXPECT_EQ(used.value(), 50U);
  EXPECT_EQ(made.child.state().level, budget_level::exceeded);
  EXPECT_EQ(made.child.state().available_bytes, 0U);
  EXPECT_EQ(made.child.limit_bytes(), 20U);
  EXPECT_TRUE(made.refused_at(made.child, error_code::over_budget, [&] { return made.child.reserve(1); }));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_budget, [&] { return made.leaf.reserve(1); }));
  EXPECT_TRUE(made.refused_at(made.leaf, error_code::over_block_limit, [&] { return made.leaf.reserve(21); }));
  EXPECT_TRUE(succeeded(made.child.release(31)));
  EXPECT_TRUE(succeeded(made.child.reserve(1)));
  EXPECT_TRUE(made.refused_at(made.child, error_code::over_budget, [&] { return made.child.reserve(1); }));
}

// SR-BUDGET-005
TYPED_TEST(budgets, a_limit_is_held_to_the_rules_of_the_configuration) {
  auto& made = this->rig;
  for (const std::size_t limit : {std::size_t{0}, std::size_t{101}, size_max}) {
    EXPECT_TRUE(
        made.refused_at(made.child, error_code::invalid_configuration, [&] { return made.child.set_limit(limit); }));
    EXPECT_EQ(made.child.set_limit(limit).error().field, configuration_field::limit_bytes);
  }
  EXPECT_TRUE(succeeded(made.root.set_limit(size_max)));
  EXPECT_TRUE(succeeded(made.child.set_limit(size_max)));
  EXPECT_TRUE(succeeded(made.child.reserve(size_max)));
  EXPECT_TRUE(made.refused_at(made.root, error_code::over_budget, [&] { return made.root.reserve(1); }));
}

// SR-BUDGET-006
TYPED_TEST(budgets, levels_are_exact_for_small_and_for_the_largest_limits) {
  using config = typename TypeParam::config_type;
  const auto level_at = [](std::size_t limit, std::size_t used, unsigned high, unsigned critical) {
    TypeParam one(config{limit, 0, nullptr, high, critical}.validate().value());
    EXPECT_TRUE(used == 0 || one.reserve(used).has_value());
    const budget_level level = one.state().level;
    EXPECT_TRUE(used == 0 || one.release(used).has_value());
    return level;
  };
  EXPECT_EQ(level_at(1, 0, 70, 90), budget_level::normal);
  EXPECT_EQ(level_at(1, 1, 70, 90), budget_level::critical);
  EXPECT_EQ(level_at(10, 7, 70, 90), budget_level::normal);
  EXPECT_EQ(level_at(10, 8, 70, 90), budget_level::high);
  EXPECT_EQ(level_at(10, 9, 70, 90), budget_level::high);
  EXPECT_EQ(level_at(10, 10, 70, 90), budget_level::critical);
  EXPECT_EQ(level_at(10, 10, 100, 100), budget_level::normal);
  EXPECT_EQ(level_at(3, 1, 0, 33), budget_level::critical) << "33 hundredths of 3 are less than 1";
  EXPECT_EQ(level_at(3, 2, 0, 67), budget_level::high) << "67 hundredths of 3 are more than 2";
  EXPECT_EQ(level_at(size_max, size_max / 10 * 7, 70, 90), budget_level::normal);
  EXPECT_EQ(level_at(size_max, size_max / 10 * 7 + 5, 70, 90), budget_level::high);
  EXPECT_EQ(level_at(size_max, size_max, 70, 90), budget_level::critical);
}

// SR-BUDGET-007
TYPED_TEST(budgets, one_that_ends_in_use_is_reported_and_its_bytes_stay_with_its_parent) {
  using config = typename TypeParam::config_type;
  fault_log log;
  TypeParam root(config{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
  {
    TypeParam child(config{50, 0, &root, 70, 90, log.hook()}.validate().value());
    ASSERT_TRUE(succeeded(child.reserve(10)));
  }
  ASSERT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().what.code, error_code::budget_in_use);
  EXPECT_EQ(log.last().what.during, operation::destroy);
  EXPECT_EQ(root.state().child_count, 0U);
  EXPECT_EQ(root.state().used_bytes, 10U);
  EXPECT_TRUE(succeeded(root.check_invariants()));
  EXPECT_TRUE(succeeded(root.release(10))) << "the parent can give back what nobody else can any more";
  EXPECT_EQ(log.count(), 1U);
}

// SR-BUDGET-007
TYPED_TEST(budgets, one_that_ends_before_its_children_is_reported) {
  using config = typename TypeParam::config_type;
  fault_log log;
  std::optional<TypeParam> root;
  root.emplace(config{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
  {
    TypeParam child(config{50, 0, &*root}.validate().value());
    EXPECT_EQ(root->state().child_count, 1U);
  }
  root.reset();
  EXPECT_EQ(log.count(), 0U) << "children first: nothing to report";
  // the child is never destroyed: it would count itself off a parent that is gone
  alignas(TypeParam) std::byte place[sizeof(TypeParam)];
  TypeParam* child = nullptr;
  {
    TypeParam early(config{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
    child = ::new (static_cast<void*>(place)) TypeParam(config{50, 0, &early}.validate().value());
  }
  EXPECT_EQ(child->depth(), 2U);
  EXPECT_EQ(log.count(), 1U);
  EXPECT_EQ(log.last().what.code, error_code::budget_in_use);
}

// --- bounded retries, by atomics that fail as they are told

struct budget_tag {};
using failing_atomics = interposed_atomics<budget_tag>;
using failing_budget = basic_budget<failing_atomics>;

// SR-BUDGET-003
TEST(budget, a_bounded_reservation_is_contended_and_never_falsely_over_budget) {
  interposition& control = failing_atomics::control();
  control = {};
  using config = basic_budget_config<failing_atomics>;
  failing_budget root(config{100}.validate().value());
  failing_budget child(config{100, 0, &root}.validate().value());
  control.failures_to_come = 3;
  EXPECT_TRUE(failed_with(child.try_reserve(10, 2), error_code::contended));
  EXPECT_EQ(child.state().used_bytes + root.state().used_bytes, 0U);
  control.failures_to_come = 3;
  EXPECT_TRUE(succeeded(child.try_reserve(10, 3)));
  control.failures_to_come = 1000;
  EXPECT_TRUE(failed_with(child.try_reserve(91, 0), error_code::over_budget)) << "decided without an exchange";
  control.failures_to_come = 50;
  EXPECT_TRUE(succeeded(child.release(10)));
  EXPECT_EQ(root.state().used_bytes, 0U);
}

/// Lowers a limit in front of one of the loads of a reservation.
struct lowering {
  failing_budget* of;
  std::size_t loads_before;
};

// SR-BUDGET-005
TEST(budget, a_limit_lowered_in_the_midst_of_a_reservation_is_kept_unless_the_reservation_was_first) {
  using config = basic_budget_config<failing_atomics>;
  // what the reservation loads: the limit, what is used, the limit; behind its exchange the limit, the peak
  const error_code expected[] = {error_code::over_block_limit, error_code::over_budget, error_code::over_budget,
                                 error_code::over_budget, error_code::none};
  for (std::size_t place = 0; place < 5; ++place) {
    interposition& control = failing_atomics::control();
    control = {};
    failing_budget root(config{100}.validate().value());
    lowering lower{&root, place};
    control.watched_bytes = sizeof(std::size_t);
    control.before_load_context = &lower;
    control.before_load = [](void* context) {
      auto& plan = *static_cast<lowering*>(context);
      if (plan.loads_before == 0) {
        failing_atomics::control().before_load = nullptr;
        EXPECT_TRUE(plan.of->set_limit(5).has_value());
      }
      --plan.loads_before;
    };
    EXPECT_TRUE(failed_with(root.reserve(10), expected[place])) << place;
    EXPECT_EQ(control.before_load, nullptr) << place;
    EXPECT_EQ(root.state().used_bytes, expected[place] == error_code::none ? 10U : 0U);
    EXPECT_TRUE(expected[place] != error_code::none || root.release(10).has_value());
  }
}

// --- threads

// SR-BUDGET-001: a concurrent budget is bounded, and exact at the end
TEST(budget, threads_never_exceed_a_limit_and_the_end_is_exact) {
  budget root(budget_config{1000}.validate().value());
  budget left(budget_config{700, 0, &root}.validate().value());
  budget right(budget_config{700, 0, &root}.validate().value());
  std::size_t over[4] = {};
  std::size_t refused[4] = {};
  std::vector<std::thread> threads;
  for (std::size_t self = 0; self < 4; ++self) {
    threads.emplace_back([&, self] {
      budget& mine = self % 2 == 0 ? left : right;
      for (std::size_t round = 0; round < 5000; ++round) {
        const std::size_t bytes = 1 + (round * 37 + self * 101) % 400;
        const result<void> reserved = mine.reserve(bytes);
        over[self] += root.state().used_bytes > 1000 || mine.state().used_bytes > 700 ? 1U : 0U;
        if (!reserved.has_value()) {
          refused[self] += reserved.code() == error_code::over_budget ? 1U : 1000000U;
          continue;
        }
        over[self] += mine.release(bytes).has_value() ? 0U : 1U;
      }
    });
  }
  std::size_t refusals = 0;
  for (std::size_t self = 0; self < 4; ++self) {
    threads[self].join();
    EXPECT_EQ(over[self], 0U);
    refusals += refused[self];
  }
  EXPECT_EQ(root.state().used_bytes, 0U);
  EXPECT_EQ(left.state().failures.total() + right.state().failures.total(), refusals);
  EXPECT_LE(root.state().peak_bytes, 1000U);
  EXPECT_TRUE(succeeded(left.check_invariants()));
  EXPECT_TRUE(succeeded(right.check_invariants()));
  EXPECT_TRUE(succeeded(root.check_invariants()));
}

// SR-BUDGET-007: a damaged number of one budget makes no room in those above it
TEST(budget, that_is_corrupted_hands_nothing_to_its_parent) {
  fault_log log;
  budget root(budget_config{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budget sibling(budget_config{90, 0, &root, 70, 90, log.hook()}.validate().value());
  {
    budget damaged(budget_config{90, 0, &root, 70, 90, log.hook()}.validate().value());
    ASSERT_TRUE(succeeded(damaged.reserve(10)) && succeeded(sibling.reserve(80)));
    metadata_access::used(damaged).store(74, memory_order::relaxed);
  }
  EXPECT_EQ(log.last().broken, invariant::budget_leaf_used_is_own);
  EXPECT_TRUE(failed_with(root.release(74), error_code::over_release));
  EXPECT_TRUE(failed_with(root.reserve(84), error_code::over_budget));
  EXPECT_TRUE(succeeded(sibling.release(80)));
  EXPECT_FALSE(root.is_corrupted());
}

} // namespace
