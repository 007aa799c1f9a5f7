// SPDX-License-Identifier: Apache-2.0 OR MIT
/// Objects in an arena of chunks, with and without a record for each block.
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/nebula.hpp>
#include "ledger.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

template <bool Tracks, check_level Level>
struct chunked : std::bool_constant<Tracks> {
  static constexpr check_level level = Level;
};

template <class Kind>
class objects_in_chunks : public testing::Test {
private:
  storage<32768> storage_{};

protected:
  fault_log log_{};
  ledger book_{};

private:
  span_chunk_source chunks_{stack_config{storage_.span(), log_.hook()}.validate().value()};
  [[nodiscard]] arena_plan plan() {
    arena_config made_of;
    made_of.source = chunks_.source();
    made_of.chunk_bytes = 512;
    made_of.track_allocations = Kind::value;
    made_of.level = Kind::level;
    made_of.hook = log_.hook();
    return made_of.validate().value();
  }

protected:
  arena arena_{plan()};
};
using kinds = testing::Types<chunked<true, check_level::standard>, chunked<false, check_level::standard>,
                             chunked<true, check_level::paranoid>, chunked<false, check_level::paranoid>>;
class kind_names {
public:
  template <class Kind>
  static std::string GetName(int /*index*/) { // GoogleTest's spelling
    return std::string(Kind::value ? "tracked" : "not_tracked") +
           (Kind::level == check_level::paranoid ? "_paranoid" : "");
  }
};
TYPED_TEST_SUITE(objects_in_chunks, kinds, kind_names);

// SR-CONS-010 SR-CONS-011 SR-CONS-012
TYPED_TEST(objects_in_chunks, an_arena_of_objects_grows_by_chunks_moves_nothing_and_gives_them_back) {
  typed_arena<tracked<>, arena> objects(this->arena_);
  std::vector<tracked<>*> places;
  std::vector<int> reversed(100);
  for (int id = 0; id < 100; ++id) {
    places.push_back(objects.emplace(id).value());
    reversed[static_cast<std::size_t>(99 - id)] = id;
  }
  EXPECT_GT(this->arena_.statistics().chunk_count, 3U);
  const std::vector<int> ids(200, -5);
  const result<array_view<tracked<>>> row = objects.emplace_range(ids.begin(), ids.end());
  ASSERT_TRUE(succeeded(row)) << "larger than a chunk, and contiguous";
  EXPECT_EQ(row.value()[199].id(), -5);
  for (int id = 0; id < 100; ++id) {
    EXPECT_EQ(places[static_cast<std::size_t>(id)]->id(), id);
  }
  EXPECT_TRUE(succeeded(objects.clear()));
  EXPECT_EQ(std::vector<int>(this->book_.ended().begin() + 200, this->book_.ended().end()), reversed);
  EXPECT_EQ(this->arena_.state().live_blocks, 0U);
  EXPECT_EQ(this->arena_.mark_count(), 0U);
  EXPECT_LE(this->arena_.statistics().chunk_count, 1U);
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-CONS-007 SR-CONS-008 SR-MARK-009
TYPED_TEST(objects_in_chunks, handles_give_back_in_reverse_and_see_resets_and_restores) {
  const std::size_t used = this->arena_.state().used_bytes;
  {
    const auto first = make_handle<tracked<>>(this->arena_, 1);
    const auto second = make_handle<tracked<>>(this->arena_, 2);
    EXPECT_EQ(second->id(), 2);
  }
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{2, 1}));
  EXPECT_EQ(this->arena_.state().used_bytes, used);
  EXPECT_EQ(this->log_.count(), 0U);

  const marker point = this->arena_.mark().value();
  auto restored = make_handle<tracked<>>(this->arena_, 3);
  const tracked<>* const place = &*restored;
  ASSERT_TRUE(succeeded(this->arena_.restore(point)));
  this->book_.discard_all();
  const marker again = this->arena_.mark().value();
  auto next = make_handle<tracked<>>(this->arena_, 4);
  EXPECT_EQ(&*next, place) << "or this test shows less than it says";
  EXPECT_TRUE(failed_with(restored.reset(), error_code::stale_handle));
  ASSERT_TRUE(succeeded(this->arena_.reset()));
  this->book_.discard_all();
  EXPECT_TRUE(failed_with(next.get(), error_code::stale_handle));
  EXPECT_FALSE(this->arena_.is_open(again));
  EXPECT_TRUE(failed_with(next.reset(), error_code::stale_handle));
  EXPECT_EQ(this->book_.ended().size(), 2U);
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->log_.count(), 3U);
}

// SR-CONS-007 SR-CONS-008
TYPED_TEST(objects_in_chunks, a_handle_sees_that_its_block_was_freed_by_its_address) {
  auto* const below = this->arena_.allocate({8, 8}).value();
  auto held = make_handle<tracked<>>(this->arena_, 1);
  auto* const block = reinterpret_cast<std::byte*>(held.get().value());
  const error_code freed = this->arena_.deallocate(block, layout::of<tracked<>>()).code();
  if (!TypeParam::value) {
    EXPECT_EQ(freed, error_code::not_last_block) << "nobody can";
    EXPECT_EQ(held->id(), 1);
    return;
  }
  ASSERT_EQ(freed, error_code::none);
  this->book_.discard_all();
  std::byte* const others = this->arena_.allocate(layout::of<tracked<>>()).value();
  paint(others, sizeof(tracked<>), 0x41);
  EXPECT_TRUE(failed_with(held.get(), error_code::stale_handle)) << "whoever has come since";
  EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
  EXPECT_FALSE(held.has_value());
  EXPECT_EQ(this->log_.count(), 2U);
  EXPECT_EQ(this->arena_.state().live_blocks, 2U) << "what is not the handle's stays";
  EXPECT_TRUE(is_painted(others, sizeof(tracked<>), 0x41));
  EXPECT_TRUE(succeeded(this->arena_.deallocate(others, layout::of<tracked<>>())));
  EXPECT_TRUE(succeeded(this->arena_.deallocate(below, {8, 8})));
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_EQ(this->book_.ended().size(), 0U);
  EXPECT_TRUE(succeeded(this->arena_.check_invariants()));
}

// SR-CONS-008
TYPED_TEST(objects_in_chunks, a_handle_whose_block_was_freed_by_its_address_discards_nobodys_block) {
  if (!TypeParam::value) {
    return; // nobody can
  }
  auto held = make_handle<tracked<>>(this->arena_, 1);
  tracked<>* const object = held.get().value();
  std::byte* const above = this->arena_.allocate({64, 8}).value();
  ASSERT_TRUE(succeeded(destroy(this->arena_, object)));
  EXPECT_TRUE(failed_with(held.reset(), error_code::stale_handle));
  EXPECT_EQ(this->arena_.state().live_blocks, 1U);
  EXPECT_NE(this->arena_.allocate({64, 8}).value(), above);
  EXPECT_TRUE(succeeded(this->arena_.deallocate(above, {64, 8})));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1}));
  EXPECT_EQ(this->book_.wrong(), 0U);
}

// SR-CONS-008
TYPED_TEST(objects_in_chunks, a_handle_that_ends_below_another_frees_its_block_where_blocks_are_tracked) {
  const std::size_t used = this->arena_.state().used_bytes;
  const marker point = this->arena_.mark().value();
  auto below = make_handle<tracked<>>(this->arena_, 1);
  auto above = make_handle<tracked<>>(this->arena_, 2);
  EXPECT_TRUE(succeeded(below.reset()));
  EXPECT_EQ(this->arena_.state().live_blocks, TypeParam::value ? 1U : 2U);
  EXPECT_EQ(above->id(), 2);
  EXPECT_TRUE(succeeded(above.reset()));
  EXPECT_EQ(this->book_.ended(), (std::vector<int>{1, 2}));
  ASSERT_TRUE(succeeded(this->arena_.restore(point)));
  EXPECT_EQ(this->arena_.state().used_bytes, used);
  EXPECT_EQ(this->log_.count(), 0U);
}

// SR-CONS-012
TYPED_TEST(objects_in_chunks, a_trivial_objects_address_frees_no_block_and_a_clear_discards_nobodys) {
  typed_arena<long, arena> numbers(this->arena_);
  auto* const object = reinterpret_cast<std::byte*>(numbers.emplace(1).value());
  EXPECT_TRUE(failed_with(this->arena_.deallocate(object, layout::of<long>()), error_code::misaligned_pointer));
  std::byte* const others = this->arena_.allocate({64, 8}).value();
  EXPECT_TRUE(succeeded(numbers.clear()));
  EXPECT_EQ(this->arena_.state().live_blocks, 2U) << "somebody else's is above";
  EXPECT_NE(this->arena_.allocate({64, 8}).value(), others) << "it is live";
}

// SR-LIFE-003
TYPED_TEST(objects_in_chunks, an_arena_that_tracks_says_which_blocks_are_live) {
  EXPECT_EQ(this->arena_.tracks_allocations(), TypeParam::value);
  EXPECT_FALSE(this->arena_.is_live(nullptr));
  std::byte* const first = this->arena_.allocate({300, 8}).value();
  std::byte* const second = this->arena_.allocate({300, 8}).value(); // in another chunk
  std::byte* const third = this->arena_.allocate({8, 8}).value();
  for (std::byte* const each : {first, second, third}) {
    EXPECT_EQ(this->arena_.is_live(each), TypeParam::value);
    EXPECT_FALSE(this->arena_.is_live(each + 1)) << "nothing begins there";
  }
  EXPECT_FALSE(this->arena_.is_live(third + 64)) << "free";
  std::byte elsewhere{};
  EXPECT_FALSE(this->arena_.is_live(&elsewhere));
  if (TypeParam::value) {
    ASSERT_TRUE(succeeded(this->arena_.deallocate(second, {300, 8})));
    ASSERT_TRUE(succeeded(this->arena_.deallocate(third, {8, 8})));
    EXPECT_TRUE(this->arena_.is_live(first));
    EXPECT_FALSE(this->arena_.is_live(second)) << "dead";
    EXPECT_FALSE(this->arena_.is_live(third)) << "free again";
  }
  metadata_access::latch(this->arena_).store(1, memory_order::relaxed);
  EXPECT_FALSE(this->arena_.is_live(first));
  EXPECT_EQ(this->log_.count(), 0U) << "asking is no misuse";
}

// SR-CONS-004 SR-LIFE-001
TYPED_TEST(objects_in_chunks, a_wrong_destroy_runs_no_destructor) {
  tracked<>* const first = make<tracked<>>(this->arena_, 1).value();
  tracked<>* const second = make<tracked<>>(this->arena_, 2).value();
  const bool is_tracked = TypeParam::value;
  EXPECT_EQ(destroy(this->arena_, first).code(), is_tracked ? error_code::none : error_code::not_last_block);
  EXPECT_EQ(this->book_.alive(), is_tracked ? 1U : 2U);
  EXPECT_TRUE(succeeded(destroy(this->arena_, second)));
  EXPECT_TRUE(failed_with(destroy(this->arena_, second), error_code::double_free));
  EXPECT_TRUE(failed_with(destroy<tracked<>>(this->arena_, nullptr), error_code::null_pointer));
  EXPECT_EQ(this->book_.wrong(), 0U);
  EXPECT_TRUE(succeeded(this->arena_.check_invariants()));
}

// SR-MARK-009
TYPED_TEST(objects_in_chunks, marks_say_exactly_what_their_restoring_would_discard) {
  const marker outer = this->arena_.mark().value();
  ASSERT_TRUE(succeeded(this->arena_.allocate({300, 8})));
  ASSERT_TRUE(succeeded(this->arena_.allocate({300, 8}))); // in another chunk
  const marker inner = this->arena_.mark().value();
  ASSERT_TRUE(succeeded(this->arena_.allocate({300, 8})));
  EXPECT_EQ(this->arena_.held_above(outer).blocks, 3U);
  EXPECT_EQ(this->arena_.held_above(outer).marks, 1U);
  EXPECT_EQ(this->arena_.held_above(inner).blocks, 1U);
  EXPECT_EQ(this->arena_.held_above(inner).marks, 0U);
  EXPECT_TRUE(this->arena_.is_open(inner));
  ASSERT_TRUE(succeeded(this->arena_.restore(outer)));
  EXPECT_FALSE(this->arena_.is_open(outer));
  EXPECT_FALSE(this->arena_.is_open(inner));
  EXPECT_EQ(this->arena_.held_above(outer).blocks, 0U);
  EXPECT_EQ(this->log_.count(), 0U);
}

} // namespace
