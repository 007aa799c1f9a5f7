// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

using namespace nebula;

using code = error_code;
using from = component;
using during = operation;

struct words {
  const char* cause;
  const char* retry;
  const char* advice; ///< null: none
};

/// What is said of a code whoever reports it; rows() says the others.
words of_any_component(error_code which) {
  switch (which) {
  case code::invalid_layout:
    return {"the size is 0, or the alignment is not a power of two", "never succeeds",
            "make layouts with layout::make(), layout::of<T>() or layout::array<T>()"};
  case code::size_overflow:
    return {"a size that the request implies does not fit in size_t", "never succeeds", nullptr};
  case code::contended:
    return {"other threads spoilt each of the tries that were allowed", "can succeed at once",
            "try again, or allow more retries"};
  case code::not_last_block:
    return {"only the last block is taken back one by one", "never succeeds",
            "use a stack or a pool if blocks are to be freed one by one"};
  case code::invalid_configuration:
    return {"a field of the configuration is out of its range", "never succeeds",
            "range_of() says what the field may be"};
  case code::over_budget:
    return {"the budget, or one above it, has not so many bytes left", "can succeed after releases",
            "release what is no longer needed, or raise the limit"};
  case code::over_block_limit:
    return {"the request is above the block limit, or the whole limit, of the budget or of one above it",
            "never succeeds", "split the request, or raise the limit that it is above"};
  case code::over_capacity:
    return {"the arena has reached its maximal capacity", "can succeed after a restore or a reset",
            "restore or reset the arena, or raise its maximal capacity"};
  case code::no_cache_slot:
    return {"as many caches as the pool was configured for are attached", "can succeed after a cache has ended",
            "end a cache that is no longer needed, or configure more of them"};
  case code::null_pointer:
    return {"a block was expected, and the pointer is null", "never succeeds",
            "check what allocate() returned before its value is kept"};
  case code::foreign_pointer:
    return {"the pointer is not into this allocator's storage", "never succeeds",
            "free each block through the allocator that gave it: owns() tells which"};
  case code::misaligned_pointer:
    return {"the pointer is not at the start of a block", "never succeeds",
            "free with the pointer that allocate() gave, unchanged"};
  case code::double_free:
    return {"the block is not live: it was freed before, or never allocated", "never succeeds",
            "find the two that take themselves for the block's owner"};
  case code::layout_mismatch:
    return {"the block was not allocated with this layout", "never succeeds",
            "free with the layout that was allocated"};
  case code::lifo_violation:
    return {"the block is not the top of the stack", "only after what lies above the block has been freed",
            "free blocks in the reverse of the order in which they were allocated"};
  case code::foreign_marker:
    return {"the marker was made by another allocator, or by none", "never succeeds",
            "keep a marker with its allocator, as a scope does"};
  case code::stale_marker:
    return {"the marker was made before the last reset", "never succeeds",
            "drop markers at a reset, and do not reset inside a scope"};
  case code::spent_marker:
    return {"the marker was restored already, or discarded with an older one", "never succeeds",
            "restore markers in reverse order, each once, as scopes do"};
  case code::blocks_live:
    return {"blocks are still live", "only after every block has been freed", "free all blocks before the reset"};
  case code::stale_handle: return {"the handle's block has been freed", "never succeeds", "treat the object as gone"};
  case code::over_release:
    return {"more bytes were given back than were reserved", "never succeeds",
            "release what was reserved, once, as a reservation does"};
  case code::budget_in_use:
    return {"bytes are still reserved in the budget, or it has children", "never succeeds",
            "release all reservations and end the children before their parent"};
  case code::written_after_free:
    return {"memory was written to while it was free", "can succeed at once: what was overwritten has been mended",
            "find who kept the pointer: the fault names the first byte that changed"};
  case code::overrun:
    return {"bytes behind a block's end were written to", "can succeed at once: what was overwritten has been mended",
            "find who wrote past the size requested: the fault names the first byte that changed"};
  case code::caches_attached:
    return {"caches are still attached to the pool", "never succeeds", "end every cache before its pool"};
  case code::corrupted:
    return {"an invariant of the allocator does not hold",
            "never succeeds: the allocator refuses every call from now on",
            "stop using the allocator: its memory was overwritten, or the hardware is at fault"};
  case code::none:
  case code::layout_unsupported:
  case code::exhausted: break;
  }
  ADD_FAILURE() << name(which) << " is not said alike of all components: state it there";
  return {"", "", nullptr};
}

/// What each call of each component can fail with, where it is said alike of all.
struct occurrence {
  component reporter;
  operation call;
  std::vector<error_code> codes;
};
std::vector<occurrence> occurrences() {
  const std::vector<error_code> wrong_marker = {code::foreign_marker, code::stale_marker, code::spent_marker,
                                                code::corrupted};
  const std::vector<error_code> stray_write = {code::written_after_free, code::overrun};
  std::vector<occurrence> all = {
      {from::layout, during::make_layout, {code::invalid_layout, code::size_overflow}},
      {from::bump_allocator,
       during::deallocate,
       {code::null_pointer, code::foreign_pointer, code::double_free, code::layout_mismatch, code::misaligned_pointer,
        code::not_last_block}},
      {from::stack_allocator,
       during::deallocate,
       {code::null_pointer, code::foreign_pointer, code::double_free, code::misaligned_pointer, code::lifo_violation,
        code::layout_mismatch}},
      {from::stack_allocator,
       during::resize,
       {code::invalid_layout, code::null_pointer, code::foreign_pointer, code::double_free, code::misaligned_pointer,
        code::lifo_violation, code::layout_mismatch, code::corrupted}},
      {from::arena, during::allocate, {code::over_capacity, code::contended}},
      {from::arena,
       during::deallocate,
       {code::null_pointer, code::foreign_pointer, code::double_free, code::misaligned_pointer, code::layout_mismatch,
        code::not_last_block}},
      {from::shared_bump_allocator, during::allocate, {code::contended}},
      {from::pool_cache, during::attach, {code::no_cache_slot, code::corrupted}},
      {from::pool_cache, during::flush, {code::contended, code::corrupted}},
      {from::pool_allocator, during::destroy, {code::caches_attached}},
      {from::budget, during::configure, {code::invalid_configuration}},
      {from::budget, during::reserve, {code::over_block_limit, code::over_budget, code::contended, code::corrupted}},
      {from::budget, during::release, {code::over_release, code::corrupted}},
      {from::budget, during::destroy, {code::budget_in_use}},
      {from::budgeted,
       during::allocate,
       {code::size_overflow, code::over_block_limit, code::over_budget, code::over_capacity, code::contended}},
      {from::budgeted, during::deallocate, {code::over_release, code::not_last_block, code::lifo_violation}},
      {from::fallback, during::allocate, {code::contended}},
      {from::fallback, during::deallocate, {code::null_pointer, code::foreign_pointer, code::double_free}},
      {from::typed_arena, during::make_layout, {code::size_overflow}},
  };
  const std::vector<error_code> wrong_block = {code::null_pointer, code::misaligned_pointer, code::double_free,
                                               code::layout_mismatch};
  for (const component pool : {from::pool_allocator, from::local_pool_allocator, from::pool_cache}) {
    all.push_back({pool, during::deallocate, wrong_block});
    all.push_back({pool, during::deallocate, {code::stale_handle}});
    all.push_back(
        {pool,
         during::resolve_handle,
         {code::null_pointer, code::misaligned_pointer, code::double_free, code::stale_handle, code::corrupted}});
    all.push_back({pool, during::allocate, {code::contended}});
  }
  for (const component segregated : {from::segregated_allocator, from::local_segregated_allocator}) {
    all.push_back({segregated, during::deallocate, wrong_block});
    all.push_back({segregated, during::deallocate, {code::foreign_pointer}});
    all.push_back({segregated, during::allocate, {code::contended}});
    all.push_back({segregated, during::configure, {code::size_overflow}});
  }
  for (const component each : {from::bump_allocator, from::stack_allocator, from::arena}) {
    all.push_back({each, during::restore, wrong_marker});
    all.push_back({each, during::mark, {code::corrupted}});
  }
  for (const component each : {from::pool_allocator, from::local_pool_allocator, from::segregated_allocator,
                               from::local_segregated_allocator}) {
    all.push_back({each, during::reset, {code::blocks_live}});
  }
  const std::vector<component> allocators = {from::bump_allocator,
                                             from::shared_bump_allocator,
                                             from::stack_allocator,
                                             from::arena,
                                             from::pool_allocator,
                                             from::local_pool_allocator,
                                             from::pool_cache,
                                             from::segregated_allocator,
                                             from::local_segregated_allocator,
                                             from::budgeted,
                                             from::fallback};
  for (const component each : allocators) {
    all.push_back({each, during::configure, {code::invalid_configuration}});
    all.push_back({each, during::allocate, {code::invalid_layout}});
    for (const operation call : {during::allocate, during::deallocate, during::reset, during::check_invariants}) {
      all.push_back({each, call, {code::corrupted}});
      all.push_back({each, call, stray_write}); // the paranoid level: whatever call finds it
    }
  }
  for (const operation call : {during::mark, during::restore, during::resize}) {
    all.push_back({from::bump_allocator, call, stray_write});
    all.push_back({from::stack_allocator, call, stray_write});
  }
  return all;
}

/// What is said of one component only, or of the state that it has.
struct row {
  error failure;
  layout request;
  allocator_state state;
  words said;
};

allocator_state filled(std::size_t used_bytes) {
  allocator_state state;
  state.capacity_bytes = 4000;
  state.used_bytes = used_bytes;
  state.available_bytes = 4000 - used_bytes;
  state.peak_bytes = used_bytes;
  state.live_blocks = 2;
  return state;
}

/// Arena, shared bump allocator, budget, adaptors, and the owners of objects.
void append_rows_of_the_others(std::vector<row>& all) {
  constexpr const char* never = "never succeeds";
  constexpr const char* source = "can succeed after a restore or a reset, or when the source has memory again";
  constexpr const char* later = "can succeed after memory has been given back";
  constexpr const char* chunk = "the chunk source gave null, or a chunk that is misaligned or too small";
  constexpr const char* mend = "mend the chunk source: it does not keep its contract";
  constexpr const char* behind = "the memory of the object was given back behind its owner's back";
  constexpr const char* owner = "let the owner give back what it holds, before the allocator is restored or reset";
  for (const operation call : {during::allocate, during::mark}) {
    const layout request = call == during::allocate ? layout{64, 16} : layout{};
    all.push_back({{code::exhausted, call, from::arena},
                   request,
                   filled(4000),
                   {"the chunk source has no chunk to give", source,
                    "restore or reset the arena, or give its source more memory"}});
    all.push_back({{code::layout_unsupported, call, from::arena},
                   request,
                   filled(100),
                   {"no chunk could hold the request: it exceeds the maximal capacity, or what the source gives", never,
                    "raise the maximal capacity, split the request, or ask another allocator"}});
    for (const error_code wrong : {code::null_pointer, code::misaligned_pointer, code::layout_mismatch}) {
      all.push_back({{wrong, call, from::arena}, request, filled(100), {chunk, never, mend}});
    }
  }
  all.push_back({{code::exhausted, during::allocate, from::shared_bump_allocator},
                 {401, 8},
                 filled(3600),
                 {"the request is larger than the space that is left", "can succeed after a reset",
                  "split the request, or lend more storage"}});
  all.push_back({{code::exhausted, during::allocate, from::shared_bump_allocator},
                 {399, 8},
                 filled(3601),
                 {"the request and its padding did not fit in the space that was left", "can succeed after a reset",
                  "reset, or lend more storage: over 90% is used"}});
  all.push_back(
      {{code::layout_unsupported, during::allocate, from::shared_bump_allocator},
       {4001, 8},
       filled(0),
       {"the request would not fit even if nothing were live", never, "lend more storage, or ask another allocator"}});
  for (const operation call : {during::reserve, during::release}) {
    all.push_back({{code::invalid_layout, call, from::budget},
                   {0, 24},
                   filled(100),
                   {"the number of bytes is 0", never, "handle the empty case before the call"}});
  }
  all.push_back({{code::exhausted, during::allocate, from::budgeted},
                 {64, 16},
                 filled(4000),
                 {"there is not enough free memory now", later, "free blocks, or give the allocator more memory"}});
  for (const component each : {from::budgeted, from::chunk_source}) {
    all.push_back({{code::layout_unsupported, during::grow, each},
                   {64, 16},
                   filled(100),
                   {"the allocator could not serve the layout even when empty", never, "ask another allocator"}});
  }
  all.push_back({{code::exhausted, during::allocate, from::fallback},
                 {64, 16},
                 filled(4000),
                 {"neither the primary nor the secondary can serve the request now", later,
                  "free blocks, or give one of the two more memory"}});
  all.push_back({{code::layout_unsupported, during::allocate, from::fallback},
                 {64, 16},
                 filled(4000),
                 {"neither the primary nor the secondary could serve the layout even when empty", never,
                  "ask another allocator"}});
  all.push_back({{code::lifo_violation, during::allocate, from::none},
                 {64, 16},
                 filled(100),
                 {"a mark that was made inside the frame has not been restored",
                  "only after the inner mark has been restored", "allocate through the innermost frame"}});
  all.push_back({{code::null_pointer, during::resolve_handle, from::object_handle},
                 {},
                 filled(100),
                 {"the handle holds nothing", never, "check the handle, and do not use one that was moved from"}});
  all.push_back(
      {{code::stale_handle, during::resolve_handle, from::object_handle}, {}, filled(100), {behind, never, owner}});
  for (const operation call : {during::construct, during::destroy}) {
    all.push_back({{code::stale_handle, call, from::typed_arena}, {}, filled(100), {behind, never, owner}});
  }
  all.push_back({{code::blocks_live, during::destroy, from::typed_arena},
                 {},
                 filled(100),
                 {"an object of the arena is still being made", "only after the constructor has returned",
                  "clear the arena outside of the constructors of its objects"}});
  all.push_back(
      {{code::overrun, during::destroy, from::typed_arena},
       {},
       filled(100),
       {"the record of an object was overwritten", "can succeed at once: what could not be trusted is forgotten",
        "find who wrote past the end of an object"}});
}

std::vector<row> rows() {
  constexpr const char* frees = "can succeed after frees";
  constexpr const char* restores = "can succeed after a restore or a reset";
  constexpr const char* never = "never succeeds";
  constexpr const char* too_large = "the request is larger than the space that is left";
  constexpr const char* padded = "the request and its padding did not fit in the space that was left";
  constexpr const char* no_record = "there is no room for the record of a mark";
  constexpr const char* split = "split the request, or lend more storage";
  constexpr const char* bump_is_full = "restore a marker, reset, or lend more storage: over 90% is used";
  constexpr const char* stack_is_full = "free from the top, restore a marker, or lend more storage: over 90% is used";
  constexpr const char* no_class =
      "the class that serves the request has no free block, nor has one that it may fall back to";
  std::vector<row> all = {
      {{code::exhausted, during::allocate, from::bump_allocator}, {401, 8}, filled(3600), {too_large, restores, split}},
      {{code::exhausted, during::allocate, from::bump_allocator}, {400, 8}, filled(3600), {padded, restores, split}},
      {{code::exhausted, during::allocate, from::bump_allocator},
       {400, 8},
       filled(3601),
       {too_large, restores, bump_is_full}},
      {{code::exhausted, during::mark, from::bump_allocator}, {}, filled(4000), {no_record, restores, bump_is_full}},
      {{code::layout_unsupported, during::allocate, from::bump_allocator},
       {4001, 1},
       filled(0),
       {"the request would not fit even if nothing were live", never, "lend more storage, or ask another allocator"}},
      {{code::exhausted, during::allocate, from::stack_allocator}, {401, 8}, filled(3600), {too_large, frees, split}},
      {{code::exhausted, during::allocate, from::stack_allocator}, {400, 8}, filled(3600), {padded, frees, split}},
      {{code::exhausted, during::allocate, from::stack_allocator},
       {400, 8},
       filled(3601),
       {too_large, frees, stack_is_full}},
      {{code::exhausted, during::resize, from::stack_allocator},
       {400, 8},
       filled(3600),
       {"the block cannot grow so far in its place", frees, split}},
      {{code::exhausted, during::mark, from::stack_allocator}, {}, filled(4000), {no_record, frees, stack_is_full}},
  };
  for (const operation call : {during::allocate, during::resize}) {
    all.push_back({{code::layout_unsupported, call, from::stack_allocator},
                   {4001, 1},
                   filled(0),
                   {"the request and its record would not fit even if nothing were live", never,
                    "lend more storage, or ask another allocator"}});
  }
  for (const component pool : {from::pool_allocator, from::local_pool_allocator, from::pool_cache}) {
    all.push_back({{code::exhausted, during::allocate, pool},
                   {8, 8},
                   filled(4000),
                   {"every block is live", frees, "free blocks, or configure more of them"}});
    all.push_back({{code::exhausted, during::allocate, pool},
                   {8, 8},
                   filled(3999),
                   {"caches hold the blocks that are free", frees,
                    "flush caches, end those that are idle, or configure more blocks"}});
    all.push_back({{code::layout_unsupported, during::allocate, pool},
                   {65, 16},
                   filled(64),
                   {"the request is larger than a block, or more strictly aligned than blocks are", never,
                    "configure larger blocks or a stricter block alignment, or ask another allocator"}});
    for (const operation call : {during::deallocate, during::resolve_handle}) {
      all.push_back({{code::foreign_pointer, call, pool},
                     {},
                     filled(64),
                     {"the pointer, or the handle, is none of this pool's", never,
                      "free each block through the allocator that gave it: owns() tells which"}});
    }
  }
  for (const component segregated : {from::segregated_allocator, from::local_segregated_allocator}) {
    all.push_back({{code::layout_unsupported, during::allocate, segregated},
                   {4001, 1},
                   filled(64),
                   {"no class has blocks of this size and alignment", never,
                    "configure a class that holds it, or ask another allocator"}});
    all.push_back({{code::exhausted, during::allocate, segregated},
                   {65, 16},
                   filled(3600),
                   {no_class, frees,
                    "configure more blocks of this size, or more fallback classes: other classes have free blocks"}});
    all.push_back({{code::exhausted, during::allocate, segregated},
                   {65, 16},
                   filled(3601),
                   {no_class, frees, "free blocks, or configure more of them: over 90% is used"}});
  }
  append_rows_of_the_others(all);
  for (const occurrence& each : occurrences()) {
    for (const error_code which : each.codes) {
      const bool has_request =
          each.call == during::allocate || each.call == during::deallocate || each.call == during::resize;
      all.push_back({{which, each.call, each.reporter},
                     which == code::invalid_layout ? layout{0, 24} : (has_request ? layout{64, 16} : layout{}),
                     filled(1000),
                     of_any_component(which)});
    }
  }
  return all;
}

std::string size_in_words(std::size_t bytes) {
  char buffer[32];
  static_cast<void>(describe_size(bytes, buffer, sizeof buffer));
  return buffer;
}

std::string report_of(const row& each) {
  std::vector<char> buffer(1024);
  const std::size_t length = describe(each.failure, each.request, each.state, buffer.data(), buffer.size());
  EXPECT_LT(length, buffer.size());
  return buffer.data();
}

/// The report, put together from what each line is to say.
std::string expected_report(const row& each) {
  const error& failure = each.failure;
  std::string text = std::string(name(failure.reporter)) + ": " + name(failure.during) +
                     " failed: " + name(failure.code) + "\n  cause:     " + each.said.cause + "\n";
  if (each.request != layout{}) {
    text += failure.during == during::deallocate ? "  given:     " : "  requested: ";
    text += std::to_string(each.request.size) + " bytes, alignment " + std::to_string(each.request.align) + "\n";
  }
  if (failure.reporter != from::layout && failure.reporter != from::none && failure.during != during::configure) {
    const std::string used = size_in_words(each.state.used_bytes);
    text += "  used:      " + used + " of 3.90 KiB (" + std::to_string(each.state.used_bytes / 40) + "%), peak " +
            used + "\n  available: " + size_in_words(each.state.available_bytes) + "\n  live:      2 blocks\n";
  }
  text += std::string("  retry:     ") + each.said.retry + "\n";
  return each.said.advice == nullptr ? text : text + "  advice:    " + each.said.advice + "\n";
}

// SR-ERR-005
TEST(advice, is_exact_for_each_component_and_each_code_that_it_reports) {
  for (const row& each : rows()) {
    EXPECT_EQ(report_of(each), expected_report(each));
  }
}

TEST(advice, is_stated_here_for_every_code) {
  std::set<error_code> seen;
  for (const row& each : rows()) {
    seen.insert(each.failure.code);
  }
  for (unsigned value = 1; value < 256; ++value) {
    const auto which = static_cast<error_code>(value);
    EXPECT_EQ(seen.count(which) == 1, std::string(name(which)) != "unknown") << name(which);
  }
}

// SR-ERR-005
TEST(advice, says_that_a_call_can_succeed_iff_the_code_is_retryable) {
  for (unsigned reporter = 0; reporter < 32; ++reporter) {
    for (unsigned value = 1; value < 256; ++value) {
      const auto which = static_cast<error_code>(value);
      const char* const retry = retry_of({which, during::allocate, static_cast<component>(reporter)});
      const bool is_code = std::string(name(which)) != "unknown";
      ASSERT_EQ(retry != nullptr, is_code);
      EXPECT_EQ(is_code && std::string(retry).find("can succeed") == 0, is_retryable(which)) << name(which);
    }
  }
  EXPECT_EQ(retry_of({}), nullptr);
  EXPECT_EQ(advice_for({}, {}), nullptr);
}

// SR-ERR-005
TEST(advice, never_blames_fragments_where_there_can_be_none) {
  std::size_t reports = 0;
  for (unsigned value = 0; value < 256; ++value) {
    const auto which = static_cast<error_code>(value);
    if (std::string(name(which)) == "unknown") {
      continue;
    }
    for (unsigned reporter = 0; reporter < 19; ++reporter) {
      for (unsigned call = 0; call < 19; ++call) {
        for (const std::size_t used_bytes : {0U, 2000U, 4000U}) {
          const error failure{which, static_cast<operation>(call), static_cast<component>(reporter)};
          const std::string report = report_of({failure, {64, 16}, filled(used_bytes), {}});
          ASSERT_EQ(report.find("fragment"), std::string::npos) << report;
          ++reports;
        }
      }
    }
  }
  EXPECT_GT(reports, 29U * 19U * 19U * 3U - 1U);
}

TEST(advice, takes_an_allocator_for_nearly_full_above_nine_tenths_exactly) {
  for (std::size_t capacity = 0; capacity < 300; ++capacity) {
    for (std::size_t used = 0; used <= capacity; ++used) {
      allocator_state state;
      state.capacity_bytes = capacity;
      state.used_bytes = used;
      ASSERT_EQ(is_nearly_full(state), used * 10 > capacity * 9) << used << " of " << capacity;
    }
  }
  allocator_state state;
  state.capacity_bytes = std::numeric_limits<std::size_t>::max();
  state.used_bytes = state.capacity_bytes;
  EXPECT_TRUE(is_nearly_full(state)) << "nothing wraps";
  state.used_bytes = state.capacity_bytes / 10 * 9;
  EXPECT_FALSE(is_nearly_full(state));
}

// SR-ERR-004
TEST(advice, is_cut_with_its_report_at_any_size_of_the_buffer) {
  std::set<error_code> seen;
  for (const row& each : rows()) {
    if (!seen.insert(each.failure.code).second) {
      continue; // one report of each code
    }
    const std::string whole = report_of(each);
    std::vector<char> buffer(whole.size() + 3);
    for (std::size_t size = 0; size <= whole.size() + 2; ++size) {
      buffer.assign(buffer.size(), '#');
      ASSERT_EQ(describe(each.failure, each.request, each.state, buffer.data(), size), whole.size());
      const std::size_t kept = size <= whole.size() ? (size == 0 ? 0 : size - 1) : whole.size();
      ASSERT_EQ(whole.compare(0, kept, buffer.data(), kept), 0);
      ASSERT_TRUE(size == 0 || buffer[kept] == '\0');
      ASSERT_EQ(buffer[size], '#') << "written beyond the buffer, size " << size;
    }
  }
}

} // namespace
