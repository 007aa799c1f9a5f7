// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include <nebula/services/allocator_reference.hpp>
#include <nebula/services/leak_report.hpp>
#include <nebula/services/lifecycle_failure.hpp>

namespace nebula::services {

namespace detail {
struct registry_state;
}

/// What an allocator is known by: the number is never given to another one of the same registry.
enum class allocator_id : std::uint64_t { none = 0 };

/// What live blocks at the end of an allocator's registration mean.
enum class blocks_at_end : std::uint8_t {
  are_leaks = 0,
  are_dropped = 1, ///< blocks are given back as a whole: bump allocators, arenas, stacks
};

/// What is known of an allocator beside its name.
struct allocator_traits {
  blocks_at_end at_end = blocks_at_end::are_leaks;
  bool capacity_grows = false; ///< how much of it is used says nothing of its health: growing arenas
};

struct registry_config {
  static constexpr std::size_t allocator_count_highest = 65536;

  std::size_t allocator_count_max = 64;

  /// out_of_range iff allocator_count_max is not in 1…allocator_count_highest.
  [[nodiscard]] constexpr lifecycle_outcome<void> validate() const noexcept {
    if (allocator_count_max == 0 || allocator_count_max > allocator_count_highest) {
      return out_of_range(lifecycle_field::allocator_count_max, allocator_count_max, 1, allocator_count_highest);
    }
    return {};
  }
};

/// An allocator's membership of a registry, which ends with this object, in the thread that registered it if the allocator
/// has one owner. Once the end has returned, nobody calls the allocator through the registry any more, and it may be
/// destroyed. Can be moved. May outlive the registry. [SR-LC-003]
class allocator_registration {
public:
  allocator_registration() noexcept = default; ///< of nothing
  ~allocator_registration() { end(); }
  allocator_registration(allocator_registration&& other) noexcept
      : state_(std::move(other.state_)), id_(std::exchange(other.id_, allocator_id::none)) {}
  allocator_registration& operator=(allocator_registration&& other) noexcept {
    if (this != &other) {
      end();
      state_ = std::move(other.state_);
      id_ = std::exchange(other.id_, allocator_id::none);
    }
    return *this;
  }
  allocator_registration(const allocator_registration&) = delete;
  allocator_registration& operator=(const allocator_registration&) = delete;

  /// none iff of nothing, or ended.
  [[nodiscard]] allocator_id id() const noexcept { return id_; }
  /// Waits for calls through the registry that are under way. Blocks that are live, and must not be, are kept on record
  /// for leaks(). Not inside of a call through the registry, which would wait for itself. O(allocators).
  void end() noexcept;

private:
  friend class allocator_registry;

  std::shared_ptr<detail::registry_state> state_{};
  allocator_id id_ = allocator_id::none;
};

/// What a registered allocator is, for those who look at all of them.
struct registered_allocator {
  allocator_id id = allocator_id::none;
  allocator_name name{};
  allocator_traits traits{};
  allocator_reference reference{};
  bool may_ask = true; ///< false iff it has one owner, which is not the calling thread: it must not be called
};

struct registered_allocator_visitor {
  void (*function)(void* context, const registered_allocator& each) noexcept = nullptr;
  void* context = nullptr;
};

/// The allocators of a program by name, and by who owns a block. Any thread; calls that change it wait for all others.
/// What it needs is allocated when it is made, and nothing after; copies are the same registry. A call takes a lock that
/// readers share: a hot path holds its allocator itself. What is called through the registry, an allocator with its hooks
/// and probes, or a visitor, must not call that registry: it could wait for itself. [SR-LC-003]
class allocator_registry {
public:
  allocator_registry() noexcept = default; ///< none: each call fails, or finds nothing
  /// out_of_range as registry_config; out_of_memory.
  [[nodiscard]] static lifecycle_outcome<allocator_registry> make(const registry_config& config) noexcept;

  /// Takes an allocator up. Failures, in this order: out_of_memory iff this is no registry; out_of_range iff the name has
  /// 0, or more than allocator_name::bytes_max bytes, or the reference refers to nothing; shut_down; name_taken;
  /// registry_full.
  [[nodiscard]] lifecycle_outcome<allocator_registration> add(std::string_view name, allocator_reference allocator,
                                                              allocator_traits traits = {}) const noexcept;

  /// none iff there is none of this name. O(allocators).
  [[nodiscard]] allocator_id find(std::string_view name) const noexcept;
  /// The allocator whose storage the address lies in, of those that may be asked in this thread; none iff there is none.
  /// Of several, as an arena whose chunks are a pool's blocks, that which was registered last.
  /// O(allocators).
  [[nodiscard]] allocator_id owner_of(const std::byte* address) const noexcept;
  [[nodiscard]] std::size_t allocator_count() const noexcept;
  [[nodiscard]] std::size_t allocator_count_max() const noexcept;

  /// A block of the allocator. Failures, in this order: shut_down; no_such_allocator; other_thread; refused, with the
  /// allocator's error.
  [[nodiscard]] lifecycle_outcome<std::byte*> allocate(allocator_id id, layout request) const noexcept;
  /// Gives the block back to whoever owns it. no_owner; refused, with the owner's error: the block is as it was. A block of
  /// an allocator that has one owner is found in that owner's thread only, elsewhere it is no_owner. The owner is that of
  /// owner_of(). O(allocators).
  [[nodiscard]] lifecycle_outcome<void> deallocate(std::byte* block, layout allocated) const noexcept;

  /// Shows each allocator, in the order of their registration, under the lock: the function must not add or end one.
  void visit(registered_allocator_visitor visitor) const noexcept;

  /// What is live and must not be, of those that are registered and those that have left; of an allocator that tracks its
  /// blocks at most `first_blocks` of them, the oldest first. out_of_memory. O(blocks tracked).
  [[nodiscard]] lifecycle_outcome<leak_report> leaks(std::size_t first_blocks = 8) const noexcept;

private:
  friend class allocator_manager;
  friend class allocator_scope;
  friend class memory_runtime;

  /// From now on no allocator is taken up, and none is asked for blocks; blocks_live and other_thread as
  /// memory_runtime::shutdown().
  [[nodiscard]] lifecycle_outcome<void> close() const noexcept;

  std::shared_ptr<detail::registry_state> state_{};
};

} // namespace nebula::services
