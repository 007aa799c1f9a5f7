// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <nebula/kernel/marker.hpp>
#include <nebula/verify/differential_comparison.hpp>
#include <nebula/verify/driver.hpp>
#include <nebula/verify/operands.hpp>
#include <nebula/verify/program.hpp>

/// One program on two allocators that are to behave alike, compared event by event, and no model asked: what the model
/// and both allocators have wrong shows elsewhere; what one of them has alone shows here, and what the contracts leave
/// open to each allocator, but not to two of one kind, shows here only. [SR-VER-003]
namespace nebula::verify {

/// Both sides, and the blocks that both have given out.
class differential_execution {
public:
  /// `block_counts`: of each class; empty where there are none.
  differential_execution(differential_side& first, differential_side& second, likeness alike,
                         std::vector<std::size_t> block_counts)
      : checks_(first, second, alike, std::move(block_counts)) {}

  /// The whole program, up to the first difference, or to where differences begin to be right.
  [[nodiscard]] std::optional<finding> run(std::span<const operation> steps) {
    for (std::size_t number = 0; number < steps.size() && !checks_.ended(); ++number) {
      perform(steps[number]);
      if (checks_.wrong().empty() && !checks_.ended()) {
        checks_.compare_states();
      }
      if (!checks_.wrong().empty()) {
        return finding{number, to_text(steps[number]) + ": " + checks_.wrong()};
      }
    }
    checks_.finish();
    return checks_.wrong().empty() ? std::nullopt
                                   : std::optional<finding>({steps.size(), "at the end: " + checks_.wrong()});
  }

private:
  struct pair_of_marks {
    marker first;
    marker second;
    std::size_t moment;
  };

  void perform(const operation& step) {
    switch (step.what) {
    case action::allocate: allocate({step.size, std::size_t{1} << (step.align_log2 % 13U)}); break;
    case action::allocate_extreme: allocate_extreme(step.variant); break;
    case action::deallocate: with_live(step.target, [&](auto each) { deallocate(each, each.request); }); break;
    case action::deallocate_newest:
      with_live(checks_.live().size() - 1, [&](auto each) { deallocate(each, each.request); });
      break;
    case action::deallocate_without_layout: with_live(step.target, [&](auto each) { deallocate(each); }); break;
    case action::deallocate_dead: with_dead(step.target, [&](auto each) { deallocate(each, each.request); }); break;
    case action::deallocate_inside:
      with_live(step.target, [&](auto each) { deallocate_inside(each, step.variant); });
      break;
    case action::deallocate_outside:
      checks_.agree(first().deallocate(outside(checks_.first().storage(), this, step.variant), layout{8, 8}),
                    second().deallocate(outside(checks_.second().storage(), this, step.variant), layout{8, 8}));
      break;
    case action::deallocate_null:
      checks_.agree(first().deallocate(nullptr, layout{8, 8}), second().deallocate(nullptr, layout{8, 8}));
      break;
    case action::deallocate_wrong_layout:
      with_live(step.target, [&](auto each) { deallocate(each, wrong_layout(each.request, step.variant)); });
      break;
    case action::deallocate_handle: with_live(step.target, [&](auto each) { deallocate_handle(each); }); break;
    case action::deallocate_stale_handle: with_dead(step.target, [&](auto each) { deallocate_handle(each); }); break;
    case action::mark: mark(); break;
    case action::restore: restore(step.target); break;
    case action::restore_newest: restore(marks_.size() - 1); break;
    case action::restore_foreign: restore_foreign(step.variant); break;
    case action::reset: reset(); break;
    case action::resize: with_live(step.target, [&](auto each) { resize(each, step.size); }); break;
    case action::resize_newest:
      with_live(checks_.live().size() - 1, [&](auto each) { resize(each, step.size); });
      break;
    case action::audit: audit(step.variant); break;
    case action::resolve_stale_handle: with_dead(step.target, [&](auto each) { resolve(each); }); break;
    case action::select:
    case action::flush:      // these have one front,
    case action::write_dead: // and it takes a model to say where it watches
    case action::write_beyond: break;
    }
  }

  void allocate(layout request) {
    const result<std::byte*> one = first().allocate(request);
    const result<std::byte*> other = second().allocate(request);
    if (!checks_.agree(one, other) || !one.has_value()) {
      return;
    }
    pair_of_blocks made{one.value(), other.value(), request, next_moment_++};
    checks_.compare_places(made);
    checks_.check(first().owns(made.first) && second().owns(made.second), "a block is not owned");
    if (checks_.wrong().empty()) {
      find_handle(made);
      checks_.hold(made);
    }
  }
  /// Beyond a page the place of the storage itself counts, and the two are apart.
  void allocate_extreme(std::uint8_t variant) {
    const layout request =
        extreme_layout(variant, std::min(checks_.first().storage().size, checks_.second().storage().size));
    if (request.align <= 4096 || !layout::make(1, request.align).has_value() || request.align > ~std::size_t{0} / 4) {
      allocate(request);
    }
  }
  void find_handle(pair_of_blocks& made) {
    if (first().has_handles()) {
      const auto one = first().handle_of(made.first);
      const auto other = second().handle_of(made.second);
      if (checks_.agree(one, other) && one.has_value()) {
        made.first_handle = one.value();
        made.second_handle = other.value();
        checks_.same("generation of the handle", one.value().generation, other.value().generation);
      }
    }
  }

  /// `Allocated` is one layout, or none.
  template <class... Allocated>
  void deallocate(const pair_of_blocks& each, Allocated... allocated) {
    if (sizeof...(allocated) != 0 || first().has_free_without_layout()) {
      checks_.verify_contents(each);
      const result<void> one = first().deallocate(each.first, allocated...);
      if (checks_.agree(one, second().deallocate(each.second, allocated...)) && one.has_value()) {
        checks_.bury_if([&](const pair_of_blocks& held) { return held.first == each.first; });
      }
    }
  }
  void deallocate_inside(const pair_of_blocks& each, std::uint8_t variant) {
    if (checks_.alike() == likeness::same_places || variant + std::size_t{1} < each.request.size) {
      const bool is_block = std::any_of(checks_.live().begin(), checks_.live().end(), [&](const pair_of_blocks& held) {
        return held.first == inside(each.first, variant);
      });
      if (!is_block) { // where another block begins, it is no mistake
        checks_.agree(first().deallocate(inside(each.first, variant), each.request),
                      second().deallocate(inside(each.second, variant), each.request));
      }
    }
  }
  void deallocate_handle(const pair_of_blocks& each) {
    if (first().has_handles()) {
      const result<void> one = first().deallocate(each.first_handle);
      if (checks_.agree(one, second().deallocate(each.second_handle)) && one.has_value()) {
        checks_.bury_if([&](const pair_of_blocks& held) { return held.first == each.first; });
      }
    }
  }
  void resolve(const pair_of_blocks& each) {
    if (first().has_handles()) {
      checks_.agree(first().resolve(each.first_handle), second().resolve(each.second_handle));
    }
  }
  void resize(const pair_of_blocks& each, std::size_t size) {
    if (first().has_resize()) {
      const result<void> one = first().resize_top(each.first, each.request, size);
      if (checks_.agree(one, second().resize_top(each.second, each.request, size)) && one.has_value()) {
        checks_.resized(each, size);
      }
    }
  }

  void mark() {
    if (first().has_marks()) {
      const result<marker> one = first().mark();
      const result<marker> other = second().mark();
      if (checks_.agree(one, other) && one.has_value()) {
        marks_.push_back({one.value(), other.value(), next_moment_++});
      }
    }
  }
  void restore(std::size_t target) {
    if (first().has_marks()) {
      if (!marks_.empty()) {
        const pair_of_marks chosen = marks_[target % marks_.size()];
        const result<void> one = first().restore(chosen.first);
        if (checks_.agree(one, second().restore(chosen.second)) && one.has_value()) {
          checks_.bury_if([&](const pair_of_blocks& each) { return each.moment > chosen.moment; });
        }
      }
    }
  }
  void restore_foreign(std::uint8_t variant) {
    if (first().has_marks()) {
      pair_of_marks foreign{};
      if (!marks_.empty() && variant % 2 != 0) {
        foreign = marks_[variant % marks_.size()];
      }
      foreign.first.owner = foreign.second.owner = variant % 3 == 0 ? nullptr : this;
      checks_.agree(first().restore(foreign.first), second().restore(foreign.second));
    }
  }
  void reset() {
    const result<void> one = first().reset();
    if (checks_.agree(one, second().reset()) && one.has_value()) {
      checks_.bury_if([](const pair_of_blocks&) { return true; });
    }
  }
  void audit(std::uint8_t steps) { checks_.agree(first().audit(steps % 16U), second().audit(steps % 16U)); }

  [[nodiscard]] differential_side& first() { return checks_.first(); }
  [[nodiscard]] differential_side& second() { return checks_.second(); }

  // --- what operations act on
  // -------------------------------------------------------------------------------------------------

  template <class Use>
  void with_live(std::size_t target, Use use) {
    if (!checks_.live().empty()) {
      use(pair_of_blocks(checks_.live()[target % checks_.live().size()]));
    }
  }
  template <class Use>
  void with_dead(std::size_t target, Use use) {
    if (!checks_.dead().empty() && checks_.alike() != likeness::until_exhausted) {
      use(pair_of_blocks(checks_.dead()[target % checks_.dead().size()]));
    }
  }

  std::vector<pair_of_marks> marks_;
  std::size_t next_moment_ = 0;
  differential_comparison checks_;
};

} // namespace nebula::verify
