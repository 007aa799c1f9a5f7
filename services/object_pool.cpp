// SPDX-License-Identifier: Apache-2.0 OR MIT
// What of the object pools does not depend on the object: names, reports, the steady clock.
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include <nebula/kernel/bounded_text.hpp>
#include <nebula/services/object_failure.hpp>
#include <nebula/services/object_report.hpp>
#include <nebula/services/object_waiting.hpp>
#include <nebula/services/wait_queue.hpp>

#include "name_at.hpp"
#include "number_text.hpp"

namespace nebula::services {
namespace {

void add_configuration(bounded_text& text, const object_failure& failure) noexcept {
  text.add(name(failure.field));
  if (failure.field == object_field::make) {
    text.add(" is null, and the object has no default constructor");
    return;
  }
  const bool is_time =
      failure.field == object_field::idle_time_to_live || failure.field == object_field::lease_time_max;
  text.add(is_time ? " is -" : " is ");
  add_number(text, failure.value);
  text.add(is_time ? " ns" : "");
  if (failure.highest < failure.lowest) {
    text.add("; no value would do as long as the other fields stay");
    return;
  }
  text.add("; accepted is ");
  add_number(text, failure.lowest);
  text.add("...");
  add_number(text, failure.highest);
}

} // namespace

const char* name(object_failure_code code) noexcept {
  constexpr const char* names[] = {"none",     "invalid_configuration", "none_free", "timed_out", "shut_down",
                                   "not_made", "refused_by_kernel"};
  return name_at(names, code);
}

const char* name(object_field field) noexcept {
  constexpr const char* names[] = {"none",
                                   "object_count",
                                   "storage",
                                   "idle_time_to_live",
                                   "lease_time_max",
                                   "utilization_high_per_mille",
                                   "failure_high_per_mille",
                                   "level",
                                   "parent",
                                   "make",
                                   "priority"};
  return name_at(names, field);
}

const char* name(wait_priority priority) noexcept {
  constexpr const char* names[] = {"low", "normal", "high", "urgent"};
  return name_at(names, priority);
}

const char* name(pool_health health) noexcept {
  constexpr const char* names[] = {"healthy", "degraded", "failed"};
  return name_at(names, health);
}

const char* name(pool_complaint complaint) noexcept {
  constexpr const char* names[] = {
      "none", "shut_down", "corrupted", "objects_failing", "objects_overdue", "threads_waiting", "nearly_all_in_use"};
  return name_at(names, complaint);
}

std::size_t describe(const object_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  switch (failure.code) {
  case object_failure_code::none: text.add("no failure"); break;
  case object_failure_code::invalid_configuration: add_configuration(text, failure); break;
  case object_failure_code::none_free:
    text.add("no object is free: all ");
    add_number(text, failure.value);
    text.add(" are in use; wait with acquire_for(), or configure more");
    break;
  case object_failure_code::timed_out:
    text.add("no object came free before the deadline: all ");
    add_number(text, failure.value);
    text.add(" are in use");
    break;
  case object_failure_code::shut_down: text.add("the pool has been shut down"); break;
  case object_failure_code::not_made: text.add("the hook make has made no object"); break;
  case object_failure_code::refused_by_kernel:
    text.add("the kernel's pool refuses: ");
    text.add(nebula::name(failure.kernel.code));
    break;
  }
  return text.finish();
}

std::size_t describe(const object_pool_health& health, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  text.add(name(health.health));
  if (health.complaint != pool_complaint::none) {
    text.add(", ");
    text.add(name(health.complaint));
  }
  text.add(": ");
  text.add_decimal(health.objects_in_use);
  text.add(" of ");
  text.add_decimal(health.object_count);
  text.add(" objects in use, ");
  text.add_decimal(health.objects_overdue);
  text.add(" overdue, ");
  text.add_decimal(health.waiting_threads);
  text.add(" threads waiting, ");
  text.add_decimal(health.failures);
  text.add(" of ");
  text.add_decimal(health.attempts);
  text.add(" attempts failed");
  return text.finish();
}

std::size_t describe(const object_lease_record& lease, char* buffer, std::size_t size_bytes) noexcept {
  constexpr std::uint64_t nanoseconds_per_millisecond = 1'000'000;
  bounded_text text(buffer, size_bytes);
  text.add(lease.is_detached ? "detached object" : "object");
  text.add(", lease ");
  add_number(text, lease.lease);
  text.add(", held for ");
  add_number(text, static_cast<std::uint64_t>(lease.held.count()) / nanoseconds_per_millisecond);
  text.add(" ms, acquired at ");
  text.add(lease.where.file);
  text.add(':');
  text.add_decimal(lease.where.line);
  text.add(lease.is_lent ? ", through a pool below" : "");
  return text.finish();
}

std::chrono::nanoseconds steady_waiting::now() noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch());
}

void steady_waiting::wait(condition_type& condition, mutex_type& mutex) noexcept {
  std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
  condition.wait(lock);
  static_cast<void>(lock.release()); // the caller holds it on
}

bool steady_waiting::wait_until(condition_type& condition, mutex_type& mutex,
                                std::chrono::nanoseconds deadline) noexcept {
  std::unique_lock<std::mutex> lock(mutex, std::adopt_lock);
  const std::chrono::steady_clock::time_point moment{
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(deadline)};
  const std::cv_status status = condition.wait_until(lock, moment);
  static_cast<void>(lock.release());
  return status == std::cv_status::no_timeout;
}

} // namespace nebula::services
