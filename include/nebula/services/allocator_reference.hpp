// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/services/backtrace.hpp>

namespace nebula::services {

/// Which threads may call an allocator.
enum class allocator_threads : std::uint8_t {
  any = 0,        ///< it is shared: pool_allocator, segregated_allocator, what has a lock of its own
  owner_only = 1, ///< it has one owner: the thread that registers it
};

/// A live block as an allocator that tracks its blocks knows it.
struct tracked_block {
  const std::byte* address = nullptr;
  layout request{0, 0};
  std::uint64_t sequence = 0; ///< 1 and up: which allocation it was
  const backtrace* trace = nullptr;
};

/// A function that is shown live blocks, and what it is called for.
struct tracked_block_visitor {
  void (*function)(void* context, const tracked_block& block) noexcept = nullptr;
  void* context = nullptr;
};

/// Any allocator, behind functions: what a program that chooses its allocators while it runs calls. Refers to an object
/// that outlives it. A plain value; whoever may call the allocator may call it. [SR-LC-002]
class allocator_reference {
public:
  constexpr allocator_reference() noexcept = default; ///< to none: not to be called

  /// Allocator: allocate(layout), deallocate(block, layout), owns(), state() and is_corrupted(), none of which throws.
  template <class Allocator>
  constexpr allocator_reference(Allocator& allocator, allocator_threads threads) noexcept
      : object_(&allocator), functions_(&functions_of<Allocator>), threads_(threads) {}

  [[nodiscard]] constexpr bool refers() const noexcept { return object_ != nullptr; }
  [[nodiscard]] constexpr allocator_threads threads() const noexcept { return threads_; }

  [[nodiscard]] result<std::byte*> allocate(layout request) const noexcept {
    return functions_->allocate(object_, request);
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout allocated) const noexcept {
    return functions_->deallocate(object_, block, allocated);
  }
  [[nodiscard]] bool owns(const std::byte* address) const noexcept { return functions_->owns(object_, address); }
  [[nodiscard]] allocator_state state() const noexcept { return functions_->state(object_); }
  [[nodiscard]] bool is_corrupted() const noexcept { return functions_->is_corrupted(object_); }
  [[nodiscard]] bool tracks_blocks() const noexcept { return functions_->visit_live != nullptr; }
  /// Shows each live block that the allocator has tracked; none iff it does not track. Under the allocator's lock: the
  /// visitor must not call it.
  void visit_live(tracked_block_visitor visitor) const noexcept {
    if (functions_->visit_live != nullptr) {
      functions_->visit_live(object_, visitor);
    }
  }

private:
  struct functions {
    result<std::byte*> (*allocate)(void* object, layout request) noexcept;
    result<void> (*deallocate)(void* object, std::byte* block, layout allocated) noexcept;
    bool (*owns)(const void* object, const std::byte* address) noexcept;
    allocator_state (*state)(const void* object) noexcept;
    bool (*is_corrupted)(const void* object) noexcept;
    void (*visit_live)(const void* object, tracked_block_visitor visitor) noexcept; ///< null: does not track
  };

  template <class Allocator>
  [[nodiscard]] static constexpr auto visitor_of() noexcept -> decltype(functions::visit_live) {
    if constexpr (requires(const Allocator& allocator, tracked_block_visitor visitor) {
                    allocator.visit_live(visitor);
                  }) {
      return [](const void* object, tracked_block_visitor visitor) noexcept {
        static_cast<const Allocator*>(object)->visit_live(visitor);
      };
    } else {
      return nullptr;
    }
  }

  template <class Allocator>
  static constexpr functions functions_of{
      [](void* object, layout request) noexcept { return static_cast<Allocator*>(object)->allocate(request); },
      [](void* object, std::byte* block, layout allocated) noexcept {
        return static_cast<Allocator*>(object)->deallocate(block, allocated);
      },
      [](const void* object, const std::byte* address) noexcept {
        return static_cast<const Allocator*>(object)->owns(address);
      },
      [](const void* object) noexcept { return static_cast<const Allocator*>(object)->state(); },
      [](const void* object) noexcept { return static_cast<const Allocator*>(object)->is_corrupted(); },
      visitor_of<Allocator>()};

  void* object_ = nullptr;
  const functions* functions_ = nullptr;
  allocator_threads threads_ = allocator_threads::any;
};

} // namespace nebula::services
