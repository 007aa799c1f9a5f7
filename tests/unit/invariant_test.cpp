// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ostream>
#include <string>
#include <vector>

#include "arena_rig.hpp"
#include "interposed_atomics.hpp"
#include "metadata_access.hpp"
#include "support.hpp"

// Each invariant is broken by a change of metadata that no caller can make, and
// must then be the one that is reported.
namespace {

using namespace nebula;
using namespace nebula::test;
using access = metadata_access;

constexpr std::size_t size_max = ~std::size_t{0};

/// The call finds this invariant broken: it is reported once, to the hook, and
/// from then on every call refuses.
template <class Allocator, class Call>
testing::AssertionResult fires(invariant id, Allocator& allocator, fault_log& log, Call call) {
  if (log.count() != 0 || allocator.is_corrupted()) {
    return testing::AssertionFailure() << "found broken before the call";
  }
  const auto outcome = call();
  if (outcome.code() != error_code::corrupted) {
    return testing::AssertionFailure() << "not found: " << outcome.error();
  }
  if (log.count() == 0 || log.last().broken != id || log.last().what != outcome.error() ||
      log.last().allocator != &allocator) {
    return testing::AssertionFailure() << "reported as " << (log.count() == 0 ? invariant::none : log.last().broken);
  }
  const std::size_t reports = log.count();
  audit_cursor cursor;
  const bool latched = allocator.is_corrupted() && allocator.allocate({1, 1}).code() == error_code::corrupted &&
                       allocator.reset().code() == error_code::corrupted &&
                       allocator.audit(cursor, 1).code() == error_code::corrupted &&
                       allocator.check_invariants().code() == error_code::corrupted;
  if (!latched || log.count() != reports) {
    return testing::AssertionFailure() << "it is not latched, or reported again";
  }
  return testing::AssertionSuccess();
}

// --- pools
// -----------------------------------------------------------------------------------------------------------

using pool_rig_type = pool_rig<pool_allocator>; // five blocks of 48 bytes

/// Five blocks, of which the first `live` have been allocated, changed so; then
/// one call.
template <class Change, class Call>
testing::AssertionResult pool_fires(invariant id, std::uint32_t live, Change change, Call call) {
  pool_rig_type rig;
  for (std::uint32_t index = 0; index < live; ++index) {
    if (!rig.pool.allocate(rig.block).has_value()) {
      return testing::AssertionFailure() << "no block";
    }
  }
  const result<void> before = rig.pool.check_invariants();
  if (!before.has_value()) {
    return testing::AssertionFailure() << before.error();
  }
  change(rig.pool);
  return fires(id, rig.pool, rig.log, [&] { return call(rig.pool); });
}
/// A pool with one owner, of five blocks, of which the first two have been allocated and the second freed, changed so;
/// then one call.
template <class Change, class Call>
testing::AssertionResult local_pool_fires(invariant id, Change change, Call call) {
  pool_rig<local_pool_allocator> rig;
  std::byte* const first = rig.pool.allocate(rig.block).value();
  std::byte* const second = rig.pool.allocate(rig.block).value();
  if (!rig.pool.deallocate(second, rig.block).has_value() || !rig.pool.check_invariants().has_value()) {
    return testing::AssertionFailure() << "not set up";
  }
  change(rig.pool);
  return fires(id, rig.pool, rig.log, [&] { return call(rig.pool, first); });
}
constexpr auto local_allocates = [](local_pool_allocator& pool, std::byte*) { return pool.allocate({48, 16}); };
constexpr auto local_frees = [](local_pool_allocator& pool, std::byte* block) { return pool.deallocate(block); };
constexpr auto local_checks = [](local_pool_allocator& pool, std::byte*) { return pool.check_invariants(); };
result<std::byte*> allocates(pool_allocator& pool) { return pool.allocate({48, 16}); }
result<void> frees_the_first(pool_allocator& pool) { return pool.deallocate(pool.block_bytes().data); }
template <class Allocator>
result<void> checks(const Allocator& allocator) {
  return allocator.check_invariants();
}

// --- shared bump
// -----------------------------------------------------------------------------------------------------

/// A block of 10 bytes in 100, changed so; then one call.
template <class Change, class Call>
testing::AssertionResult shared_bump_fires(invariant id, Change change, Call call) {
  fault_log log;
  static_shared_bump<100> bump(log.hook());
  if (!bump.allocate({10, 1}).has_value() || !bump.check_invariants().has_value()) {
    return testing::AssertionFailure() << "not set up";
  }
  change(bump);
  return fires(id, bump, log, [&] { return result<void>(call(bump)); });
}

// --- caches
// ----------------------------------------------------------------------------------------------------------

using cache_type = pool_cache<pool_allocator, 4>;

/// Five blocks and a cache, of which one is live and one kept, changed so; then
/// one call: the pool reports, and both refuse from then on.
template <class Change, class Call>
testing::AssertionResult cache_fires(invariant id, Change change, Call call) {
  fault_log log;
  storage<4096> lent;
  pool_allocator pool(pool_config{lent.span(), 48, 16, 5, log.hook(), check_level::standard, 2}.validate().value());
  cache_type cache(pool);
  std::byte* const block = cache.allocate({48, 16}).value();
  if (block == nullptr || cache.kept_blocks() != 1 || !cache.check_invariants().has_value() ||
      !pool.check_invariants().has_value()) {
    return testing::AssertionFailure() << "not set up";
  }
  change(pool, cache);
  const error_code outcome = call(pool, cache, block);
  if (outcome != error_code::corrupted || log.count() != 1 || log.last().broken != id ||
      log.last().allocator != &pool) {
    return testing::AssertionFailure() << "reported as " << (log.count() == 0 ? invariant::none : log.last().broken)
                                       << ", returned as " << outcome;
  }
  const bool latched = pool.is_corrupted() && cache.is_corrupted() &&
                       cache.allocate({1, 1}).code() == error_code::corrupted &&
                       cache.flush().code() == error_code::corrupted &&
                       pool.allocate({1, 1}).code() == error_code::corrupted && log.count() == 1;
  if (!latched) {
    return testing::AssertionFailure() << "it is not latched, or reported again";
  }
  access::cache_slot_of(pool, 0).release(); // the log is not to hear of the end of both
  return testing::AssertionSuccess();
}
constexpr auto cache_allocates = [](auto&, auto& cache, auto*) { return cache.allocate({48, 16}).code(); };
constexpr auto cache_frees = [](auto&, auto& cache, auto* block) { return cache.deallocate(block).code(); };
constexpr auto cache_flushes = [](auto&, auto& cache, auto*) { return cache.flush().code(); };
constexpr auto cache_checks = [](auto&, auto& cache, auto*) { return cache.check_invariants().code(); };
constexpr auto pool_checks = [](auto& pool, auto&, auto*) { return pool.check_invariants().code(); };
/// The index in the magazine, of the block that is kept.
void set_kept_index(cache_type& cache, std::uint32_t index) { access::magazine(cache)[0] = index; }

// --- bump
// ------------------------------------------------------------------------------------------------------------

struct bump_rig {
  fault_log log{};
  static_bump<512> bump{log.hook()};
  std::byte* block = nullptr; ///< the last block: 20 bytes, at 16
  marker inner{};             ///< of two marks at 10 and 15
};

/// Blocks of 10, 5 and 20 bytes with a mark after each of the first two,
/// changed so; then one call.
template <class Change, class Call>
testing::AssertionResult bump_fires(invariant id, Change change, Call call) {
  bump_rig rig;
  bool is_set_up =
      rig.bump.allocate({10, 1}).has_value() && rig.bump.mark().has_value() && rig.bump.allocate({5, 1}).has_value();
  rig.inner = rig.bump.mark().value();
  rig.block = rig.bump.allocate({20, 16}).value();
  is_set_up = is_set_up && rig.block != nullptr && rig.bump.check_invariants().has_value();
  if (!is_set_up) {
    return testing::AssertionFailure() << "not set up";
  }
  change(rig.bump);
  return fires(id, rig.bump, rig.log, [&] { return call(rig); });
}
using bump_type = static_bump<512>;
constexpr std::size_t marks_that_fit = 512 / bump_type::mark_bytes();

// --- stack
// -----------------------------------------------------------------------------------------------------------

struct stack_rig {
  fault_log log{};
  static_stack<512> stack{log.hook()};
  std::byte* block = nullptr; ///< the top block: 20 bytes, at 32; record 3
  marker point{};             ///< record 2, at 15
};
using stack_type = static_stack<512>;
constexpr std::size_t records_that_fit = 512 / stack_type::record_bytes();

/// Records: block of 10 bytes, block of 5 bytes, mark, block of 20 bytes
/// aligned to 32. Changed so; then one call.
template <class Change, class Call>
testing::AssertionResult stack_fires(invariant id, Change change, Call call) {
  stack_rig rig;
  bool is_set_up = rig.stack.allocate({10, 1}).has_value() && rig.stack.allocate({5, 1}).has_value();
  rig.point = rig.stack.mark().value();
  rig.block = rig.stack.allocate({20, 16}).value();
  is_set_up = is_set_up && rig.block != nullptr && rig.stack.check_invariants().has_value();
  if (!is_set_up) {
    return testing::AssertionFailure() << "not set up";
  }
  change(rig.stack);
  return fires(id, rig.stack, rig.log, [&] { return call(rig); });
}
result<void> checks_the_stack(stack_rig& rig) { return rig.stack.check_invariants(); }
result<void> frees_the_top(stack_rig& rig) { return rig.stack.deallocate(rig.block, {20, 16}); }

// --- arena
// -----------------------------------------------------------------------------------------------------------

/// A block of 900 bytes in the first of two chunks; in the second a block of 200 bytes, a mark, and a block of 8 bytes.
struct arena_firing {
  explicit arena_firing(bool tracks, check_level level) : rig(tracks, arena_growth::fixed, 4 * chunk_for(1024), level) {
    first = rig.take(900);
    static_cast<void>(rig.take(200, 16));
    point = rig.take_mark();
    block = rig.take(8);
  }
  arena_rig rig;
  std::byte* first = nullptr;
  marker point{};
  std::byte* block = nullptr; ///< the last
};
/// That arena, changed so; then one call.
template <class Change, class Call>
testing::AssertionResult arena_fires(invariant id, bool tracks, Change change, Call call,
                                     check_level level = check_level::standard) {
  arena_firing made(tracks, level);
  if (made.rig.chunks.out().size() != 2) {
    return testing::AssertionFailure() << "not set up";
  }
  if (id != invariant::object_as_sealed && id != invariant::records_as_sealed) {
    access::unseal(made.rig.subject); // or nothing else would fire at the paranoid level
  }
  change(made.rig);
  return fires(id, made.rig.subject, made.rig.log, [&] { return call(made); });
}

// SR-CHK-005
/// An allocator of one owner at the paranoid level, with numbers changed to others that are in their ranges.
template <class Allocator, class Change>
testing::AssertionResult seal_fires(invariant id, Change change) {
  fault_log log;
  Allocator subject(log.hook(), check_level::paranoid);
  std::byte* const first = subject.allocate({8, 8}).value();
  std::byte* const second = subject.allocate({8, 8}).value();
  const bool is_set_up = first != nullptr && second != nullptr && subject.deallocate(second, {8, 8}).has_value() &&
                         subject.allocate({8, 8}).has_value() && subject.check_invariants().has_value();
  if (!is_set_up) {
    return testing::AssertionFailure() << "not set up";
  }
  change(subject);
  return fires(id, subject, log, [&] { return subject.check_invariants(); });
}

result<void> checks_the_arena(arena_firing& made) { return made.rig.subject.check_invariants(); }
result<void> restores_the_arena(arena_firing& made) { return made.rig.subject.restore(made.point); }
result<void> resets_the_arena(arena_firing& made) { return made.rig.subject.reset(); }
result<void> frees_the_last(arena_firing& made) { return made.rig.subject.deallocate(made.block, {8, 1}); }
result<void> frees_the_first_of_the_arena(arena_firing& made) {
  return made.rig.subject.deallocate(made.first, {900, 1});
}
result<std::byte*> allocates_in_the_arena(arena_firing& made) { return made.rig.subject.allocate({1, 1}); }
result<std::byte*> grows_the_arena(arena_firing& made) { return made.rig.subject.allocate({1000, 1}); }
result<marker> marks_the_arena(arena_firing& made) { return made.rig.subject.mark(); }

void spoil_the_header(arena_rig& rig) { rig.chunks.out()[1].data[8] ^= std::byte{1}; }
/// A change of one record of the newest chunk.
template <class Edit>
auto record_edit(std::size_t index, Edit edit) {
  return [index, edit](arena_rig& rig) { access::edit_arena_record(rig.subject, index, edit); };
}
template <class Edit>
auto header_edit(Edit edit) {
  return [edit](arena_rig& rig) { access::edit_header(rig.subject, edit); };
}
constexpr std::size_t chunk_size = chunk_for(1024);
constexpr std::size_t records_beyond = chunk_size / sizeof(arena_record) + 1;

// --- segregated
// ------------------------------------------------------------------------------------------------------

template <class Segregated>
struct segregated_rig {
  static constexpr size_class classes[] = {{16, 8, 4}, {64, 16, 3}};
  fault_log log{};
  storage<4096> lent{};
  Segregated allocator{typename Segregated::config_type{lent.span(), classes, 2, 1, log.hook()}.validate().value()};
};

/// Two blocks live, one in each class; changed so; then one call.
template <class Change, class Call>
testing::AssertionResult segregated_fires(invariant id, Change change, Call call) {
  segregated_rig<segregated_allocator> rig;
  if (!rig.allocator.allocate({10, 8}).has_value() || !rig.allocator.allocate({50, 8}).has_value() ||
      !rig.allocator.check_invariants().has_value()) {
    return testing::AssertionFailure() << "not set up";
  }
  change(rig.allocator);
  return fires(id, rig.allocator, rig.log, [&] { return call(rig.allocator); });
}

struct upset_tag;
using upset_atomics = interposed_atomics<upset_tag>;

/// The pool that owns an address is asked for it twice; here its description
/// changes in between, as when a bit flips.
testing::AssertionResult class_of_block_serves_it_fires() {
  using segregated = basic_segregated<upset_atomics>;
  segregated_rig<segregated> rig;
  std::byte* const block = rig.allocator.allocate({50, 8}).value();
  auto& blocks = access::blocks(access::pool(rig.allocator, 1));
  struct upset {
    decltype(&blocks) place;
    std::byte* elsewhere;
    int latches_read;
  } state{&blocks, rig.lent.span(2048).data, 0};
  const testing::AssertionResult outcome = fires(invariant::class_of_block_serves_it, rig.allocator, rig.log, [&] {
    upset_atomics::control() = {};
    upset_atomics::control().watched_bytes = 1; // the latches: the composite's, and when the owner has been
                                                // found, the pool's
    upset_atomics::control().before_load_context = &state;
    upset_atomics::control().before_load = [](void* context) {
      auto& now = *static_cast<upset*>(context);
      if (++now.latches_read == 2) {
        access::move_blocks(*now.place, now.elsewhere);
      }
    };
    const result<void> freed = rig.allocator.deallocate(block);
    upset_atomics::control() = {};
    rig.log.drop_misuse(); // the pool has told of a foreign pointer
    return freed;
  });
  return outcome;
}

// --- the table
// -------------------------------------------------------------------------------------------------------

// --- budgets and adaptors

struct budget_rig {
  fault_log log{};
  budget root{budget_config{100, 0, nullptr, 70, 90, log.hook()}.validate().value()};
  budget child{budget_config{60, 0, &root, 70, 90, log.hook()}.validate().value()};

  budget_rig() = default;
  budget_rig(const budget_rig&) = delete;
  budget_rig& operator=(const budget_rig&) = delete;
  ~budget_rig() { // so that their ends find them empty
    for (budget* const each : {&root, &child}) {
      access::used(*each).store(0, memory_order::relaxed);
    }
    access::children(root).store(1, memory_order::relaxed);
  }
};

/// Twenty bytes reserved in the root and ten in its child, changed so; then one call, which finds the invariant broken
/// in one of the two.
template <class Change, class Call>
testing::AssertionResult budget_fires(invariant id, budget budget_rig::* broken, Change change, Call call) {
  budget_rig rig;
  if (!rig.root.reserve(20).has_value() || !rig.child.reserve(10).has_value() ||
      !rig.child.check_invariants().has_value() || !rig.root.check_invariants().has_value()) {
    return testing::AssertionFailure() << "not set up";
  }
  change(rig);
  const result<void> outcome = call(rig);
  if (outcome.code() != error_code::corrupted || rig.log.count() != 1) {
    return testing::AssertionFailure() << "not found: " << outcome.error() << ", " << rig.log.count() << " reports";
  }
  budget& latched = rig.*broken;
  if (rig.log.last().broken != id || rig.log.last().allocator != &latched || rig.log.last().what != outcome.error()) {
    return testing::AssertionFailure() << "reported as " << rig.log.last().broken;
  }
  // the budget, and every one below it
  const bool refuses = latched.is_corrupted() && latched.reserve(1).code() == error_code::corrupted &&
                       latched.release(1).code() == error_code::corrupted &&
                       latched.set_limit(50).code() == error_code::corrupted &&
                       latched.check_invariants().code() == error_code::corrupted &&
                       rig.child.reserve(1).code() == error_code::corrupted;
  if (!refuses || rig.log.count() != 1) {
    return testing::AssertionFailure() << "it is not latched, or reported again";
  }
  return testing::AssertionSuccess();
}
constexpr auto set_to = [](auto& word, std::size_t value) { word.store(value, memory_order::relaxed); };
result<void> checks_the_child(budget_rig& rig) { return rig.child.check_invariants(); }

/// A bump allocator that takes more for each block than was asked for.
class wasteful_bump : public static_bump<512> {
public:
  using static_bump<512>::static_bump;
  result<std::byte*> allocate(layout request) noexcept NEBULA_NONBLOCKING {
    return static_bump<512>::allocate({request.size + 1, request.align});
  }
};
testing::AssertionResult budgeted_block_within_claim_fires(invariant id) {
  fault_log log;
  wasteful_bump inner;
  budget limit(budget_config{100, 0, nullptr, 70, 90, log.hook()}.validate().value());
  budgeted<wasteful_bump> outer(inner, limit, log.hook());
  const testing::AssertionResult fired = fires(id, outer, log, [&] { return outer.allocate({8, 1}); });
  return limit.release(8).has_value() ? fired : testing::AssertionFailure() << "the claim is gone";
}

struct firing {
  invariant id;
  const char* found_by;
  testing::AssertionResult (*run)(invariant id);
};
void PrintTo(const firing& each, std::ostream* out) { *out << each.id; } // GoogleTest's spelling

const firing firings[] = {
    {invariant::head_index_in_range, "allocate",
     [](invariant id) { return pool_fires(id, 1, [](auto& pool) { access::set_head_index(pool, 6); }, &allocates); }},
    {invariant::head_index_in_range, "deallocate",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_head_index(pool, 7); }, &frees_the_first);
     }},
    {invariant::head_index_in_range, "check",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_head_index(pool, 7); }, &checks<pool_allocator>);
     }},
    {invariant::link_in_range, "allocate",
     [](invariant id) { return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 1, 6, 4); }, &allocates); }},
    {invariant::link_in_range, "check",
     [](invariant id) {
       return pool_fires(
           id, 1, [](auto& pool) { access::set_record(pool, 2, 0xFFFFFFFF, 3); }, &checks<pool_allocator>);
     }},
    {invariant::link_not_to_itself, "allocate",
     [](invariant id) { return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 1, 1, 4); }, &allocates); }},
    {invariant::link_not_to_itself, "check",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 2, 2, 3); }, &checks<pool_allocator>);
     }},
    {invariant::depth_in_range, "allocate_zero",
     [](invariant id) { return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 1, 2, 0); }, &allocates); }},
    {invariant::depth_in_range, "allocate_above",
     [](invariant id) { return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 1, 2, 6); }, &allocates); }},
    {invariant::depth_in_range, "deallocate",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 1, 2, 5); }, &frees_the_first);
     }},
    {invariant::depth_in_range, "check",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 1, 2, 6); }, &checks<pool_allocator>);
     }},
    {invariant::depth_falls_by_one, "check",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 3, 4, 3); }, &checks<pool_allocator>);
     }},
    {invariant::depth_falls_by_one, "check_of_a_cycle",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 3, 1, 2); }, &checks<pool_allocator>);
     }},
    {invariant::list_length_is_depth, "check",
     [](invariant id) {
       return pool_fires(id, 1, [](auto& pool) { access::set_record(pool, 2, 5, 3); }, &checks<pool_allocator>);
     }},
    {invariant::popped_block_was_free, "allocate",
     [](invariant id) {
       return pool_fires(
           id, 1, [](auto& pool) { access::record(pool, 1).state.store(1, memory_order::relaxed); }, &allocates);
     }},
    {invariant::link_in_range, "refill",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 3, 7, 2);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::head_index_in_range, "refill",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_head_index(pool, 6);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::head_index_in_range, "flush",
     [](invariant id) {
       return cache_fires(id, [](auto& pool, auto&) { access::set_head_index(pool, 6); }, cache_flushes);
     }},
    {invariant::depth_in_range, "refill",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 2, 3, 6);
             access::set_record(pool, 3, 4, 5);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::depth_in_range, "refill_zero",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 2, 3, 0);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::depth_in_range, "flush",
     [](invariant id) {
       return cache_fires(id, [](auto& pool, auto&) { access::set_record(pool, 2, 3, 5); }, cache_flushes);
     }},
    {invariant::depth_falls_by_one, "refill",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 3, 4, 3);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::depth_falls_by_one, "refill_of_a_cycle",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 2, 2, 3);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::list_length_is_depth, "refill_too_short",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 2, 5, 3);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::list_length_is_depth, "refill_too_long",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 2, 3, 2);
             access::set_record(pool, 3, 4, 1);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::link_not_to_itself, "refill",
     [](invariant id) {
       return cache_fires(
           id,
           [](auto& pool, auto& cache) {
             access::set_record(pool, 3, 3, 2);
             access::kept(cache) = 0;
           },
           cache_allocates);
     }},
    {invariant::unlisted_block_is_live, "check_with_a_cache_that_lost_a_block",
     [](invariant id) {
       return cache_fires(id, [](auto& pool, auto&) { access::cache_slot_of(pool, 0).show(0); }, pool_checks);
     }},
    {invariant::shared_bump_top_within_storage, "allocate",
     [](invariant id) {
       return shared_bump_fires(
           id, [](auto& bump) { access::top(bump).store(101, memory_order::relaxed); },
           [](auto& bump) { return bump.allocate({1, 1}).error(); });
     }},
    {invariant::shared_bump_top_within_storage, "check",
     [](invariant id) {
       return shared_bump_fires(
           id, [](auto& bump) { access::top(bump).store(101, memory_order::relaxed); },
           [](auto& bump) { return bump.check_invariants().error(); });
     }},
    {invariant::shared_bump_live_fits_top, "check",
     [](invariant id) {
       return shared_bump_fires(
           id, [](auto& bump) { access::live(bump).store(11, memory_order::relaxed); },
           [](auto& bump) { return bump.check_invariants().error(); });
     }},
    {invariant::shared_bump_peak_within_storage, "check",
     [](invariant id) {
       return shared_bump_fires(
           id, [](auto& bump) { access::peak(bump).store(101, memory_order::relaxed); },
           [](auto& bump) { return bump.check_invariants().error(); });
     }},
    {invariant::detached_cache_is_empty, "check",
     [](invariant id) {
       return cache_fires(id, [](auto& pool, auto&) { access::cache_slot_of(pool, 1).show(1); }, pool_checks);
     }},
    {invariant::detached_cache_is_empty, "attach",
     [](invariant id) {
       return cache_fires(
           id, [](auto& pool, auto&) { access::cache_slot_of(pool, 1).show(1); },
           [](auto& pool, auto&, auto*) { return cache_type(pool).error().code; });
     }},
    {invariant::cached_count_in_range, "allocate",
     [](invariant id) {
       return cache_fires(id, [](auto&, auto& cache) { access::kept(cache) = 5; }, cache_allocates);
     }},
    {invariant::cached_count_in_range, "deallocate",
     [](invariant id) { return cache_fires(id, [](auto&, auto& cache) { access::kept(cache) = 5; }, cache_frees); }},
    {invariant::cached_count_in_range, "flush",
     [](invariant id) { return cache_fires(id, [](auto&, auto& cache) { access::kept(cache) = 5; }, cache_flushes); }},
    {invariant::cached_count_in_range, "check",
     [](invariant id) { return cache_fires(id, [](auto&, auto& cache) { access::kept(cache) = 5; }, cache_checks); }},
    {invariant::cached_index_in_range, "allocate",
     [](invariant id) {
       return cache_fires(id, [](auto&, auto& cache) { set_kept_index(cache, 5); }, cache_allocates);
     }},
    {invariant::cached_index_in_range, "flush",
     [](invariant id) {
       return cache_fires(id, [](auto&, auto& cache) { set_kept_index(cache, ~0U); }, cache_flushes);
     }},
    {invariant::cached_index_in_range, "check",
     [](invariant id) { return cache_fires(id, [](auto&, auto& cache) { set_kept_index(cache, 5); }, cache_checks); }},
    {invariant::cached_block_is_free, "allocate",
     [](invariant id) {
       return cache_fires(id, [](auto&, auto& cache) { set_kept_index(cache, 0); }, cache_allocates);
     }},
    {invariant::cached_block_is_free, "flush",
     [](invariant id) { return cache_fires(id, [](auto&, auto& cache) { set_kept_index(cache, 0); }, cache_flushes); }},
    {invariant::cached_block_is_free, "check",
     [](invariant id) { return cache_fires(id, [](auto&, auto& cache) { set_kept_index(cache, 0); }, cache_checks); }},
    {invariant::cached_count_is_shown, "check",
     [](invariant id) {
       return cache_fires(id, [](auto& pool, auto&) { access::cache_slot_of(pool, 0).show(2); }, cache_checks);
     }},
    {invariant::cached_count_is_shown, "check_of_a_slot_that_was_given_up",
     [](invariant id) {
       return cache_fires(id, [](auto& pool, auto&) { access::cache_slot_of(pool, 0).release(); }, cache_checks);
     }},
    {invariant::listed_block_is_free, "check",
     [](invariant id) {
       return pool_fires(
           id, 1, [](auto& pool) { access::record(pool, 4).state.store(1, memory_order::relaxed); },
           &checks<pool_allocator>);
     }},
    {invariant::unlisted_block_is_live, "check",
     [](invariant id) {
       return pool_fires(
           id, 2, [](auto& pool) { access::record(pool, 0).state.store(2, memory_order::relaxed); },
           &checks<pool_allocator>);
     }},
    {invariant::peak_covers_live, "check",
     [](invariant id) {
       return pool_fires(
           id, 2, [](auto& pool) { access::peak_blocks(pool).store(1, memory_order::relaxed); },
           &checks<pool_allocator>);
     }},
    {invariant::peak_within_capacity, "check",
     [](invariant id) {
       return pool_fires(
           id, 2, [](auto& pool) { access::peak_blocks(pool).store(6, memory_order::relaxed); },
           &checks<pool_allocator>);
     }},

    {invariant::latest_free_in_place, "allocate",
     [](invariant id) {
       return local_pool_fires(
           id, [](auto& pool) { access::latest_number(access::latest(pool)) = 6; }, local_allocates);
     }},
    {invariant::latest_free_in_place, "allocate_elsewhere",
     [](invariant id) {
       return local_pool_fires(
           id, [](auto& pool) { access::latest_block(access::latest(pool)) += 1; }, local_allocates);
     }},
    {invariant::latest_free_in_place, "deallocate",
     [](invariant id) {
       return local_pool_fires(id, [](auto& pool) { access::latest_number(access::latest(pool)) = 6; }, local_frees);
     }},
    {invariant::latest_free_in_place, "check",
     [](invariant id) {
       return local_pool_fires(id, [](auto& pool) { access::latest_number(access::latest(pool)) = 3; }, local_checks);
     }},
    {invariant::latest_free_is_free, "check",
     [](invariant id) {
       return local_pool_fires(
           id, [](auto& pool) { access::record(pool, 1).state.store(1, memory_order::relaxed); }, local_checks);
     }},
    {invariant::popped_block_was_free, "allocate_the_latest",
     [](invariant id) {
       return local_pool_fires(
           id, [](auto& pool) { access::record(pool, 1).state.store(1, memory_order::relaxed); }, local_allocates);
     }},
    {invariant::unlisted_block_is_live, "check_of_a_lost_latest",
     [](invariant id) {
       return local_pool_fires(id, [](auto& pool) { access::latest(pool).clear(); }, local_checks);
     }},
    {invariant::list_length_is_depth, "check_of_a_counter",
     [](invariant id) {
       return local_pool_fires(id, [](auto& pool) { access::list_taken(access::list(pool)) = 3; }, local_checks);
     }},
    {invariant::list_length_is_depth, "check_of_a_cycle",
     [](invariant id) {
       return local_pool_fires(
           id, [](auto& pool) { access::record(pool, 4).link.store(2U - 5U, memory_order::relaxed); }, local_checks);
     }},
    {invariant::depth_in_range, "check_of_a_counter",
     [](invariant id) {
       return local_pool_fires(id, [](auto& pool) { access::list_taken(access::list(pool)) = 6; }, local_checks);
     }},
    {invariant::depth_in_range, "deallocate_to_a_full_list",
     [](invariant id) {
       return local_pool_fires(id, [](auto& pool) { access::list_taken(access::list(pool)) = 0; }, local_frees);
     }},

    {invariant::bump_top_within_limit, "allocate",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::top(bump) = 512; },
           [](bump_rig& rig) { return rig.bump.allocate({1, 1}); });
     }},
    {invariant::bump_top_within_limit, "mark",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::top(bump) = size_max; }, [](bump_rig& rig) { return rig.bump.mark(); });
     }},
    {invariant::bump_top_within_limit, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::top(bump) = 512; }, [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::bump_last_block_below_top, "deallocate",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::last_block(bump).previous_top = 300; },
           [](bump_rig& rig) { return rig.bump.deallocate(rig.block, {20, 16}); });
     }},
    {invariant::bump_last_block_below_top, "deallocate_to_another_top",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::last_block(bump).previous_top = 0; },
           [](bump_rig& rig) { return rig.bump.deallocate(rig.block, {20, 16}); });
     }},
    {invariant::bump_last_block_below_top, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::last_block(bump).begin = 36; },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::bump_live_fits_top, "deallocate",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::live(bump) = 0; },
           [](bump_rig& rig) { return rig.bump.deallocate(rig.block, {20, 16}); });
     }},
    {invariant::bump_live_fits_top, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::live(bump) = access::top(bump) + 1; }, [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::bump_peak_covers_top, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::peak(bump) = 35; }, [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::bump_peak_within_capacity, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::peak(bump) = 513; }, [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::mark_records_within_storage, "allocate",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::mark_count(bump) = marks_that_fit + 1; },
           [](bump_rig& rig) { return rig.bump.allocate({1, 1}); });
     }},
    {invariant::mark_records_within_storage, "mark",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::mark_count(bump) = size_max; },
           [](bump_rig& rig) { return rig.bump.mark(); });
     }},
    {invariant::mark_records_within_storage, "restore",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::mark_count(bump) = size_max; },
           [](bump_rig& rig) { return rig.bump.restore(rig.inner); });
     }},
    {invariant::mark_records_within_storage, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::mark_count(bump) = marks_that_fit + 1; },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::mark_tops_ascend, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::edit_mark(bump, 1, [](auto& mark) { mark.top = 9; }); },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::mark_serials_ascend, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::edit_mark(bump, 1, [](auto& mark) { mark.serial = 1; }); },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::mark_serials_ascend, "check_of_the_youngest",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::edit_mark(bump, 1, [](auto& mark) { mark.serial = 3; }); },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::mark_top_below_bump_top, "restore",
     [](invariant id) {
       return bump_fires(
           id,
           [](bump_type& bump) {
             access::edit_mark(bump, 1, [&](auto& mark) { mark.top = access::top(bump) + 1; });
           },
           [](bump_rig& rig) { return rig.bump.restore(rig.inner); });
     }},
    {invariant::mark_top_below_bump_top, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::edit_mark(bump, 0, [](auto& mark) { mark.top = size_max; }); },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},
    {invariant::mark_live_below_bump_live, "restore",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::edit_mark(bump, 1, [](auto& mark) { mark.live = 4; }); },
           [](bump_rig& rig) { return rig.bump.restore(rig.inner); });
     }},
    {invariant::mark_live_below_bump_live, "check",
     [](invariant id) {
       return bump_fires(
           id, [](bump_type& bump) { access::edit_mark(bump, 0, [](auto& mark) { mark.live = 4; }); },
           [](bump_rig& rig) { return checks(rig.bump); });
     }},

    {invariant::stack_top_within_limit, "allocate",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::top(stack) = 512; },
           [](stack_rig& rig) { return rig.stack.allocate({1, 1}); });
     }},
    {invariant::stack_top_within_limit, "mark",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::top(stack) = size_max; },
           [](stack_rig& rig) { return rig.stack.mark(); });
     }},
    {invariant::stack_top_within_limit, "check",
     [](invariant id) {
       return stack_fires(id, [](stack_type& stack) { access::top(stack) = 512; }, &checks_the_stack);
     }},
    {invariant::stack_records_within_storage, "allocate",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::record_count(stack) = records_that_fit + 1; },
           [](stack_rig& rig) { return rig.stack.allocate({1, 1}); });
     }},
    {invariant::stack_records_within_storage, "deallocate",
     [](invariant id) {
       return stack_fires(id, [](stack_type& stack) { access::record_count(stack) = size_max; }, &frees_the_top);
     }},
    {invariant::stack_records_within_storage, "mark",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::record_count(stack) = records_that_fit + 1; },
           [](stack_rig& rig) { return rig.stack.mark(); });
     }},
    {invariant::stack_records_within_storage, "restore",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::record_count(stack) = records_that_fit + 1; },
           [](stack_rig& rig) { return rig.stack.restore(rig.point); });
     }},
    {invariant::stack_records_within_storage, "check",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::record_count(stack) = records_that_fit + 1; }, &checks_the_stack);
     }},
    {invariant::stack_record_begins_in_order, "deallocate",
     [](invariant id) {
       return stack_fires(
           id,
           [](stack_type& stack) {
             access::edit_record(stack, 3, [](auto& record) { record.previous_top = record.begin + 1; });
           },
           &frees_the_top);
     }},
    {invariant::stack_record_begins_in_order, "check_of_a_block",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 0, [](auto& record) { record.previous_top = 1; }); },
           &checks_the_stack);
     }},
    {invariant::stack_record_begins_in_order, "check_of_a_mark",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 2, [](auto& record) { record.begin = 1; }); },
           &checks_the_stack);
     }},
    // In one walk, what breaks this one breaks stack_record_ends_at_top a step
    // earlier: seen alone only if it breaks in between.
    {invariant::stack_record_chain_ascends, "audit_between_two_steps",
     [](invariant id) {
       audit_cursor cursor;
       return stack_fires(
           id,
           [&cursor](stack_type& stack) {
             static_cast<void>(stack.audit(cursor, 1));
             access::edit_record(stack, 1, [](auto& record) { record.previous_top = 0; });
           },
           [&cursor](stack_rig& rig) { return rig.stack.audit(cursor, 100); });
     }},
    {invariant::stack_record_ends_at_top, "restore_above_the_top",
     [](invariant id) {
       return stack_fires(
           id,
           [](stack_type& stack) {
             access::edit_record(stack, 2, [&](auto& record) { record.previous_top = access::top(stack) + 1; });
           },
           [](stack_rig& rig) { return rig.stack.restore(rig.point); });
     }},
    {invariant::stack_record_ends_at_top, "check_of_a_block",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 1, [](auto& record) { record.begin = 15; }); },
           &checks_the_stack);
     }},
    {invariant::stack_record_ends_at_top, "check_of_a_mark",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 3, [](auto& record) { record.previous_top = 16; }); },
           &checks_the_stack);
     }},
    {invariant::stack_serials_ascend, "check",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 1, [](auto& record) { record.serial = 1; }); },
           &checks_the_stack);
     }},
    {invariant::stack_serials_ascend, "check_of_the_youngest",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 3, [](auto& record) { record.serial = 5; }); },
           &checks_the_stack);
     }},
    {invariant::stack_live_matches_records, "deallocate",
     [](invariant id) { return stack_fires(id, [](stack_type& stack) { access::live(stack) = 0; }, &frees_the_top); }},
    {invariant::stack_live_matches_records, "restore",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::live(stack) = 1; },
           [](stack_rig& rig) { return rig.stack.restore(rig.point); });
     }},
    {invariant::stack_live_matches_records, "check_of_the_count",
     [](invariant id) {
       return stack_fires(id, [](stack_type& stack) { access::live(stack) = 4; }, &checks_the_stack);
     }},
    {invariant::stack_live_matches_records, "check_beyond_all_records",
     [](invariant id) {
       return stack_fires(id, [](stack_type& stack) { access::live(stack) = 5; }, &checks_the_stack);
     }},
    {invariant::stack_peak_covers_top, "check",
     [](invariant id) {
       return stack_fires(id, [](stack_type& stack) { access::peak(stack) = 35; }, &checks_the_stack);
     }},
    {invariant::stack_peak_within_capacity, "check",
     [](invariant id) {
       return stack_fires(id, [](stack_type& stack) { access::peak(stack) = 513; }, &checks_the_stack);
     }},
    {invariant::stack_block_aligned, "deallocate",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 3, [](auto& record) { record.previous_top = 0; }); },
           &frees_the_top);
     }},
    {invariant::stack_block_aligned, "check_of_the_alignment",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 3, [](auto& record) { record.align = 3; }); },
           &checks_the_stack);
     }},
    {invariant::stack_block_aligned, "check",
     [](invariant id) {
       return stack_fires(
           id, [](stack_type& stack) { access::edit_record(stack, 3, [](auto& record) { record.begin = 17; }); },
           &checks_the_stack);
     }},
    {invariant::stack_empty_has_no_top, "check",
     [](invariant id) {
       return stack_fires(
           id,
           [](stack_type& stack) {
             access::record_count(stack) = 0;
             access::live(stack) = 0;
           },
           &checks_the_stack);
     }},

    {invariant::object_as_sealed, "a_bump",
     [](invariant id) {
       return seal_fires<static_bump<512>>(id, [](auto& bump) { access::peak(bump) += 1; });
     }},
    {invariant::object_as_sealed, "a_stack",
     [](invariant id) {
       return seal_fires<static_stack<512>>(id, [](auto& stack) { access::peak(stack) += 1; });
     }},
    {invariant::object_as_sealed, "a_pool",
     [](invariant id) {
       return seal_fires<static_local_pool<block_of_48, 4>>(
           id, [](auto& pool) { access::peak(pool).store(3, memory_order::relaxed); });
     }},
    {invariant::object_as_sealed, "an_arena",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::peak(rig.subject) += 1; }, &checks_the_arena, check_level::paranoid);
     }},
    {invariant::records_as_sealed, "of_a_stack",
     [](invariant id) {
       // the second block has the third serial number
       return seal_fires<static_stack<512>>(
           id, [](auto& stack) { access::edit_record(stack, 1, [](auto& record) { record.serial = 2; }); });
     }},
    {invariant::records_as_sealed, "of_a_pool",
     [](invariant id) {
       return seal_fires<static_local_pool<block_of_48, 4>>(id, [](auto& pool) {
         auto& state = access::record(pool, 3).state; // the generation of a free block
         state.store(state.load(memory_order::relaxed) + 2, memory_order::relaxed);
       });
     }},
    {invariant::records_as_sealed, "of_an_arena",
     [](invariant id) {
       return arena_fires(
           id, true, record_edit(0, [](arena_record& block) { block.tag ^= 8U; }), &checks_the_arena,
           check_level::paranoid);
     }},
    {invariant::class_of_block_serves_it, "deallocate", [](invariant) { return class_of_block_serves_it_fires(); }},
    {invariant::used_matches_pools, "check",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::used_bytes(allocator).store(79, memory_order::relaxed); },
           &checks<segregated_allocator>);
     }},
    {invariant::segregated_peak_covers_used, "check",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::peak_bytes(allocator).store(79, memory_order::relaxed); },
           &checks<segregated_allocator>);
     }},
    {invariant::segregated_peak_within_capacity, "check",
     [](invariant id) {
       return segregated_fires(
           id,
           [](auto& allocator) {
             access::peak_bytes(allocator).store(allocator.state().capacity_bytes + 1, memory_order::relaxed);
           },
           &checks<segregated_allocator>);
     }},
    {invariant::segregated_plan_intact, "check_of_the_capacity",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::capacity_bytes(allocator) += 1; }, &checks<segregated_allocator>);
     }},
    {invariant::segregated_plan_intact, "check_of_the_fallback",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::fallback_classes(allocator) = allocator.class_count(); },
           &checks<segregated_allocator>);
     }},
    {invariant::class_pool_intact, "allocate",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::set_head_index(access::pool(allocator, 0), 7); },
           [](auto& allocator) { return allocator.allocate({10, 8}); });
     }},
    {invariant::class_pool_intact, "deallocate",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::set_head_index(access::pool(allocator, 0), 7); },
           [](auto& allocator) { return allocator.deallocate(allocator.pool(0).block_bytes().data); });
     }},
    {invariant::class_pool_intact, "deallocate_in_a_latched_pool",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::latch(access::pool(allocator, 0)).store(1, memory_order::relaxed); },
           [](auto& allocator) { return allocator.deallocate(allocator.pool(0).block_bytes().data); });
     }},
    {invariant::class_pool_intact, "reset",
     [](invariant id) {
       return segregated_fires(
           id, [](auto& allocator) { access::used_bytes(allocator).store(0, memory_order::relaxed); },
           [](auto& allocator) { return allocator.reset(); });
     }},
    {invariant::class_pool_intact, "check",
     [](invariant id) {
       return segregated_fires(
           id,
           [](auto& allocator) { access::record(access::pool(allocator, 1), 2).state.store(1, memory_order::relaxed); },
           &checks<segregated_allocator>);
     }},

    {invariant::arena_top_within_chunk, "allocate",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).top = chunk_size; },
           &allocates_in_the_arena);
     }},
    {invariant::arena_top_within_chunk, "mark",
     [](invariant id) {
       return arena_fires(
           id, false, [](arena_rig& rig) { access::newest_chunk(rig.subject).top = size_max; }, &marks_the_arena);
     }},
    {invariant::arena_top_within_chunk, "check",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).top = chunk_size; }, &checks_the_arena);
     }},
    {invariant::arena_top_within_chunk, "check_of_the_header",
     [](invariant id) {
       return arena_fires(
           id, false, [](arena_rig& rig) { access::newest_chunk(rig.subject).top = arena::header_bytes() - 1; },
           &checks_the_arena);
     }},
    {invariant::arena_top_within_chunk, "check_of_an_older_chunk",
     [](invariant id) {
       return arena_fires(id, true, header_edit([](arena_chunk& before) { before.top = chunk_size; }),
                          &checks_the_arena);
     }},
    {invariant::arena_top_within_chunk, "check_of_an_older_chunks_header",
     [](invariant id) {
       return arena_fires(id, true, header_edit([](arena_chunk& before) { before.top = 0; }), &checks_the_arena);
     }},
    {invariant::arena_top_within_chunk, "check_of_a_canary",
     [](invariant id) {
       arena_rig rig(false, arena_growth::fixed, arena_config::unlimited_bytes, check_level::paranoid);
       static_cast<void>(rig.take(8));
       access::unseal(rig.subject);
       access::newest_chunk(rig.subject).top = arena::header_bytes() + canary_bytes; // no block fits below such a top
       return fires(id, rig.subject, rig.log, [&] { return rig.subject.check_invariants(); });
     }},
    {invariant::arena_records_within_chunk, "allocate",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).records = records_beyond; },
           &allocates_in_the_arena);
     }},
    {invariant::arena_records_within_chunk, "deallocate",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).records = records_beyond; },
           &frees_the_last);
     }},
    {invariant::arena_records_within_chunk, "mark",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).records = records_beyond; },
           &marks_the_arena);
     }},
    {invariant::arena_records_within_chunk, "restore",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).records = records_beyond; },
           &restores_the_arena);
     }},
    {invariant::arena_records_within_chunk, "check",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).records = records_beyond; },
           &checks_the_arena);
     }},
    {invariant::arena_records_within_chunk, "check_of_an_older_chunk",
     [](invariant id) {
       return arena_fires(id, true, header_edit([](arena_chunk& before) { before.records = records_beyond; }),
                          &checks_the_arena);
     }},
    {invariant::arena_header_intact, "check",
     [](invariant id) { return arena_fires(id, true, &spoil_the_header, &checks_the_arena); }},
    {invariant::arena_header_intact, "reset",
     [](invariant id) { return arena_fires(id, true, &spoil_the_header, &resets_the_arena); }},
    {invariant::arena_header_intact, "allocate_in_a_new_chunk",
     [](invariant id) { return arena_fires(id, true, &spoil_the_header, &grows_the_arena); }},
    {invariant::arena_header_intact, "deallocate",
     [](invariant id) { return arena_fires(id, true, &spoil_the_header, &frees_the_first_of_the_arena); }},
    {invariant::arena_header_intact, "restore",
     [](invariant id) {
       return arena_fires(
           id, false,
           [](arena_rig& rig) {
             access::newest_chunk(rig.subject).records_before += 100; // the mark as if it lay in the chunk before
             spoil_the_header(rig);
           },
           &restores_the_arena);
     }},
    {invariant::arena_chain_has_all_chunks, "check",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { ++access::chunk_count(rig.subject); }, &checks_the_arena);
     }},
    {invariant::arena_chain_has_all_chunks, "check_of_one_too_few",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { --access::chunk_count(rig.subject); }, &checks_the_arena);
     }},
    {invariant::arena_chain_has_all_chunks, "check_of_none",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { access::chunk_count(rig.subject) = 0; }, &checks_the_arena);
     }},
    {invariant::arena_chain_has_all_chunks, "deallocate",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject) = {}; }, &frees_the_first_of_the_arena);
     }},
    {invariant::arena_chunks_disjoint, "allocate",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { rig.chunks.instead = [&rig](byte_span) { return rig.chunks.out()[0]; }; },
           &grows_the_arena);
     }},
    {invariant::arena_sums_match_chunks, "check_of_used",
     [](invariant id) {
       return arena_fires(id, true, header_edit([](arena_chunk& before) { ++before.used_before; }), &checks_the_arena);
     }},
    {invariant::arena_sums_match_chunks, "check_of_records",
     [](invariant id) {
       return arena_fires(id, true, header_edit([](arena_chunk& before) { ++before.records_before; }),
                          &checks_the_arena);
     }},
    {invariant::arena_sums_match_chunks, "check_of_largest",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::newest_chunk(rig.subject).largest += 1; }, &checks_the_arena);
     }},
    {invariant::arena_held_matches_chunks, "check",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { ++access::held_bytes(rig.subject); }, &checks_the_arena);
     }},
    {invariant::arena_held_within_capacity, "check",
     [](invariant id) {
       return arena_fires(
           id, false, [](arena_rig& rig) { access::held_bytes(rig.subject) = 4 * chunk_size + 1; }, &checks_the_arena);
     }},
    {invariant::arena_peak_covers_used, "check",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { access::peak(rig.subject) = rig.subject.state().used_bytes - 1; }, &checks_the_arena);
     }},
    {invariant::arena_live_fits_used, "check",
     [](invariant id) {
       return arena_fires(id, false, [](arena_rig& rig) { access::live(rig.subject) = rig.subject.state().used_bytes + 1; }, &checks_the_arena);
     }},
    {invariant::arena_live_fits_used, "deallocate",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { access::live(rig.subject) = 0; }, &frees_the_last);
     }},
    {invariant::arena_live_fits_used, "deallocate_of_another",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { access::live(rig.subject) = 0; }, &frees_the_first_of_the_arena);
     }},
    {invariant::arena_live_matches_records, "check",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { ++access::live(rig.subject); }, &checks_the_arena);
     }},
    {invariant::arena_live_matches_records, "check_of_marks",
     [](invariant id) {
       return arena_fires(id, false, [](arena_rig& rig) { ++access::mark_count(rig.subject); }, &checks_the_arena);
     }},
    {invariant::arena_live_matches_records, "restore",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { access::live(rig.subject) = 0; }, &restores_the_arena);
     }},
    {invariant::arena_live_matches_records, "restore_of_marks",
     [](invariant id) {
       return arena_fires(id, true, [](arena_rig& rig) { access::mark_count(rig.subject) = 0; }, &restores_the_arena);
     }},
    {invariant::arena_live_matches_records, "restore_of_what_a_mark_remembers",
     [](invariant id) {
       return arena_fires(id, false, [](arena_rig& rig) { access::live(rig.subject) = 1; }, &restores_the_arena);
     }},
    {invariant::arena_last_block_below_top, "check",
     [](invariant id) {
       return arena_fires(
           id, false, [](arena_rig& rig) { access::last_block(rig.subject).begin = 1000; }, &checks_the_arena);
     }},
    {invariant::arena_last_block_below_top, "deallocate",
     [](invariant id) {
       return arena_fires(
           id, false, [](arena_rig& rig) { access::last_block(rig.subject).previous_top = 1000; }, &frees_the_last);
     }},
    {invariant::arena_last_block_below_top, "deallocate_on_record",
     [](invariant id) {
       return arena_fires(id, true, record_edit(2, [](arena_record& last) { last.previous_top = 1000; }),
                          &frees_the_last);
     }},
    {invariant::arena_record_has_kind, "check",
     [](invariant id) {
       return arena_fires(id, true, record_edit(0, [](arena_record& block) { block.tag |= 3U; }), &checks_the_arena);
     }},
    {invariant::arena_record_has_kind, "check_of_a_block_where_there_are_none",
     [](invariant id) {
       return arena_fires(id, false, record_edit(0, [](arena_record& mark) { mark.tag = 1; }), &checks_the_arena);
     }},
    {invariant::arena_record_behind_header, "check",
     [](invariant id) {
       return arena_fires(id, true,
                          record_edit(0, [](arena_record& block) { block.previous_top = arena::header_bytes() - 1; }),
                          &checks_the_arena);
     }},
    {invariant::arena_record_behind_header, "check_of_the_header",
     [](invariant id) {
       return arena_fires(id, false, record_edit(0, [](arena_record& mark) { mark.previous_top = 1; }),
                          &checks_the_arena);
     }},
    {invariant::arena_record_ends_in_order, "check",
     [](invariant id) {
       return arena_fires(id, true,
                          record_edit(0, [](arena_record& block) { block.place = arena::header_bytes() - 1; }),
                          &checks_the_arena);
     }},
    {invariant::arena_record_ends_in_order, "check_of_the_end",
     [](invariant id) {
       return arena_fires(id, true, record_edit(0, [](arena_record& block) { block.place = 500; }), &checks_the_arena);
     }},
    {invariant::arena_record_ends_in_order, "check_of_the_canary",
     [](invariant id) {
       return arena_fires(id, true, record_edit(0, [](arena_record& block) { block.place += 200; }), &checks_the_arena,
                          check_level::paranoid);
     }},
    {invariant::arena_block_aligned, "check",
     [](invariant id) {
       return arena_fires(id, true, record_edit(0, [](arena_record& block) { block.place += 1; }), &checks_the_arena);
     }},
    {invariant::arena_mark_below_top, "restore",
     [](invariant id) {
       return arena_fires(id, true, record_edit(1, [](arena_record& mark) { mark.previous_top = 500; }),
                          &restores_the_arena);
     }},
    {invariant::arena_mark_below_top, "check",
     [](invariant id) {
       return arena_fires(id, true, record_edit(1, [](arena_record& mark) { mark.previous_top -= 1; }),
                          &checks_the_arena);
     }},
    {invariant::arena_mark_below_top, "check_where_marks_alone_have_records",
     [](invariant id) {
       return arena_fires(id, false, record_edit(0, [](arena_record& mark) { mark.previous_top = 500; }),
                          &checks_the_arena);
     }},
    {invariant::arena_chunk_of_mark_begins_with_it, "restore",
     [](invariant id) {
       return arena_fires(id, true, record_edit(1, [](arena_record& mark) { mark.previous_top = 0; }),
                          &restores_the_arena);
     }},
    {invariant::arena_chunk_of_mark_begins_with_it, "check",
     [](invariant id) {
       return arena_fires(id, true, record_edit(0, [](arena_record& block) { block.previous_top = 0; }),
                          &checks_the_arena);
     }},
    {invariant::arena_mark_serials_ascend, "check",
     [](invariant id) {
       return arena_fires(id, true, record_edit(1, [](arena_record& mark) { mark.tag += 100U << 2U; }),
                          &checks_the_arena);
     }},
    {invariant::arena_mark_serials_ascend, "check_of_two",
     [](invariant id) {
       return arena_fires(
           id, false,
           [](arena_rig& rig) {
             static_cast<void>(rig.take_mark());
             access::edit_arena_record(rig.subject, 1, [](arena_record& mark) { mark.tag = 0; });
           },
           &checks_the_arena);
     }},
    {invariant::arena_source_takes_chunks_back, "reset",
     [](invariant id) {
       return arena_fires(
           id, true, [](arena_rig& rig) { rig.chunks.release_refusal = error_code::foreign_pointer; },
           &resets_the_arena);
     }},
    {invariant::arena_source_takes_chunks_back, "restore",
     [](invariant id) {
       return arena_fires(
           id, true,
           [](arena_rig& rig) {
             static_cast<void>(rig.take(1000));
             rig.chunks.release_refusal = error_code::foreign_pointer;
           },
           &restores_the_arena);
     }},
    {invariant::arena_source_takes_chunks_back, "allocate",
     [](invariant id) {
       return arena_fires(
           id, true,
           [](arena_rig& rig) {
             rig.chunks.release_refusal = error_code::foreign_pointer;
             rig.chunks.instead = [](byte_span chunk) { return byte_span{chunk.data + 1, chunk.size}; };
           },
           &grows_the_arena);
     }},
    {invariant::budget_depth_in_range, "reserve",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { access::depth(rig.child) = 9; },
           [](budget_rig& rig) { return rig.child.reserve(1); });
     }},
    {invariant::budget_depth_in_range, "release",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { access::depth(rig.child) = 0; },
           [](budget_rig& rig) { return rig.child.release(1); });
     }},
    {invariant::budget_depth_falls_to_root, "reserve",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { access::depth(rig.child) = 3; },
           [](budget_rig& rig) { return rig.child.reserve(1); });
     }},
    {invariant::budget_depth_falls_to_root, "set_limit",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { access::depth(rig.root) = 2; },
           [](budget_rig& rig) { return result<void>(rig.child.set_limit(50).error()); });
     }},
    {invariant::parent_covers_children, "release",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::root, [](budget_rig& rig) { set_to(access::used(rig.root), 9); },
           [](budget_rig& rig) { return rig.child.release(10); });
     }},
    {invariant::parent_covers_children, "check",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { set_to(access::used(rig.root), 9); }, &checks_the_child);
     }},
    {invariant::budget_used_covers_own, "release",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { set_to(access::used(rig.child), 9); },
           [](budget_rig& rig) { return rig.child.release(10); });
     }},
    {invariant::budget_used_covers_own, "check",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { set_to(access::own(rig.child), 11); }, &checks_the_child);
     }},
    {invariant::budget_leaf_used_is_own, "check",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { set_to(access::own(rig.child), 9); }, &checks_the_child);
     }},
    {invariant::budget_peak_covers_used, "check",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { set_to(access::peak_reserved(rig.child), 9); },
           &checks_the_child);
     }},
    {invariant::budget_child_is_counted, "check",
     [](invariant id) {
       return budget_fires(
           id, &budget_rig::child, [](budget_rig& rig) { set_to(access::children(rig.root), 0); }, &checks_the_child);
     }},
    {invariant::budgeted_block_within_claim, "allocate",
     [](invariant id) { return budgeted_block_within_claim_fires(id); }},
};

class invariants : public testing::TestWithParam<firing> {};

// SR-INV-001
TEST_P(invariants, fires) { EXPECT_TRUE(GetParam().run(GetParam().id)); }

INSTANTIATE_TEST_SUITE_P(each, invariants, testing::ValuesIn(firings), [](const auto& each) {
  return std::string(name(each.param.id)) + "_by_" + each.param.found_by;
});

// SR-INV-001
TEST(invariant, every_enumerator_has_a_test_that_shows_it_fire) {
  std::size_t known = 0;
  for (unsigned value = 1; value < 256; ++value) {
    const auto id = static_cast<invariant>(value);
    if (std::strcmp(name(id), "unknown") == 0) {
      continue;
    }
    ++known;
    bool shown = false;
    for (const firing& each : firings) {
      shown = shown || each.id == id;
    }
    EXPECT_TRUE(shown) << name(id);
  }
  EXPECT_GE(known, 36U);
}

TEST(invariant, a_cycle_of_the_free_list_does_not_hold_a_check_up) {
  for (std::uint32_t from = 0; from < 5; ++from) {
    for (std::uint32_t to = 0; to <= from; ++to) {
      pool_rig_type rig;
      access::set_record(rig.pool, from, to, 5 - from);
      EXPECT_TRUE(failed_with(rig.pool.check_invariants(), error_code::corrupted)) << from << " -> " << to;
    }
  }
}

} // namespace
