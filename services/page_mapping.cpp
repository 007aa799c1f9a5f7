// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/page_mapping.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

#include <nebula/kernel/arithmetic.hpp>

namespace nebula::services {
namespace {

/// A failure for `bytes`: what is not given back is lost, unless an owner tries again.
memory_failure release_at(const system_calls& calls, std::byte* at, std::size_t bytes) noexcept {
  const std::uint32_t failed = bytes == 0 ? 0 : calls.release(calls.context, at, bytes);
  return failed == 0 ? memory_failure{} : refused_by_system(system_call::release, failed, memory_field::bytes);
}

memory_outcome<std::byte*> reserve_anywhere(const system_calls& calls, std::size_t bytes, memory_field field) noexcept {
  std::byte* place = nullptr;
  const std::uint32_t failed = calls.reserve(calls.context, bytes, &place);
  if (failed != 0) {
    return refused_by_system(system_call::reserve, failed, field);
  }
  return place;
}

std::byte* first_multiple(std::byte* from, std::size_t align) noexcept {
  return from + padding_bytes(reinterpret_cast<std::uintptr_t>(from), align);
}

bool is_failure(const memory_failure& failure) noexcept { return failure.code != memory_failure_code::none; }

} // namespace

const char* name(prefault_way way) noexcept {
  switch (way) {
  case prefault_way::none: return "none";
  case prefault_way::populated: return "populated";
  case prefault_way::touched: return "touched";
  }
  return "unknown";
}

const char* name(node_placement placement) noexcept {
  switch (placement) {
  case node_placement::not_asked: return "not_asked";
  case node_placement::bound: return "bound";
  case node_placement::only_node: return "only_node";
  case node_placement::refused: return "refused";
  }
  return "unknown";
}

page_mapping::page_mapping(page_mapping&& other) noexcept
    : calls_(other.calls_),
      region_(std::exchange(other.region_, {})),
      provision_(std::exchange(other.provision_, {})) {}

page_mapping& page_mapping::operator=(page_mapping&& other) noexcept {
  if (this != &other) {
    page_mapping ends(std::move(*this));
    calls_ = other.calls_;
    region_ = std::exchange(other.region_, {});
    provision_ = std::exchange(other.provision_, {});
  }
  return *this;
}

memory_outcome<void> page_mapping::release() noexcept {
  if (region_.reserved != nullptr) {
    const memory_failure refused = release_at(*calls_, region_.reserved, region_.reserved_bytes);
    if (is_failure(refused)) {
      return refused;
    }
    region_ = {};
    provision_ = {};
  }
  return {};
}

page_region page_mapping::detach() noexcept {
  provision_ = {};
  return std::exchange(region_, {});
}

memory_outcome<std::size_t> page_mapping::node_of(std::size_t offset_bytes) const noexcept {
  if (offset_bytes >= region_.bytes) {
    return out_of_range(memory_field::bytes, offset_bytes, region_.bytes == 0 ? 1 : 0,
                        region_.bytes == 0 ? 0 : region_.bytes - 1);
  }
  std::size_t node = 0;
  const std::uint32_t failed = calls_->query_node(calls_->context, region_.data + offset_bytes, &node);
  if (failed != 0) {
    return refused_by_system(system_call::query_node, failed, memory_field::node);
  }
  return node;
}

memory_outcome<page_mapping> page_mapping::make(const page_mapping_plan& plan) noexcept {
  const auto right = plan.with_bytes(plan.config_.bytes);
  if (!right) {
    return right.failure();
  }
  page_mapping made;
  made.calls_ = &plan.machine_.calls();
  memory_failure failure;
  const page_mapping_config& config = plan.config_;
  if (plan.huge_bytes_ != 0) {
    failure = made.map_explicit(plan);
    const bool has_transparent = plan.machine_.transparent_huge_page_bytes() != 0;
    const bool is_final = failure.field != memory_field::pages || config.pages_least == page_kind::explicit_huge ||
                          (config.pages_least == page_kind::transparent_huge && !has_transparent);
    if (is_failure(failure) && is_final) {
      return failure;
    }
    made.provision_.pages_failure = failure;
  }
  if (!made) {
    failure = made.map_ordinary(plan);
    if (is_failure(failure)) {
      return failure;
    }
  }
  failure = made.provide(plan);
  if (is_failure(failure)) {
    const auto gone = made.release();
    return gone ? failure : gone.failure();
  }
  return made;
}

// A place is found by reserving it with its guards, and its middle given back: huge pages are then asked for at that place
// as if it were free, which fails if another thread was faster. To map them over the reservation would be shorter, and
// could leave a hole of which nobody knows who maps it next. A failure is for `pages`, unless address space was lost.
memory_failure page_mapping::map_explicit(const page_mapping_plan& plan) noexcept {
  const system_calls& calls = *calls_;
  const std::size_t align = plan.huge_bytes_;
  const std::size_t guard = plan.guard_bytes();
  const std::size_t usable = checked_align_up(plan.config_.bytes, align).value; // fits: the plan is valid
  const std::size_t whole = usable + 2 * guard + (align - plan.machine_.page_bytes());
  const auto reserved = reserve_anywhere(calls, whole, memory_field::pages);
  if (!reserved) {
    return reserved.failure();
  }
  std::byte* place = reserved.value();
  std::byte* data = first_multiple(place + guard, align);
  const auto before = static_cast<std::size_t>(data - place);
  if (const std::uint32_t failed = calls.release(calls.context, data, usable); failed != 0) {
    const memory_failure all_lost = release_at(calls, place, whole);
    return is_failure(all_lost) ? all_lost : refused_by_system(system_call::release, failed, memory_field::pages);
  }
  const std::uint32_t refused = calls.map_huge(calls.context, data, usable, align);
  if (refused == 0) {
    region_ = {place, whole, data, usable};
    provision_.pages = page_kind::explicit_huge;
    provision_.page_bytes = align;
    return {};
  }
  const memory_failure lost_before = release_at(calls, place, before);
  const memory_failure lost_behind = release_at(calls, data + usable, whole - before - usable);
  if (is_failure(lost_before) || is_failure(lost_behind)) {
    return is_failure(lost_before) ? lost_before : lost_behind;
  }
  return refused_by_system(system_call::map_huge, refused, memory_field::pages);
}

memory_failure page_mapping::map_ordinary(const page_mapping_plan& plan) noexcept {
  const system_calls& calls = *calls_;
  const page_mapping_config& config = plan.config_;
  const std::size_t page = plan.machine_.page_bytes();
  const std::size_t transparent = config.pages == page_kind::normal ? 0 : plan.machine_.transparent_huge_page_bytes();
  const std::size_t align = transparent != 0 ? transparent : page;
  const std::size_t guard = plan.guard_bytes();
  const std::size_t usable = checked_align_up(config.bytes, page).value; // fits: the plan is valid
  const std::size_t whole = usable + 2 * guard + (align - page);
  const auto reserved = reserve_anywhere(calls, whole, memory_field::bytes);
  if (!reserved) {
    return reserved.failure();
  }
  std::byte* place = reserved.value();
  region_ = {place, whole, first_multiple(place + guard, align), usable};
  provision_.pages = page_kind::normal;
  provision_.page_bytes = page;
  memory_failure failure;
  if (const std::uint32_t failed = calls.commit(calls.context, region_.data, usable); failed != 0) {
    failure = refused_by_system(system_call::commit, failed, memory_field::bytes);
  } else if (transparent != 0) {
    const std::uint32_t not_advised = calls.advise_huge(calls.context, region_.data, usable);
    if (not_advised == 0) {
      provision_.pages = page_kind::transparent_huge;
      provision_.page_bytes = transparent;
    } else {
      provision_.pages_failure = refused_by_system(system_call::advise_huge, not_advised, memory_field::pages);
      failure = config.pages_least == page_kind::normal ? memory_failure{} : provision_.pages_failure;
    }
  }
  if (is_failure(failure)) {
    const auto gone = release();
    return gone ? failure : gone.failure();
  }
  return {};
}

// The node first: pages come from where the policy says when they are touched.
memory_failure page_mapping::provide(const page_mapping_plan& plan) noexcept {
  memory_failure failure = provide_node(plan.config_, plan.machine_);
  if (!is_failure(failure) && plan.config_.prefault) {
    failure = prefault(plan.machine_.page_bytes());
  }
  return is_failure(failure) ? failure : provide_lock(plan.config_.lock);
}

memory_failure page_mapping::provide_node(const page_mapping_config& config, const system_memory& machine) noexcept {
  if (config.bind == demand::none) {
    return {};
  }
  if (machine.node_count() == 1) {
    provision_.placement = node_placement::only_node;
    return {};
  }
  const bool is_strict = config.bind == demand::required;
  const std::uint32_t failed = calls_->bind_node(calls_->context, region_.data, region_.bytes, config.node, is_strict);
  if (failed == 0) {
    provision_.placement = node_placement::bound;
    return {};
  }
  provision_.placement = node_placement::refused;
  provision_.node_failure = refused_by_system(system_call::bind_node, failed, memory_field::node);
  return is_strict ? provision_.node_failure : memory_failure{};
}

memory_failure page_mapping::provide_lock(demand wanted) noexcept {
  if (wanted == demand::none) {
    return {};
  }
  const std::uint32_t failed = calls_->lock(calls_->context, region_.data, region_.bytes);
  provision_.is_locked = failed == 0;
  if (failed != 0) {
    provision_.lock_failure = refused_by_system(system_call::lock, failed, memory_field::lock);
  }
  return wanted == demand::required ? provision_.lock_failure : memory_failure{};
}

memory_failure page_mapping::prefault(std::size_t machine_page_bytes) noexcept {
  const std::uint32_t failed = calls_->populate(calls_->context, region_.data, region_.bytes);
  if (failed == 0) {
    provision_.prefault = prefault_way::populated;
    return {};
  }
  if (!is_unsupported(failed)) { // there is no memory for it, and touching it would end the program
    return refused_by_system(system_call::populate, failed, memory_field::prefault);
  }
  // Transparent huge pages may have been promised only.
  const std::size_t step = provision_.pages == page_kind::explicit_huge ? provision_.page_bytes : machine_page_bytes;
  for (std::size_t offset = 0; offset < region_.bytes; offset += step) {
    *static_cast<volatile std::byte*>(region_.data + offset) = std::byte{0};
  }
  provision_.prefault = prefault_way::touched;
  return {};
}

} // namespace nebula::services
