// SPDX-License-Identifier: Apache-2.0 OR MIT
/// Owners of objects over the adaptors of the kernel.
#include <cstddef>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

#include <nebula/nebula.hpp>
#include "arena_rig.hpp"
#include "ledger.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

using pool = static_pool<tracked<64>, 4>;
using local_pool = static_local_pool<tracked<64>, 4>;
using bump = static_bump<2048>;
using stack = static_stack<2048>;

template <class Allocator>
using claim_of = typename block_claim_of<Allocator>::type;
template <class Allocator>
using both = observed<budgeted<Allocator>>;

static_assert(std::is_same_v<claim_of<budgeted<pool>>, generation_claim<budgeted<pool>>>);
static_assert(std::is_same_v<claim_of<both<local_pool>>, generation_claim<both<local_pool>>>);
static_assert(std::is_same_v<claim_of<budgeted<bump>>, mark_claim<budgeted<bump>>>);
static_assert(std::is_same_v<claim_of<both<bump>>, mark_claim<both<bump>>>);
static_assert(std::is_same_v<claim_of<observed<stack>>, top_claim<observed<stack>>>);
static_assert(std::is_same_v<claim_of<both<stack>>, top_claim<both<stack>>>);
static_assert(std::is_same_v<claim_of<both<arena>>, arena_claim<both<arena>>>);
// What these are over can say nothing of a block: they say so, and not deep inside.
static_assert(std::is_void_v<claim_of<budgeted<segregated_allocator>>>);
static_assert(std::is_void_v<claim_of<observed<shared_bump_allocator>>>);
static_assert(std::is_void_v<claim_of<fallback<pool, bump>>>);
static_assert(!has_block_handles<both<bump>>::value && !has_block_handles<budgeted<arena>>::value);
static_assert(!has_open_marks<both<pool>>::value && !has_open_marks<observed<local_pool>>::value);

/// An allocator, charged to a budget and observed.
template <class Allocator>
struct rig_over {
  fault_log log{};
  Allocator inner{log.hook()};
  budget limit{budget_config{1024, 1024}.validate().value()};
  budgeted<Allocator> charged{inner, limit, log.hook()};
  std::size_t events = 0;
  both<Allocator> subject{charged, observer_config{&rig_over::count, &events}.validate().value()};

  static void count(void* context, const allocation_event& /*event*/) { ++*static_cast<std::size_t*>(context); }
};
/// The same of an arena, which tracks its blocks or not.
template <bool Tracks>
struct arena_rig_over {
  arena_rig below{Tracks};
  fault_log& log = below.log;
  arena& inner = below.subject;
  budget limit{budget_config{1024, 1024}.validate().value()};
  budgeted<arena> charged{inner, limit, log.hook()};
  std::size_t events = 0;
  both<arena> subject{charged, observer_config{&rig_over<bump>::count, &events}.validate().value()};
};

template <class Rig>
class adapted : public testing::Test {
protected:
  ledger book_{};
  Rig rig_{};
  using allocator = std::remove_reference_t<decltype(rig_.subject)>;
  using handle = unique_handle<tracked<>, allocator>;

  [[nodiscard]] testing::AssertionResult has_nothing_left() {
    if (rig_.limit.state().used_bytes != 0 || rig_.inner.state().live_blocks != 0 || book_.alive() != 0) {
      return testing::AssertionFailure() << rig_.limit.state().used_bytes << " bytes charged, "
                                         << rig_.inner.state().live_blocks << " blocks, " << book_.alive() << " alive";
    }
    if (book_.wrong() != 0 || rig_.log.count() != 0) {
      return testing::AssertionFailure() << book_.wrong() << " wrong, " << rig_.log.count() << " faults";
    }
    return succeeded(rig_.subject.check_invariants());
  }
};
using all_kinds =
    testing::Types<rig_over<pool>, rig_over<local_pool>, rig_over<bump>, rig_over<stack>, rig_over<paranoid<bump>>,
                   rig_over<paranoid<local_pool>>, arena_rig_over<true>, arena_rig_over<false>>;
TYPED_TEST_SUITE(adapted, all_kinds);

// SR-CONS-008 SR-ADAPT-001 SR-ADAPT-003
TYPED_TEST(adapted, handles_end_their_objects_and_the_budget_has_all_of_its_bytes) {
  {
    const auto first = make_handle<tracked<>>(this->rig_.subject, 1);
    auto second = make_handle<tracked<>>(this->rig_.subject, 2);
    ASSERT_TRUE(first.has_value() && second.has_value());
    EXPECT_EQ(first->id() + second->id(), 3);
    EXPECT_GE(this->rig_.limit.state().used_bytes, 2 * sizeof(tracked<>));
    EXPECT_TRUE(succeeded(second.reset()));
    const auto third = make_handle<tracked<>>(this->rig_.charged, 3);
    EXPECT_EQ(third->id(), 3);
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{2, 3, 1}));
  EXPECT_NE(this->rig_.events, 0U);
  EXPECT_TRUE(this->has_nothing_left());
}

// SR-CONS-008
TYPED_TEST(adapted, a_handle_beyond_the_budget_holds_nothing_and_says_why) {
  ASSERT_TRUE(succeeded(this->rig_.limit.reserve(1020)));
  const auto none = make_handle<tracked<>>(this->rig_.subject, 1);
  EXPECT_EQ(none.code(), error_code::over_budget);
  ASSERT_TRUE(succeeded(this->rig_.limit.release(1020)));
  EXPECT_TRUE(this->has_nothing_left());
}

template <class Rig>
class adapted_pools : public adapted<Rig> {};
using pool_kinds = testing::Types<rig_over<pool>, rig_over<local_pool>, rig_over<paranoid<pool>>>;
TYPED_TEST_SUITE(adapted_pools, pool_kinds);

// SR-CONS-008 SR-CONS-009 SR-LIFE-001
TYPED_TEST(adapted_pools, a_free_behind_the_owners_back_is_caught) {
  {
    auto owner = make_pooled<tracked<>>(this->rig_.subject, 1);
    EXPECT_EQ(owner->id(), 1);
    EXPECT_TRUE(succeeded(owner.release()));
    auto held = make_handle<tracked<>>(this->rig_.subject, 2);
    ASSERT_TRUE(succeeded(destroy(this->rig_.subject, held.get().value())));
    EXPECT_TRUE(failed_with(held.get(), error_code::stale_handle));
    EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
    EXPECT_EQ(this->rig_.log.count(), 2U);
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 2}));
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->rig_.limit.state().used_bytes, 0U);
}

template <class Rig>
class adapted_marks : public adapted<Rig> {};
using marking_kinds = testing::Types<rig_over<bump>, rig_over<stack>, rig_over<paranoid<stack>>, arena_rig_over<true>,
                                     arena_rig_over<false>>;
TYPED_TEST_SUITE(adapted_marks, marking_kinds);

// SR-CONS-010 SR-CONS-012
TYPED_TEST(adapted_marks, an_arena_of_objects_gives_back_what_it_was_charged_with) {
  {
    typed_arena<tracked<>, typename TestFixture::allocator> objects(this->rig_.subject);
    for (int id = 0; id < 4; ++id) {
      ASSERT_TRUE(succeeded(objects.emplace(id)));
    }
    EXPECT_GE(this->rig_.limit.state().used_bytes, 4 * sizeof(tracked<>));
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{3, 2, 1, 0}));
  EXPECT_TRUE(this->has_nothing_left());
}

// SR-CONS-007 SR-CONS-008 SR-MARK-009
TYPED_TEST(adapted_marks, a_restore_and_a_reset_are_caught) {
  const marker point = this->rig_.subject.mark().value();
  auto held = make_handle<tracked<>>(this->rig_.subject, 1);
  ASSERT_TRUE(succeeded(this->rig_.subject.restore(point)));
  this->book_.discard_all();
  EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
  held = make_handle<tracked<>>(this->rig_.subject, 2);
  ASSERT_TRUE(succeeded(this->rig_.subject.reset()));
  this->book_.discard_all();
  EXPECT_TRUE(failed_with(held.get(), error_code::stale_handle));
  EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
  EXPECT_EQ(this->rig_.log.count(), 3U);
  EXPECT_EQ(this->rig_.log.last().allocator, &this->rig_.subject) << "where the handle was made";
  EXPECT_EQ(this->rig_.limit.state().used_bytes, 0U);
  EXPECT_EQ(this->book_.ended().size(), 0U);
}

} // namespace
