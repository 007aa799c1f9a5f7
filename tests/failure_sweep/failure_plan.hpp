// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <nebula/kernel.hpp>
#include "../unit/support.hpp"

namespace nebula::failure_sweep {

/// Which of the requests that a program makes is refused: one by its number, and that one alone or all from there on.
class failure_plan {
public:
  enum class kind : unsigned char { once, for_good };

  failure_plan(std::size_t number, kind mode) : number_(number), mode_(mode) {}

  /// Asked at each request, in their order.
  [[nodiscard]] bool refuses() {
    const bool does = mode_ == kind::once ? requests_ == number_ : requests_ >= number_;
    ++requests_;
    has_refused_ = has_refused_ || does;
    return does;
  }
  [[nodiscard]] bool has_refused() const { return has_refused_; }

private:
  std::size_t number_;
  kind mode_;
  std::size_t requests_ = 0;
  bool has_refused_ = false;
};

/// How many expectations of the test have failed so far.
[[nodiscard]] inline int failed_expectations() {
  return testing::UnitTest::GetInstance()->current_test_info()->result()->total_part_count();
}

/// Runs a program again and again, with one request refused after the other, until a run meets no refusal. Returns how
/// many could be refused: the same number whichever way, for a request that fails for good is at first one that fails.
template <class Run>
[[nodiscard]] std::size_t sweep(Run run) {
  std::size_t points[2] = {};
  constexpr std::size_t points_max = 100'000; // a program of the sweep is none without an end
  for (const auto mode : {failure_plan::kind::once, failure_plan::kind::for_good}) {
    std::size_t& point = points[mode == failure_plan::kind::once ? 0 : 1];
    for (bool goes_on = true; goes_on && point < points_max;) {
      SCOPED_TRACE("request " + std::to_string(point) +
                   (mode == failure_plan::kind::once ? " fails once" : " and all after it fail"));
      const int failed_before = failed_expectations();
      failure_plan plan(point, mode);
      run(plan);
      goes_on = plan.has_refused() && failed_expectations() == failed_before;
      point += goes_on ? 1U : 0U;
    }
  }
  EXPECT_EQ(points[0], points[1]);
  return points[0];
}

/// The allocator, but for the requests that the plan refuses: for memory, for a mark.
template <class Allocator>
class refusing : public Allocator {
public:
  template <class... Arguments>
  explicit refusing(failure_plan& plan, Arguments&&... arguments)
      : Allocator(std::forward<Arguments>(arguments)...), plan_(plan) {}

  [[nodiscard]] result<std::byte*> allocate(layout request) noexcept {
    return plan_.refuses() ? this->refuse(error_code::exhausted, operation::allocate) : Allocator::allocate(request);
  }
  template <class Base = Allocator>
  [[nodiscard]] auto mark() noexcept -> decltype(std::declval<Base&>().mark()) {
    return plan_.refuses() ? this->refuse(error_code::exhausted, operation::mark) : Base::mark();
  }

private:
  failure_plan& plan_;
};

/// A chunk source, but for the chunks that the plan refuses.
class refusing_source {
public:
  refusing_source(failure_plan& plan, chunk_source real) : plan_(plan), real_(real) {}

  [[nodiscard]] chunk_source source() {
    return {[](void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING -> result<byte_span> {
              auto& self = *static_cast<refusing_source*>(context);
              if (self.plan_.refuses()) {
                return error{error_code::exhausted, operation::grow, component::chunk_source};
              }
              return self.real_.acquire(self.real_.context, bytes, align);
            },
            [](void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING {
              const auto& self = *static_cast<refusing_source*>(context);
              return self.real_.release(self.real_.context, chunk);
            },
            this};
  }

private:
  failure_plan& plan_;
  chunk_source real_;
};

/// The blocks of a program, each full of a byte of its own.
template <class Allocator>
class held_blocks {
public:
  explicit held_blocks(Allocator& allocator) : allocator_(allocator) {}

  /// True iff there is a block more.
  bool take(layout request) {
    const result<std::byte*> block = allocator_.allocate(request);
    if (!block.has_value()) {
      EXPECT_EQ(block.code(), error_code::exhausted) << "any other failure was not planned";
      return false;
    }
    const auto mark = static_cast<std::byte>(0x11 * (1 + blocks_.size() % 15));
    for (std::size_t place = 0; place < request.size; ++place) {
      block.value()[place] = mark;
    }
    blocks_.push_back({block.value(), request, mark});
    return true;
  }
  /// Gives the newest back, its contents looked at first.
  void give() {
    if (!blocks_.empty()) {
      const one newest = blocks_.back();
      blocks_.pop_back();
      EXPECT_TRUE(is_intact(newest));
      EXPECT_TRUE(test::succeeded(allocator_.deallocate(newest.start, newest.request)));
    }
  }
  void give_all() {
    while (!blocks_.empty()) {
      give();
    }
  }
  /// The blocks are gone by a reset or a restore: the newest, until so many are left.
  void forget_down_to(std::size_t count) { blocks_.resize(count < blocks_.size() ? count : blocks_.size()); }
  [[nodiscard]] std::size_t count() const { return blocks_.size(); }
  [[nodiscard]] bool all_intact() const {
    bool intact = true;
    for (const one& each : blocks_) {
      intact = intact && is_intact(each);
    }
    return intact;
  }

private:
  struct one {
    std::byte* start;
    layout request;
    std::byte mark;
  };
  [[nodiscard]] static bool is_intact(const one& block) {
    bool intact = true;
    for (std::size_t place = 0; place < block.request.size; ++place) {
      intact = intact && block.start[place] == block.mark;
    }
    return intact;
  }

  Allocator& allocator_;
  std::vector<one> blocks_;
};

/// Everything has come back, and the allocator is in order.
template <class Allocator>
[[nodiscard]] testing::AssertionResult is_settled(const Allocator& allocator) {
  const allocator_state now = allocator.state();
  if (now.used_bytes != 0 || now.live_blocks != 0) {
    return testing::AssertionFailure() << "a leak: " << now.used_bytes << " bytes, " << now.live_blocks << " blocks";
  }
  return test::succeeded(allocator.check_invariants());
}

} // namespace nebula::failure_sweep
