// SPDX-License-Identifier: Apache-2.0 OR MIT
// The C functions without an allocator.
#include <nebula/nebula.h>

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/describe.hpp>
#include <nebula/kernel/published.hpp>
#include <nebula/kernel/shared_atomics.hpp>

namespace {

using namespace nebula;

// Constant-initialised, as the kernel's own program-wide hook, which calls this one.
published<shared_atomics, nebula_fault_hook> program_hook_of_c;

void forward_to_program_hook(void* /*context*/, const fault& report) {
  const nebula_fault_hook* const hook = program_hook_of_c.get();
  const nebula_fault handed_on{c_api::to_c(report.what), static_cast<std::uint8_t>(report.broken), report.allocator,
                               report.address};
  hook->function(hook->context, &handed_on);
}

constexpr fault_hook forwarding{forward_to_program_hook, nullptr};

[[nodiscard]] nebula_error make_layout(result<layout> outcome, nebula_layout* made) noexcept {
  if (NEBULA_UNLIKELY(made == nullptr)) {
    return c_api::to_c(
        c_api::orphan_misuse(error_code::null_pointer, operation::make_layout, component::layout, nullptr));
  }
  if (outcome.has_value()) {
    *made = c_api::to_c(outcome.value());
  }
  return c_api::to_c(outcome.error());
}

} // namespace

bool nebula_is_refusal(uint8_t code) NEBULA_C_NOEXCEPT { return is_refusal(static_cast<error_code>(code)); }
bool nebula_is_misuse(uint8_t code) NEBULA_C_NOEXCEPT { return is_misuse(static_cast<error_code>(code)); }
bool nebula_is_corruption(uint8_t code) NEBULA_C_NOEXCEPT { return is_corruption(static_cast<error_code>(code)); }
bool nebula_is_retryable(uint8_t code) NEBULA_C_NOEXCEPT { return is_retryable(static_cast<error_code>(code)); }
bool nebula_is_stray_write(uint8_t code) NEBULA_C_NOEXCEPT { return is_stray_write(static_cast<error_code>(code)); }

const char* nebula_error_code_name(uint8_t code) NEBULA_C_NOEXCEPT { return name(static_cast<error_code>(code)); }
const char* nebula_operation_name(uint8_t during) NEBULA_C_NOEXCEPT { return name(static_cast<operation>(during)); }
const char* nebula_component_name(uint8_t reporter) NEBULA_C_NOEXCEPT { return name(static_cast<component>(reporter)); }
const char* nebula_configuration_field_name(uint8_t field) NEBULA_C_NOEXCEPT {
  return name(static_cast<configuration_field>(field));
}
const char* nebula_invariant_name(uint8_t broken) NEBULA_C_NOEXCEPT { return name(static_cast<invariant>(broken)); }

nebula_error nebula_layout_make(size_t size, size_t align, nebula_layout* made) NEBULA_C_NOEXCEPT {
  return make_layout(layout::make(size, align), made);
}

nebula_error nebula_layout_array(nebula_layout element, size_t count, nebula_layout* made) NEBULA_C_NOEXCEPT {
  if (NEBULA_UNLIKELY(!c_api::to_cpp(element).is_valid())) {
    return make_layout(error{error_code::invalid_layout, operation::make_layout, component::layout}, made);
  }
  const checked_size bytes = checked_multiply(element.size, count);
  if (NEBULA_UNLIKELY(!bytes.fits)) {
    return make_layout(error{error_code::size_overflow, operation::make_layout, component::layout}, made);
  }
  return make_layout(layout::make(bytes.value, element.align), made);
}

size_t nebula_failures_of(const nebula_state* state, uint8_t code) NEBULA_C_NOEXCEPT {
  const std::size_t index = failure_reason_index(static_cast<error_code>(code));
  return state != nullptr && index < failure_reason_count ? state->failures[index] : 0;
}
size_t nebula_failures_total(const nebula_state* state) NEBULA_C_NOEXCEPT {
  return state != nullptr ? c_api::to_cpp(*state).failures.total() : 0;
}

size_t nebula_describe(nebula_error failure, nebula_layout request, const nebula_state* state, char* buffer,
                       size_t size) NEBULA_C_NOEXCEPT {
  const allocator_state known = state != nullptr ? c_api::to_cpp(*state) : allocator_state{};
  return describe(c_api::to_cpp(failure), c_api::to_cpp(request), known, buffer, buffer != nullptr ? size : 0);
}

void nebula_set_program_fault_hook(const nebula_fault_hook* hook) NEBULA_C_NOEXCEPT {
  if (hook == nullptr || hook->function == nullptr) {
    set_program_fault_hook(nullptr);
    return;
  }
  // Never made null again: a fault that is on its way there still finds the hook that it was meant for, or the next one.
  program_hook_of_c.set(hook);
  set_program_fault_hook(&forwarding);
}
