// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <tuple>

#include <nebula/verify/budget_model.hpp>
#include <nebula/verify/bump_model.hpp>
#include <nebula/verify/pool_model.hpp>
#include <nebula/verify/segregated_model.hpp>
#include <nebula/verify/stack_model.hpp>

namespace nebula::verify {

/// The most bytes that a block of this layout may take.
[[nodiscard]] inline wide most_bytes(const bump_model& model, layout request) {
  return static_cast<wide>(request.size) + request.align - 1 + model.tail_bytes();
}
[[nodiscard]] inline wide most_bytes(const stack_model& model, layout request) {
  return static_cast<wide>(request.size) + request.align - 1 + model.tail_bytes();
}
[[nodiscard]] inline wide most_bytes(const pool_model& model, layout request) {
  return model.serves(request) ? model.stride() : 0;
}
[[nodiscard]] inline wide most_bytes(const segregated_model& model, layout request) {
  return model.largest_stride(request);
}

/// What an allocator behind a budget does: what the allocator's model and the budgets' do together. [SR-ADAPT-001],
/// [SR-ADAPT-002]
template <class Inner>
class budgeted_model {
public:
  static constexpr bool has_marks = Inner::has_marks;
  static constexpr bool has_free_without_layout = Inner::has_free_without_layout;
  static constexpr bool has_handles = Inner::has_handles;

  /// Both are the subject's; the budget is the tree's of this number.
  budgeted_model(Inner& inner, budget_model& tree, std::size_t which) : inner_(inner), tree_(tree), which_(which) {}

  verdict allocate(layout request) {
    if (request.size == 0 || std::popcount(request.align) != 1) {
      return {failed_(error_code::invalid_layout)};
    }
    const wide most = most_bytes(inner_, request);
    if (most > ~std::size_t{0}) {
      return {failed_(error_code::size_overflow)};
    }
    claimed_ = static_cast<std::size_t>(most);
    const error_code reserved = claimed_ == 0 ? error_code::none : tree_.reserve(which_, claimed_);
    if (reserved != error_code::none) {
      return {failed_(reserved)};
    }
    const verdict served = inner_.allocate(request);
    if (served.code != error_code::none) {
      release(claimed_);
      return {failed_(served.code)};
    }
    return served;
  }
  void allocated(address place, layout request) {
    const std::size_t before = inner_.state().used_bytes;
    inner_.allocated(place, request);
    release(claimed_ - (inner_.state().used_bytes - before));
  }

  error_code deallocate(address place, layout allocated) {
    return paid_back([&] { return inner_.deallocate(place, allocated); });
  }
  error_code deallocate(address place) {
    return paid_back([&] { return inner_.deallocate(place); });
  }
  error_code deallocate_generation(address place, std::uint64_t generation) {
    return paid_back([&] { return inner_.deallocate_generation(place, generation); });
  }
  error_code resolve_generation(address place, std::uint64_t generation) {
    return failed_(inner_.resolve_generation(place, generation));
  }
  error_code resize(address place, layout allocated, std::size_t size)
    requires requires(Inner model) { model.resize(place, allocated, size); }
  {
    const std::size_t growth = size > allocated.size ? size - allocated.size : 0;
    const error_code reserved = growth == 0 ? error_code::none : tree_.reserve(which_, growth);
    if (reserved != error_code::none) {
      return failed_(reserved);
    }
    const std::size_t claimed = inner_.state().used_bytes + growth;
    const error_code code = inner_.resize(place, allocated, size);
    release(code == error_code::none ? claimed - inner_.state().used_bytes : growth);
    return failed_(code);
  }
  error_code mark() { return failed_(inner_.mark()); }
  error_code restore(std::size_t number) {
    return paid_back([&] { return inner_.restore(number); });
  }
  error_code restore_foreign() { return failed_(inner_.restore_foreign()); }
  error_code reset() {
    return paid_back([&] { return inner_.reset(); });
  }

  [[nodiscard]] bool is_live(address place) const { return inner_.is_live(place); }
  [[nodiscard]] std::size_t mark_count() const { return inner_.mark_count(); }
  [[nodiscard]] allocator_state state() const {
    allocator_state now = inner_.state();
    now.available_bytes = std::min(now.available_bytes, tree_.state(which_).available_bytes);
    now.failures = failed_.counts();
    return now;
  }
  /// What its later answers depend on, failures apart: see state_key.
  [[nodiscard]] auto members() const { return std::tie(inner_, tree_); }

private:
  template <class Call>
  error_code paid_back(Call call) {
    const std::size_t before = inner_.state().used_bytes;
    const error_code code = call();
    release(before - inner_.state().used_bytes);
    return failed_(code);
  }
  void release(std::size_t bytes) {
    if (bytes != 0) {
      tree_.release(which_, bytes);
    }
  }

  Inner& inner_;
  budget_model& tree_;
  std::size_t which_;
  std::size_t claimed_ = 0;
  failure_tally failed_;
};

} // namespace nebula::verify
