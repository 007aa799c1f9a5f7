// SPDX-License-Identifier: Apache-2.0 OR MIT
// Vehicles through the kernel's adaptors: the same classes as segregated_vehicle's, behind a budget, an observer, or as
// what a smaller allocator falls back on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/kernel.hpp>

#include "tools/replay/need.hpp"
#include "tools/replay/plan.hpp"
#include "tools/replay/vehicle.hpp"

namespace nebula::replay {

/// Behind a budget of exactly the bytes that the trace's blocks take at once.
class budgeted_vehicle : public segregated_vehicle<segregated_allocator> {
public:
  budgeted_vehicle(const sizing& sized, byte_span storage)
      : segregated_vehicle(sized, storage),
        budget_(accepted(config(sized).validate())),
        adaptor_(allocator_, budget_, noting_hook) {}

  [[nodiscard]] result<std::byte*> allocate(layout asked) { return adaptor_.allocate(asked); }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) { return adaptor_.deallocate(block, asked); }
  /// The budget's too, and that it is charged for what the allocator has given out.
  [[nodiscard]] result<void> check_invariants() const {
    const result<void> walked = allocator_.check_invariants();
    const bool is_charged = budget_.state().own_bytes == allocator_.state().used_bytes;
    return !walked.has_value() ? walked
           : is_charged        ? budget_.check_invariants()
                               : error{error_code::corrupted, operation::check_invariants, component::budgeted};
  }

private:
  [[nodiscard]] static budget_config config(const sizing& sized) {
    budget_config wanted{};
    wanted.limit_bytes = sized.peak_class_bytes;
    wanted.hook = noting_hook;
    return wanted;
  }

  budget budget_;
  budgeted<segregated_allocator> adaptor_;
};

/// Behind an observer that counts what it is told.
class observed_vehicle : public segregated_vehicle<segregated_allocator> {
public:
  observed_vehicle(const sizing& sized, byte_span storage)
      : segregated_vehicle(sized, storage), adaptor_(allocator_, accepted(config(told_).validate())) {}

  [[nodiscard]] result<std::byte*> allocate(layout asked) {
    ++calls_;
    return adaptor_.allocate(asked);
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) {
    ++calls_;
    return adaptor_.deallocate(block, asked);
  }
  /// And that each call was told of once, and what lives is what the events leave.
  [[nodiscard]] result<void> check_invariants() const {
    const result<void> walked = allocator_.check_invariants();
    const std::uint64_t told_of_calls = told_.all - told_.of(event_kind::near_capacity);
    const std::uint64_t left = told_.of(event_kind::allocate) - told_.of(event_kind::deallocate);
    const bool is_told =
        told_of_calls == calls_ && left == allocator_.state().live_blocks && adaptor_.dropped_events() == 0;
    return !walked.has_value() || is_told
               ? walked
               : error{error_code::corrupted, operation::check_invariants, component::observed};
  }

private:
  struct event_counts {
    std::uint64_t all = 0;
    std::array<std::uint64_t, static_cast<std::size_t>(event_kind::resize) + 1> by_kind{};

    [[nodiscard]] std::uint64_t of(event_kind kind) const { return by_kind[static_cast<std::size_t>(kind)]; }
  };
  [[nodiscard]] static observer_config config(event_counts& told) {
    observer_config wanted{};
    wanted.function = [](void* context, const allocation_event& event) {
      auto& counts = *static_cast<event_counts*>(context);
      ++counts.all;
      ++counts.by_kind[static_cast<std::size_t>(event.kind)];
    };
    wanted.context = &told;
    return wanted;
  }

  event_counts told_;
  std::uint64_t calls_ = 0;
  observed<segregated_allocator> adaptor_;
};

/// An allocator with half of the blocks of each class, and behind it one with all of them: what the first has no more,
/// the second gives.
class fallback_vehicle {
public:
  static constexpr bool has_classes = true;

  [[nodiscard]] static storage_need need(const trace::trace_image& /*image*/, const sizing& sized) {
    storage_need sum = need_of(halved(sized.classes));
    sum.append(need_of(sized.classes));
    return sum;
  }
  fallback_vehicle(const sizing& sized, byte_span storage)
      : half_(halved(sized.classes)),
        first_(accepted(config<local_segregated_config>(half_, first_part(half_, storage)).validate())),
        second_(accepted(config<segregated_config>(sized.classes, second_part(sized.classes, storage)).validate())) {}

  [[nodiscard]] result<std::byte*> allocate(layout asked) { return adaptor_.allocate(asked); }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) { return adaptor_.deallocate(block, asked); }
  [[nodiscard]] bool owns(const std::byte* address) const { return adaptor_.owns(address); }
  [[nodiscard]] allocator_state state() const { return adaptor_.state(); }
  [[nodiscard]] result<void> check_invariants() const { return adaptor_.check_invariants(); }

private:
  using classes = std::vector<size_class>;

  [[nodiscard]] static classes halved(classes whole) {
    for (size_class& each : whole) {
      each.block_count = (each.block_count + 1) / 2;
    }
    return whole;
  }
  [[nodiscard]] static storage_need need_of(const classes& wanted) {
    return {accepted(segregated_config::storage_bytes(wanted.data(), wanted.size())),
            segregated_config::storage_align(wanted.data(), wanted.size())};
  }
  // need() puts the second behind the first, at its alignment: at the end.
  [[nodiscard]] static byte_span first_part(const classes& half, byte_span storage) {
    return {storage.data, need_of(half).bytes};
  }
  [[nodiscard]] static byte_span second_part(const classes& whole, byte_span storage) {
    const std::size_t bytes = need_of(whole).bytes;
    return {storage.data + (storage.size - bytes), bytes};
  }
  template <class Config>
  [[nodiscard]] static Config config(const classes& wanted, byte_span storage) {
    Config made{};
    made.storage = storage;
    made.classes = wanted.data();
    made.class_count = wanted.size();
    made.hook = noting_hook;
    return made;
  }

  classes half_;
  local_segregated_allocator first_;
  segregated_allocator second_;
  fallback<local_segregated_allocator, segregated_allocator> adaptor_{first_, second_, noting_hook};
};

} // namespace nebula::replay
