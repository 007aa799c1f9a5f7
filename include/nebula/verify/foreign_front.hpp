// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

#include <nebula/kernel/fault.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/verify/foreign_promises.hpp>

namespace nebula::verify {

/// What a user writes: an allocator over a span of bytes, and what it promises. `name` and `promises` (an
/// allocator_promises) are static; deallocate(), reset() and restore() return nothing, or whether the call was taken;
/// a refusal is null, false or an exception. Optional members, each with its meaning:
///
///   void reset()                    ends all blocks and marks
///   auto mark(), restore(mark)      ends the blocks that came after the mark, and the mark
///   bool owns(const void*)          true of live blocks, false of what lies outside of the storage
///   std::size_t block_count()       so many blocks can be live at once, whatever their layouts, and no more
///   bool intact()                   a check of its own, asked after each operation
template <class Adapter>
concept foreign_adapter = std::constructible_from<Adapter, byte_span> &&
                          requires(Adapter adapter, void* block, std::size_t size, std::size_t align) {
                            { Adapter::name } -> std::convertible_to<const char*>;
                            { Adapter::promises } -> std::convertible_to<allocator_promises>;
                            { adapter.allocate(size, align) } -> std::convertible_to<void*>;
                            adapter.deallocate(block, size, align);
                          };

/// A layout that asks for nothing, or for an alignment that is none.
[[nodiscard]] constexpr bool is_valid(layout request) { return request.size != 0 && std::popcount(request.align) == 1; }

/// A foreign allocator in the shape of ours. What it will do cannot be predicted to the block; so its model asks it, by
/// the members ask…(), and says whether the answer is one that it may give; the member functions that the driver calls
/// after that hand the answer on.
template <foreign_adapter Adapter>
class foreign_front {
public:
  static constexpr bool has_reset = requires(Adapter adapter) { adapter.reset(); };
  static constexpr bool has_marks = requires(Adapter adapter) { adapter.restore(adapter.mark()); };
  static constexpr bool has_owns = requires(const Adapter adapter, const void* place) { adapter.owns(place); };
  static constexpr bool has_block_count = requires(const Adapter adapter) { adapter.block_count(); };

  foreign_front(byte_span storage, fault_hook hook) : hook_(hook), adapter_(storage) {}

  // --- for the model
  [[nodiscard]] std::byte* ask(layout request) {
    block_ = nullptr;
    static_cast<void>(
        was_taken([&] { block_ = static_cast<std::byte*>(adapter_.allocate(request.size, request.align)); }));
    refusal_ = is_valid(request) ? error_code::exhausted : error_code::invalid_layout;
    return block_;
  }
  /// True iff the free was taken; a refusal is handed on as `refusal`.
  [[nodiscard]] bool ask_free(std::byte* start, layout allocated, error_code refusal) {
    return keep(was_taken([&] { return adapter_.deallocate(start, allocated.size, allocated.align); }), refusal, start);
  }
  [[nodiscard]] bool ask_reset() {
    return keep(was_taken([&] {
                  if constexpr (has_reset) {
                    return adapter_.reset();
                  }
                }),
                error_code::blocks_live, nullptr);
  }
  [[nodiscard]] bool ask_mark() {
    return keep(was_taken([&] {
                  if constexpr (has_marks) {
                    marks_.push_back(adapter_.mark());
                  }
                }),
                error_code::exhausted, nullptr);
  }
  [[nodiscard]] bool ask_restore(std::size_t number, error_code refusal) {
    return keep(was_taken([&] {
                  if constexpr (has_marks) {
                    return adapter_.restore(marks_[number]);
                  }
                }),
                refusal, nullptr);
  }
  [[nodiscard]] const Adapter& adapter() const { return adapter_; }
  /// Whether the last of the answers was a refusal.
  [[nodiscard]] bool has_refused() const { return refusal_ != error_code::none; }

  // --- for the driver
  [[nodiscard]] result<std::byte*> allocate(layout /*request*/) {
    return block_ != nullptr ? result<std::byte*>(block_) : result<std::byte*>(answer(nebula::operation::allocate));
  }
  result<void> deallocate(std::byte* /*start*/, layout /*allocated*/) { return answer(nebula::operation::deallocate); }
  result<void> reset() { return answer(nebula::operation::reset); }
  result<marker> mark() {
    const error refused = answer(nebula::operation::mark);
    return refused.code == error_code::none ? result<marker>(marker{this, 0, 0, marks_.size()})
                                            : result<marker>(refused);
  }
  result<void> restore(const marker& /*point*/) { return answer(nebula::operation::restore); }
  [[nodiscard]] result<void> check_invariants() const {
    if constexpr (requires { adapter_.intact(); }) {
      if (!adapter_.intact()) {
        return error{error_code::corrupted, nebula::operation::check_invariants, component::none,
                     configuration_field::none};
      }
    }
    return {};
  }

private:
  template <class Of>
  struct mark_of {
    using type = int; // none are made
  };
  template <class Of>
    requires requires(Of adapter) { adapter.mark(); }
  struct mark_of<Of> {
    using type = std::decay_t<decltype(std::declval<Of&>().mark())>;
  };

  template <class Call>
  [[nodiscard]] static bool was_taken(Call call) {
    try {
      if constexpr (std::is_void_v<decltype(call())>) {
        call();
        return true;
      } else {
        return static_cast<bool>(call());
      }
    } catch (...) { // whatever an allocator throws: it has refused
      return false;
    }
  }
  bool keep(bool taken, error_code refusal, const void* place) {
    refusal_ = taken ? error_code::none : refusal;
    if (is_misuse(refusal_)) {
      report_fault(hook_, fault{answer(nebula::operation::deallocate), invariant::none, this, place});
    }
    return taken;
  }
  [[nodiscard]] error answer(nebula::operation during) const {
    return error{refusal_, during, component::none, configuration_field::none};
  }

  fault_hook hook_;
  Adapter adapter_;
  std::vector<typename mark_of<Adapter>::type> marks_;
  std::byte* block_ = nullptr;
  error_code refusal_ = error_code::none;
};

} // namespace nebula::verify
