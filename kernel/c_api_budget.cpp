// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/c/budget.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/c_object.hpp>

using namespace nebula;

struct nebula_budget
    : c_api::object<budget, component::budget, NEBULA_BUDGET_OBJECT_BYTES, NEBULA_BUDGET_OBJECT_ALIGN> {};
static_assert(sizeof(nebula_budget) == sizeof(nebula_budget_object) &&
              sizeof(nebula_budget) == NEBULA_BUDGET_OBJECT_BYTES);
static_assert(alignof(nebula_budget) == alignof(nebula_budget_object) &&
              alignof(nebula_budget) == NEBULA_BUDGET_OBJECT_ALIGN);
static_assert(NEBULA_BUDGET_LEVEL_NORMAL == static_cast<int>(budget_level::normal));
static_assert(NEBULA_BUDGET_LEVEL_HIGH == static_cast<int>(budget_level::high));
static_assert(NEBULA_BUDGET_LEVEL_CRITICAL == static_cast<int>(budget_level::critical));
static_assert(NEBULA_BUDGET_LEVEL_EXCEEDED == static_cast<int>(budget_level::exceeded));

/// Found by its argument, beside the other conversions.
namespace nebula {

[[nodiscard]] static nebula_budget_state to_c(const budget_state& state) noexcept {
  nebula_budget_state copy{state.limit_bytes,
                           state.used_bytes,
                           state.own_bytes,
                           state.available_bytes,
                           state.peak_bytes,
                           state.child_count,
                           {},
                           static_cast<std::uint8_t>(state.level)};
  for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
    copy.failures[reason] = state.failures.counts[reason];
  }
  return copy;
}

} // namespace nebula

nebula_error nebula_budget_create(void* object, size_t object_bytes, const nebula_budget_config* config,
                                  nebula_budget** made) NEBULA_C_NOEXCEPT {
  error wrong = c_api::wrong_memory<nebula_budget>(object, object_bytes, config, made);
  if (wrong.code == error_code::none && config->parent != nullptr) {
    wrong = c_api::wrong_object(config->parent, operation::configure);
    if (wrong.code == error_code::none && c_api::overlap(object, object_bytes, config->parent)) {
      wrong = c_api::orphan_misuse(error_code::foreign_pointer, operation::configure, component::budget, object);
    }
  }
  if (NEBULA_UNLIKELY(wrong.code != error_code::none)) {
    return c_api::to_c(wrong);
  }
  budget_config wanted;
  wanted.limit_bytes = config->limit_bytes;
  wanted.block_limit_bytes = config->block_limit_bytes;
  wanted.parent = config->parent == nullptr ? nullptr : &c_api::allocator_in(*config->parent);
  wanted.high_percent = config->high_percent;
  wanted.critical_percent = config->critical_percent;
  return c_api::create(object, config->hook, wanted, made);
}
nebula_error nebula_budget_destroy(nebula_budget* budget) NEBULA_C_NOEXCEPT {
  return c_api::destroy_unless(budget, error_code::budget_in_use, [](const nebula::budget& bytes) noexcept {
    const budget_state now = bytes.state();
    return now.used_bytes != 0 || now.child_count != 0;
  });
}

nebula_error nebula_budget_reserve(nebula_budget* budget, size_t bytes) NEBULA_C_NOEXCEPT {
  return c_api::perform(budget, operation::reserve,
                        [&](nebula::budget& limited) noexcept { return limited.reserve(bytes); });
}
nebula_error nebula_budget_try_reserve(nebula_budget* budget, size_t bytes, size_t max_retries) NEBULA_C_NOEXCEPT {
  return c_api::perform(budget, operation::reserve,
                        [&](nebula::budget& limited) noexcept { return limited.try_reserve(bytes, max_retries); });
}
nebula_error nebula_budget_release(nebula_budget* budget, size_t bytes) NEBULA_C_NOEXCEPT {
  return c_api::perform(budget, operation::release,
                        [&](nebula::budget& limited) noexcept { return limited.release(bytes); });
}
nebula_error nebula_budget_set_limit(nebula_budget* budget, size_t limit_bytes, size_t* used) NEBULA_C_NOEXCEPT {
  return c_api::produce(budget, operation::configure, used,
                        [&](nebula::budget& limited) noexcept { return limited.set_limit(limit_bytes); });
}

nebula_error nebula_budget_get_state(const nebula_budget* budget, nebula_budget_state* state) NEBULA_C_NOEXCEPT {
  return c_api::produce(budget, operation::none, state,
                        [](const nebula::budget& limited) noexcept { return result<budget_state>(limited.state()); });
}
bool nebula_budget_is_corrupted(const nebula_budget* budget) NEBULA_C_NOEXCEPT {
  return c_api::observe(budget, false, [](const nebula::budget& limited) noexcept { return limited.is_corrupted(); });
}
nebula_error nebula_budget_check_invariants(const nebula_budget* budget) NEBULA_C_NOEXCEPT {
  return c_api::perform(budget, operation::check_invariants,
                        [](const nebula::budget& limited) noexcept { return limited.check_invariants(); });
}
