// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_error.hpp>

#include <cstddef>
#include <string_view>
#include <variant>

#include <nebula/kernel/advice.hpp>
#include <nebula/services/backtrace.hpp>
#include <nebula/services/memory_failure.hpp>
#include <nebula/services/system_calls.hpp>

namespace nebula::services {
namespace {

/// A budget, as the kernel's own report of it counts it.
allocator_state counted(const budget_state& budget) noexcept {
  allocator_state state;
  state.capacity_bytes = budget.limit_bytes;
  state.used_bytes = budget.used_bytes;
  return state;
}

const char* cause_of(const memory_failure& failure) noexcept {
  switch (failure.code) {
  case memory_failure_code::none: return nullptr;
  case memory_failure_code::invalid_configuration: return "a field of the configuration is out of its range";
  case memory_failure_code::count_exhausted: return "as many as the configuration allows are there";
  case memory_failure_code::system_refused: break;
  }
  return is_out_of_memory(failure) ? "the system has not the memory, or the process may not have it"
                                   : "the system refused a call";
}

const char* retry_of(const memory_failure& failure) noexcept {
  switch (failure.code) {
  case memory_failure_code::none: return nullptr;
  case memory_failure_code::invalid_configuration: return "never succeeds";
  case memory_failure_code::count_exhausted: return "can succeed after some have been given back";
  case memory_failure_code::system_refused: break;
  }
  return is_out_of_memory(failure) ? "can succeed when the system has memory again"
                                   : "only after the system has been changed, or what is asked of it";
}

const char* advice_for_refusal(const memory_failure& failure) noexcept {
  if (failure.call == system_call::lock) {
    return "let the process lock more memory, or do not require the lock";
  }
  if (failure.call == system_call::map_huge || failure.call == system_call::advise_huge) {
    return "set huge pages aside on the machine, or accept normal ones";
  }
  if (failure.call == system_call::bind_node) {
    return "let the process use the node, or do not require it";
  }
  return is_out_of_memory(failure) ? "ask for less, give back what is idle, or let the process have more" : nullptr;
}

const char* advice_for(const memory_failure& failure) noexcept {
  switch (failure.code) {
  case memory_failure_code::none: return nullptr;
  case memory_failure_code::invalid_configuration:
    return failure.highest < failure.lowest ? "change the other fields" : "give the field a value that is accepted";
  case memory_failure_code::count_exhausted: return "give some back, or configure a higher limit";
  case memory_failure_code::system_refused: break;
  }
  return advice_for_refusal(failure);
}

} // namespace

const char* name(memory_error_kind kind) noexcept {
  switch (kind) {
  case memory_error_kind::none: return "none";
  case memory_error_kind::refusal: return "refusal";
  case memory_error_kind::misuse: return "misuse";
  case memory_error_kind::corruption: return "corruption";
  case memory_error_kind::configuration: return "configuration";
  case memory_error_kind::system: return "system";
  }
  return "unknown";
}

// Not inlined: it is a frame of its own, which is left out.
[[gnu::noinline]] memory_error memory_error::with_backtrace(std::size_t skipped) const noexcept {
  memory_error copy = *this;
  copy.trace_ = backtrace::capture(skipped + 1);
  return copy;
}

bool memory_error::may_retry() const noexcept {
  if (const auto* of_services = std::get_if<memory_failure>(&failure_)) {
    return of_services->code == memory_failure_code::count_exhausted || is_out_of_memory(*of_services);
  }
  return is_retryable(what().code);
}

bool is_out_of_memory(const memory_failure& failure) noexcept {
  if (failure.code != memory_failure_code::system_refused) {
    return false;
  }
  const char* const symbol = name_of_system_error(failure.system_error);
  const std::string_view words = symbol == nullptr ? "" : symbol;
  return words == "ENOMEM" || words == "ERROR_NOT_ENOUGH_MEMORY" || words == "ERROR_COMMITMENT_LIMIT";
}

const char* cause_of(const memory_error& failed) noexcept {
  if (const auto* of_services = std::get_if<memory_failure>(&failed.failure())) {
    return cause_of(*of_services);
  }
  if (const auto* of_budget = std::get_if<budget_failure>(&failed.failure())) {
    return nebula::cause_of(of_budget->what, {of_budget->bytes, 1}, counted(of_budget->state));
  }
  if (const auto* of_allocator = std::get_if<allocator_failure>(&failed.failure())) {
    return nebula::cause_of(of_allocator->what, of_allocator->request, of_allocator->state);
  }
  return failed.has_error() ? nebula::cause_of(failed.what(), {0, 0}, {}) : nullptr;
}

const char* retry_of(const memory_error& failed) noexcept {
  if (const auto* of_services = std::get_if<memory_failure>(&failed.failure())) {
    return retry_of(*of_services);
  }
  return nebula::retry_of(failed.what());
}

const char* advice_for(const memory_error& failed) noexcept {
  if (const auto* of_services = std::get_if<memory_failure>(&failed.failure())) {
    return advice_for(*of_services);
  }
  if (const auto* of_budget = std::get_if<budget_failure>(&failed.failure())) {
    return nebula::advice_for(of_budget->what, counted(of_budget->state));
  }
  if (const auto* of_allocator = std::get_if<allocator_failure>(&failed.failure())) {
    return nebula::advice_for(of_allocator->what, of_allocator->state);
  }
  return nebula::advice_for(failed.what(), {});
}

} // namespace nebula::services
