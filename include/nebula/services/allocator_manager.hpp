// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory>

#include <nebula/services/allocator_registry.hpp>

namespace nebula::services {

/// Allocates from whichever allocator of a registry is in force: the innermost allocator_scope's of the calling thread, or
/// else the program's default; and frees through the owner, whichever was in force when the block was allocated. Any
/// thread. A plain value beside its registry. [SR-LC-004]
class allocator_manager {
public:
  allocator_manager(allocator_registry registry, allocator_id by_default) noexcept
      : registry_(static_cast<allocator_registry&&>(registry)), default_(by_default) {}

  /// The allocator that allocate() would ask. O(scopes of the thread).
  [[nodiscard]] allocator_id current() const noexcept;
  /// As allocator_registry::allocate() of current().
  [[nodiscard]] lifecycle_outcome<std::byte*> allocate(layout request) const noexcept {
    return registry_.allocate(current(), request);
  }
  /// As allocator_registry::deallocate().
  [[nodiscard]] lifecycle_outcome<void> deallocate(std::byte* block, layout allocated) const noexcept {
    return registry_.deallocate(block, allocated);
  }
  [[nodiscard]] const allocator_registry& registry() const noexcept { return registry_; }

private:
  allocator_registry registry_;
  allocator_id default_;
};

/// As long as it lives, managers of the registry take the allocator that it names, in this thread. Scopes nest; one that
/// ends before an inner one leaves the inner one in force. Never fails: an allocator that is not registered is refused by
/// allocate(). For one thread. [SR-LC-004]
class allocator_scope {
public:
  allocator_scope(const allocator_registry& registry, allocator_id allocator) noexcept;
  ~allocator_scope();
  allocator_scope(const allocator_scope&) = delete;
  allocator_scope& operator=(const allocator_scope&) = delete;

private:
  friend class allocator_manager;

  std::shared_ptr<const detail::registry_state> registry_; // which no other registry can be while this lives
  allocator_id allocator_;
  allocator_scope* outer_;
};

} // namespace nebula::services
