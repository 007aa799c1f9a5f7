// SPDX-License-Identifier: Apache-2.0 OR MIT
// Each request of a program in turn is refused, once and for good, for everything that is made of several parts. After
// each run: all has been given back, the invariants hold, contents are what they were, and as many objects have ended as
// began. How many requests could be refused is pinned: a drop says that the sweep has become blind.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <vector>

#include <nebula/nebula.hpp>
#include "../unit/ledger.hpp"
#include "failure_plan.hpp"

namespace nebula::failure_sweep {
namespace {

using test::fault_log;
using test::ledger;
using test::succeeded;
using test::tracked;

constexpr std::array levels{check_level::standard, check_level::paranoid};

template <std::size_t Bytes>
struct storage {
  alignas(64) std::byte bytes[Bytes]; // as strict as any request, so that each run is the same
  [[nodiscard]] byte_span span() { return {bytes, Bytes}; }
};

// How a container grows is the library's affair, and how many chunks an arena needs depends on the size of its records.
#if defined(__GLIBCXX__) && defined(__LP64__)
constexpr bool is_pinned = true;
#else
constexpr bool is_pinned = false;
#endif
void expect_points(const std::vector<std::size_t>& points, const std::vector<std::size_t>& pinned) {
  if (is_pinned) {
    EXPECT_EQ(points, pinned);
  }
  for (const std::size_t each : points) {
    EXPECT_GE(each, 4U);
  }
}

// --- arenas ---------------------------------------------------------------------------------------------------------

struct arena_shape {
  arena_growth growth;
  bool tracks;
};
constexpr std::array arena_shapes{arena_shape{arena_growth::fixed, true}, arena_shape{arena_growth::doubling, false},
                                  arena_shape{arena_growth::incremental, true}};

[[nodiscard]] arena_config config_of(chunk_source source, const arena_shape& shape, check_level level, fault_log& log) {
  arena_config wanted;
  wanted.source = source;
  wanted.chunk_bytes = 320;
  wanted.growth = shape.growth;
  wanted.growth_bytes = 64;
  wanted.track_allocations = shape.tracks;
  wanted.hook = log.hook();
  wanted.level = level;
  return wanted;
}

/// Blocks through several chunks, a mark and what is above it given back, and a reset; whatever is refused, the rest
/// goes on.
void use_arena(arena& made) {
  held_blocks<arena> blocks(made);
  for (std::size_t round = 0; round < 6; ++round) {
    blocks.take({40 + 8 * round, 8});
  }
  const std::size_t below = blocks.count();
  const result<marker> point = made.mark();
  for (std::size_t round = 0; round < 6; ++round) {
    blocks.take({200, 64});
  }
  EXPECT_TRUE(blocks.all_intact());
  EXPECT_TRUE(succeeded(made.check_invariants()));
  if (point.has_value()) {
    EXPECT_TRUE(succeeded(made.restore(point.value())));
    blocks.forget_down_to(below);
  }
  blocks.take({500, 16}); // a chunk of its own
  EXPECT_TRUE(blocks.all_intact());
  EXPECT_TRUE(succeeded(made.reset()));
  EXPECT_TRUE(is_settled(made));
  blocks.forget_down_to(0);
  blocks.take({24, 8});
  blocks.give();
  EXPECT_TRUE(is_settled(made));
}

TEST(arenas, over_a_span) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    for (const arena_shape& shape : arena_shapes) {
      points.push_back(sweep([&](failure_plan& plan) {
        fault_log log;
        storage<8192> memory;
        span_chunk_source chunks(stack_config{memory.span(), log.hook(), level}.validate().value());
        {
          refusing_source source(plan, chunks.source());
          arena made(config_of(source.source(), shape, level, log).validate().value());
          use_arena(made);
        }
        EXPECT_TRUE(is_settled(chunks.chunks())) << "a chunk was not given back";
        EXPECT_EQ(log.count(), 0U);
      }));
    }
  }
  expect_points(points, {10, 5, 7, 10, 5, 8});
}

TEST(arenas, over_a_pool) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    for (const bool tracks : {true, false}) {
      points.push_back(sweep([&](failure_plan& plan) {
        fault_log log;
        storage<16384> memory;
        local_pool_allocator chunks(
            local_pool_config{memory.span(), 640, alignof(std::max_align_t), 12, log.hook(), level}.validate().value());
        {
          refusing_source source(plan, pool_chunk_source(chunks));
          arena made(config_of(source.source(), {arena_growth::fixed, tracks}, level, log).validate().value());
          use_arena(made);
        }
        EXPECT_TRUE(is_settled(chunks)) << "a chunk was not given back";
        EXPECT_EQ(log.count(), 0U);
      }));
    }
  }
  expect_points(points, {5, 5, 6, 5});
}

// --- allocators of several parts ------------------------------------------------------------------------------------

/// Blocks of all sizes, some given back in between; a refused one is gone without.
template <class Allocator>
void use_blocks(Allocator& made) {
  held_blocks<Allocator> blocks(made);
  for (std::size_t round = 0; round < 12; ++round) {
    blocks.take({1 + 7 * (round % 5), std::size_t{1} << round % 4});
    if (round % 4 == 3) {
      blocks.give();
    }
  }
  EXPECT_TRUE(blocks.all_intact());
  EXPECT_TRUE(succeeded(made.check_invariants()));
  blocks.give_all();
  EXPECT_TRUE(is_settled(made));
}

/// A segregated allocator whose pools refuse a request: somebody else has all that they have.
class segregated_of_poor_pools : public local_segregated_allocator {
public:
  segregated_of_poor_pools(failure_plan& plan, const local_segregated_plan& made_of)
      : local_segregated_allocator(made_of), plan_(plan) {}

  [[nodiscard]] result<std::byte*> allocate(layout request) {
    if (!plan_.refuses()) {
      return local_segregated_allocator::allocate(request);
    }
    std::vector<std::byte*> taken;
    result<std::byte*> block = local_segregated_allocator::allocate(request);
    for (; block.has_value(); block = local_segregated_allocator::allocate(request)) {
      taken.push_back(block.value());
    }
    const allocator_state before = state();
    block = local_segregated_allocator::allocate(request);
    EXPECT_TRUE(test::same_but_failures(before, state())) << "a refused request changes nothing";
    for (std::byte* const each : taken) {
      EXPECT_TRUE(succeeded(local_segregated_allocator::deallocate(each, request)));
    }
    return block;
  }

private:
  failure_plan& plan_;
};

TEST(segregated, whose_pools_refuse) {
  constexpr std::array<size_class, 3> classes{{{8, 8, 4}, {24, 8, 3}, {64, 16, 3}}};
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    for (const std::size_t fallback_classes : {0U, 2U}) {
      points.push_back(sweep([&](failure_plan& plan) {
        fault_log log;
        storage<2048> memory;
        segregated_of_poor_pools made(plan, local_segregated_config{memory.span(), classes.data(), classes.size(),
                                                                    fallback_classes, log.hook(), level}
                                                .validate()
                                                .value());
        use_blocks(made);
        EXPECT_EQ(log.count(), 0U);
      }));
    }
  }
  EXPECT_EQ(points, (std::vector<std::size_t>{12, 12, 12, 12}));
}

using local_pool = refusing<local_pool_allocator>;
using bump = refusing<bump_allocator>;
using stack = refusing<stack_allocator>;

TEST(fallbacks, either_of_which_refuses) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    points.push_back(sweep([&](failure_plan& plan) {
      fault_log log;
      storage<1024> first;
      storage<1024> second;
      local_pool pool(plan, local_pool_config{first.span(), 16, 8, 4, log.hook(), level}.validate().value());
      stack rest(plan, stack_config{second.span(), log.hook(), level}.validate().value());
      fallback<local_pool, stack> both(pool, rest, log.hook());
      use_blocks(both);
      EXPECT_TRUE(is_settled(pool));
      EXPECT_TRUE(is_settled(rest));
      EXPECT_EQ(log.count(), 0U);
    }));
  }
  EXPECT_EQ(points, (std::vector<std::size_t>{20, 20}));
}

template <class Allocator>
void use_budgeted(Allocator& inner, fault_log& log) {
  local_budget above(local_budget_config{4096, 0, nullptr, 70, 90, log.hook()}.validate().value());
  local_budget mine(local_budget_config{2048, 0, &above, 70, 90, log.hook()}.validate().value());
  {
    budgeted<Allocator, plain_atomics> charged(inner, mine, log.hook());
    use_blocks(charged);
  }
  EXPECT_EQ(mine.state().used_bytes, 0U) << "what was refused stays charged";
  EXPECT_EQ(above.state().used_bytes, 0U) << "what was refused stays charged";
  EXPECT_TRUE(succeeded(mine.check_invariants()));
  EXPECT_TRUE(succeeded(above.check_invariants()));
}

TEST(budgeted_allocators, that_refuse_what_the_budget_grants) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    points.push_back(sweep([&](failure_plan& plan) {
      fault_log log;
      storage<2048> memory;
      stack inner(plan, stack_config{memory.span(), log.hook(), level}.validate().value());
      use_budgeted(inner, log);
      EXPECT_TRUE(is_settled(inner));
      EXPECT_EQ(log.count(), 0U);
    }));
    points.push_back(sweep([&](failure_plan& plan) {
      fault_log log;
      storage<2048> memory;
      local_pool inner(plan, local_pool_config{memory.span(), 32, 8, 12, log.hook(), level}.validate().value());
      use_budgeted(inner, log);
      EXPECT_TRUE(is_settled(inner));
      EXPECT_EQ(log.count(), 0U);
    }));
  }
  EXPECT_EQ(points, (std::vector<std::size_t>{12, 12, 12, 12}));
}

/// The budget refuses: somebody else has reserved all that is left.
TEST(budgeted_allocators, whose_budget_refuses) {
  struct poor_budget : budgeted<stack_allocator, plain_atomics> {
    poor_budget(failure_plan& plan, stack_allocator& inner, local_budget& charged, local_budget& other, fault_hook hook)
        : budgeted(inner, charged, hook), plan_(plan), other_(other) {}
    [[nodiscard]] result<std::byte*> allocate(layout request) {
      const std::size_t left = plan_.refuses() ? other_.state().available_bytes : 0;
      EXPECT_TRUE(left == 0 || succeeded(other_.reserve(left)));
      const result<std::byte*> block = budgeted::allocate(request);
      EXPECT_TRUE(left == 0 || succeeded(other_.release(left)));
      return block.code() == error_code::over_budget ? error{error_code::exhausted, operation::allocate} : block;
    }
    failure_plan& plan_;
    local_budget& other_;
  };
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    points.push_back(sweep([&](failure_plan& plan) {
      fault_log log;
      storage<2048> memory;
      stack_allocator inner(stack_config{memory.span(), log.hook(), level}.validate().value());
      local_budget above(local_budget_config{1024, 0, nullptr, 70, 90, log.hook()}.validate().value());
      local_budget mine(local_budget_config{1024, 0, &above, 70, 90, log.hook()}.validate().value());
      local_budget other(local_budget_config{1024, 0, &above, 70, 90, log.hook()}.validate().value());
      poor_budget charged(plan, inner, mine, other, log.hook());
      use_blocks(charged);
      EXPECT_EQ(above.state().used_bytes, 0U);
      EXPECT_TRUE(is_settled(inner));
      EXPECT_EQ(log.count(), 0U);
    }));
  }
  EXPECT_EQ(points, (std::vector<std::size_t>{12, 12}));
}

// --- objects --------------------------------------------------------------------------------------------------------

/// What an allocator holds: the same before and after an emplace that came to nothing.
template <class Allocator>
[[nodiscard]] std::array<std::size_t, 3> held_in(const Allocator& allocator) {
  return {allocator.state().used_bytes, allocator.state().live_blocks, allocator.mark_count()};
}
/// Objects one by one and in a row, all ended in the end; what was refused, or whose constructor threw, is not there.
template <class Allocator>
void use_typed_arena(Allocator& allocator, ledger& book) {
  {
    typed_arena<tracked<>, Allocator> objects(allocator);
    const auto attempt = [&](auto emplace) {
      const auto held_before = held_in(allocator);
      const std::size_t alive_before = book.alive();
      bool is_made = false;
      try {
        is_made = emplace();
      } catch (const test::planned_failure&) { // neither the objects nor their block are there
      }
      if (!is_made) {
        EXPECT_EQ(held_in(allocator), held_before) << "a failed emplace has kept something";
        EXPECT_EQ(book.alive(), alive_before);
      }
      EXPECT_EQ(objects.size(), book.alive());
      EXPECT_TRUE(succeeded(allocator.check_invariants()));
    };
    const std::array<int, 3> row{7, 8, 9};
    for (int round = 0; round < 4; ++round) {
      attempt([&] { return objects.emplace(round).has_value(); });
      attempt([&] { return objects.emplace_range(row.begin(), row.end()).has_value(); });
      if (round == 1) {
        EXPECT_TRUE(succeeded(objects.clear()));
        EXPECT_EQ(book.alive(), 0U);
      }
    }
  }
  EXPECT_EQ(book.alive(), 0U) << "objects that began have not ended";
  EXPECT_EQ(book.wrong(), 0U);
  EXPECT_EQ(allocator.mark_count(), 0U);
  EXPECT_TRUE(is_settled(allocator));
}
template <class Allocator>
void use_make(Allocator& allocator, ledger& book) {
  std::vector<array_view<tracked<>>> rows;
  std::vector<tracked<>*> objects;
  for (int round = 0; round < 4; ++round) {
    try {
      const auto object = make<tracked<>>(allocator, round);
      if (object.has_value()) {
        objects.push_back(object.value());
      }
      const auto row = make_array<tracked<>>(allocator, 3, 10 + round);
      if (row.has_value()) {
        rows.push_back(row.value());
      }
    } catch (const test::planned_failure&) { // neither the objects nor their block are there
    }
    EXPECT_EQ(book.alive(), objects.size() + 3 * rows.size());
    EXPECT_TRUE(succeeded(allocator.check_invariants()));
  }
  for (const auto& row : rows) {
    EXPECT_EQ(row.data[0].id(), row.data[2].id());
    EXPECT_TRUE(succeeded(destroy_array(allocator, row)));
  }
  for (tracked<>* const object : objects) {
    EXPECT_TRUE(succeeded(destroy(allocator, object)));
  }
  EXPECT_EQ(book.alive(), 0U) << "objects that began have not ended";
  EXPECT_EQ(book.wrong(), 0U);
  EXPECT_TRUE(is_settled(allocator));
}

/// The plan's requests are the constructions: the one that it refuses throws.
template <class Use>
[[nodiscard]] std::size_t sweep_constructions(Use use) {
  std::size_t point = 0;
  for (bool goes_on = true; goes_on; point += goes_on ? 1U : 0U) {
    SCOPED_TRACE("construction " + std::to_string(point) + " throws");
    ledger book;
    book.fail_after(point);
    const int failed_before = failed_expectations();
    use(book);
    goes_on = !book.is_failure_due() && failed_expectations() == failed_before;
  }
  return point;
}
/// Requests that are refused, and then constructors that throw.
template <class Allocator, class Config, class Use>
[[nodiscard]] std::vector<std::size_t> points_of(Use use) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    const auto run = [&](failure_plan& plan, ledger& book) {
      fault_log log;
      storage<4096> memory;
      refusing<Allocator> allocator(plan, Config{memory.span(), log.hook(), level}.validate().value());
      use(allocator, book);
      EXPECT_EQ(log.count(), 0U);
    };
    points.push_back(sweep([&](failure_plan& plan) {
      ledger book;
      run(plan, book);
    }));
    points.push_back(sweep_constructions([&](ledger& book) {
      failure_plan none(static_cast<std::size_t>(-1), failure_plan::kind::once);
      run(none, book);
    }));
  }
  return points;
}

TEST(typed_arenas, over_a_bump_and_a_stack) {
  const auto use = [](auto& allocator, ledger& book) { use_typed_arena(allocator, book); };
  EXPECT_EQ((points_of<bump_allocator, bump_config>(use)), (std::vector<std::size_t>{12, 16, 12, 16}));
  EXPECT_EQ((points_of<stack_allocator, stack_config>(use)), (std::vector<std::size_t>{10, 16, 10, 16}));
}

TEST(typed_arenas, over_an_arena_whose_chunks_are_refused) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    points.push_back(sweep([&](failure_plan& plan) {
      fault_log log;
      ledger book;
      storage<8192> memory;
      span_chunk_source chunks(stack_config{memory.span(), log.hook(), level}.validate().value());
      {
        refusing_source source(plan, chunks.source());
        arena made(config_of(source.source(), {arena_growth::fixed, true}, level, log).validate().value());
        use_typed_arena(made, book);
      }
      EXPECT_TRUE(is_settled(chunks.chunks()));
      EXPECT_EQ(log.count(), 0U);
    }));
  }
  expect_points(points, {4, 4});
}

using local_segregated = refusing<local_segregated_allocator>;
constexpr std::array<size_class, 5> container_classes{
    {{16, 16, 40}, {48, 16, 60}, {128, 16, 20}, {512, 16, 8}, {2048, 16, 4}}};

/// A segregated allocator large enough for all of a container, at each level.
template <class Use>
[[nodiscard]] std::vector<std::size_t> points_over_segregated(Use use) {
  std::vector<std::size_t> points;
  for (const check_level level : levels) {
    points.push_back(sweep([&](failure_plan& plan) {
      fault_log log;
      storage<32768> memory;
      local_segregated allocator(plan, local_segregated_config{memory.span(), container_classes.data(),
                                                               container_classes.size(), 2, log.hook(), level}
                                           .validate()
                                           .value());
      use(allocator);
      EXPECT_TRUE(is_settled(allocator));
      EXPECT_EQ(log.count(), 0U);
    }));
  }
  return points;
}

TEST(makers, of_objects_and_arrays) {
  EXPECT_EQ(points_over_segregated([](local_segregated& allocator) {
              ledger book;
              use_make(allocator, book);
            }),
            (std::vector<std::size_t>{8, 8}));
  std::size_t throwing = sweep_constructions([](ledger& book) {
    failure_plan none(static_cast<std::size_t>(-1), failure_plan::kind::once);
    fault_log log;
    storage<4096> memory;
    stack allocator(none, stack_config{memory.span(), log.hook()}.validate().value());
    std::vector<tracked<>*> made;
    for (int round = 0; round < 3; ++round) {
      try {
        const auto row = make_array<tracked<>>(allocator, 3, round);
        EXPECT_TRUE(succeeded(row) && succeeded(destroy_array(allocator, row.value())));
        const auto object = make<tracked<>>(allocator, round);
        EXPECT_TRUE(succeeded(object) && succeeded(destroy(allocator, object.value())));
      } catch (const test::planned_failure&) { // neither the objects nor their block are there
      }
      EXPECT_EQ(book.alive(), 0U);
      EXPECT_TRUE(is_settled(allocator));
    }
    EXPECT_EQ(book.wrong(), 0U);
    EXPECT_EQ(log.count(), 0U);
  });
  EXPECT_EQ(throwing, 12U);
}

// --- containers -----------------------------------------------------------------------------------------------------

/// A change of a container that the allocator may refuse: then the container is as before.
template <class Container, class Change>
void change(Container& container, std::vector<typename Container::value_type>& expected, Change apply,
            const typename Container::value_type& added) {
  try {
    apply();
    expected.push_back(added);
  } catch (const std::bad_alloc&) { // the strong guarantee: nothing has changed
  }
  EXPECT_EQ(container.size(), expected.size());
}

/// The same program for containers over either adaptor: `make` gives an empty container's allocator.
template <class Vector>
void use_vector(Vector values) {
  std::vector<typename Vector::value_type> expected;
  for (std::uint64_t number = 0; number < 20; ++number) {
    change(values, expected, [&] { values.push_back(number); }, number);
  }
  EXPECT_TRUE(std::equal(values.begin(), values.end(), expected.begin(), expected.end()));
  try {
    Vector copy(values, values.get_allocator());
    EXPECT_EQ(copy, values);
    copy.reserve(100);
    EXPECT_EQ(copy, values);
  } catch (const std::bad_alloc&) { // the copy is not there, or no larger
  }
  EXPECT_TRUE(std::equal(values.begin(), values.end(), expected.begin(), expected.end()));
}
template <class Map>
void use_map(Map values) {
  std::map<std::uint64_t, std::uint64_t> expected;
  for (std::uint64_t number = 0; number < 16; ++number) {
    const std::uint64_t key = number * 7 % 17;
    try {
      values.emplace(key, number);
      expected.emplace(key, number);
    } catch (const std::bad_alloc&) { // the strong guarantee: nothing has changed
    }
    if (number % 5 == 4) {
      expected.erase(key);
      values.erase(key);
    }
    EXPECT_EQ(values.size(), expected.size());
  }
  for (const auto& [key, value] : expected) {
    const auto found = values.find(key);
    ASSERT_NE(found, values.end());
    EXPECT_EQ(found->second, value);
  }
}
template <class String>
void use_string(String text) {
  std::string expected;
  for (int round = 0; round < 8; ++round) {
    try {
      text.append(25, static_cast<char>('a' + round));
      expected.append(25, static_cast<char>('a' + round));
    } catch (const std::bad_alloc&) { // the strong guarantee: nothing has changed
    }
    EXPECT_EQ(std::string(text.begin(), text.end()), expected);
  }
}

template <class Value>
using to = std_allocator<Value, local_segregated>;
using pair_type = std::pair<const std::uint64_t, std::uint64_t>;

TEST(containers, on_the_standard_allocator) {
  expect_points(points_over_segregated([](local_segregated& allocator) {
                  use_vector(std::vector<std::uint64_t, to<std::uint64_t>>(to<std::uint64_t>(allocator)));
                }),
                {8, 8});
  expect_points(points_over_segregated([](local_segregated& allocator) {
                  use_map(std::map<std::uint64_t, std::uint64_t, std::less<>, to<pair_type>>(to<pair_type>(allocator)));
                }),
                {16, 16});
  expect_points(points_over_segregated([](local_segregated& allocator) {
                  use_string(std::basic_string<char, std::char_traits<char>, to<char>>(to<char>(allocator)));
                }),
                {4, 4});
  expect_points(
      points_over_segregated([](local_segregated& allocator) {
        use_map(
            std::unordered_map<std::uint64_t, std::uint64_t, std::hash<std::uint64_t>, std::equal_to<>, to<pair_type>>(
                to<pair_type>(allocator)));
      }),
      {17, 17});
}

TEST(containers, on_the_memory_resource) {
  const auto with_resource = [](auto use) {
    return points_over_segregated([use](local_segregated& allocator) {
      resource<local_segregated> memory(allocator, on_refusal::throw_bad_alloc);
      use(&memory);
    });
  };
  expect_points(
      with_resource([](std::pmr::memory_resource* memory) { use_vector(std::pmr::vector<std::uint64_t>(memory)); }),
      {8, 8});
  expect_points(with_resource([](std::pmr::memory_resource* memory) {
                  use_map(std::pmr::map<std::uint64_t, std::uint64_t>(memory));
                }),
                {16, 16});
  expect_points(with_resource([](std::pmr::memory_resource* memory) { use_string(std::pmr::string(memory)); }), {4, 4});
  expect_points(with_resource([](std::pmr::memory_resource* memory) {
                  use_map(std::pmr::unordered_map<std::uint64_t, std::uint64_t>(memory));
                }),
                {17, 17});
}

} // namespace
} // namespace nebula::failure_sweep
