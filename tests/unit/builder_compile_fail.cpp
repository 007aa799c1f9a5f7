// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program that compiles, and with an expression in NEBULA_EXPRESSION must not: compile_fail.cmake has the expressions,
// and what the compiler is to say of each. [SR-CONF-002] [SR-MARK-007]
#include <cstddef>

#include <nebula/kernel.hpp>

namespace {

alignas(64) std::byte bytes[4096];
constexpr nebula::size_class classes[] = {{16, 8, 4}, {64, 8, 4}};

} // namespace

int main() {
  using namespace nebula;
  const auto pool =
      pool_builder{}.storage(bytes).block_size_bytes(16).block_align_bytes(8).block_count(4).cache_count(1);
  const auto segregated = segregated_builder{}.storage(bytes).classes(classes).fallback_classes(1);
  const auto bump = bump_builder{}.storage(bytes).preset(settings::production()).hook({}).level({});
  const auto grown = arena_builder{}
                         .source({})
                         .chunk_bytes(256)
                         .growth(arena_growth::fixed)
                         .growth_bytes(1)
                         .capacity_max_bytes(1024)
                         .track_allocations(true);
  local_budget root(local_budget_builder{}.limit_bytes(1000).build().value());
  const auto limited = local_budget_builder{}
                           .limit_bytes(100)
                           .block_limit_bytes(10)
                           .high_percent(50)
                           .critical_percent(80)
                           .parent(root)
                           .preset(settings::production());
  static_bump<256> scratch;
  const auto allocate = [](auto& inside) { return inside.allocate({8, 8}).value(); };
  bool is_right = !grown.build().has_value() && limited.build().has_value() && pool.build().has_value() &&
                  segregated.build().has_value() && bump.build().has_value() &&
                  with_scope(scratch, [&allocate](auto& inside) { return allocate(inside) != nullptr; }).value();
#if defined(NEBULA_EXPRESSION)
  is_right = (NEBULA_EXPRESSION).has_value();
#endif
  return is_right ? 0 : 1;
}
