// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/allocator_registry.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/allocator_manager.hpp>

namespace nebula::services {
namespace detail {

/// Vectors are given their capacity when the registry is made, and never grow beyond it.
struct registry_state {
  struct entry {
    allocator_id id = allocator_id::none; // none: free for the next allocator
    allocator_name name{};
    allocator_traits traits{};
    allocator_reference reference{};
    std::thread::id owner{};

    [[nodiscard]] bool may_ask() const noexcept {
      return reference.threads() == allocator_threads::any || owner == std::this_thread::get_id();
    }
  };

  struct departed_leak {
    allocator_name name{};
    std::uint64_t blocks = 0;
    std::uint64_t bytes = 0;
  };

  explicit registry_state(std::size_t count_max) : allocator_count_max(count_max) {
    entries.reserve(count_max);
    departed.reserve(count_max);
  }

  /// Null iff none. The caller has the lock.
  [[nodiscard]] const entry* find(allocator_id id) const noexcept {
    const auto found = std::find_if(entries.begin(), entries.end(), [id](const entry& each) { return each.id == id; });
    return id == allocator_id::none || found == entries.end() ? nullptr : &*found;
  }
  [[nodiscard]] const entry* owner_of(const std::byte* address) const noexcept {
    // The youngest first: what stands on top of another's blocks, an arena on a pool's, was registered after it.
    const auto found = std::find_if(entries.rbegin(), entries.rend(), [address](const entry& each) {
      return each.may_ask() && each.reference.owns(address);
    });
    return found == entries.rend() ? nullptr : &*found;
  }
  void keep_on_record(const entry& leaving) noexcept {
    const allocator_state last = leaving.reference.state();
    if (leaving.traits.at_end == blocks_at_end::are_dropped || last.live_blocks == 0) {
      return;
    }
    if (departed.size() == allocator_count_max) {
      ++departed_left_off;
      return;
    }
    departed.push_back({leaving.name, last.live_blocks, last.used_bytes});
  }

  mutable std::shared_mutex lock{};
  const std::size_t allocator_count_max;
  std::vector<entry> entries{}; // in the order of their registration
  std::vector<departed_leak> departed{};
  std::uint64_t departed_left_off = 0;
  std::uint64_t last_id = 0;
  bool is_closed = false;
};

} // namespace detail

namespace {

using detail::registry_state;
using registry_entry = registry_state::entry;
using shared_lock = std::shared_lock<std::shared_mutex>;
using exclusive_lock = std::unique_lock<std::shared_mutex>;

thread_local allocator_scope* innermost_scope = nullptr;

/// The oldest blocks of an allocator that tracks them.
class oldest_blocks {
public:
  explicit oldest_blocks(std::size_t most) : most_(most) { found_.reserve(most); }

  [[nodiscard]] tracked_block_visitor visitor() noexcept {
    return {
        [](void* context, const tracked_block& block) noexcept { static_cast<oldest_blocks*>(context)->see(block); },
        this};
  }
  [[nodiscard]] std::vector<leaked_block> take() noexcept { return std::move(found_); }

private:
  static bool is_older(const leaked_block& left, const leaked_block& right) noexcept {
    return left.sequence < right.sequence;
  }
  // Never beyond what was reserved.
  void see(const tracked_block& block) noexcept {
    const leaked_block seen{block.request, block.sequence, block.trace == nullptr ? backtrace{} : *block.trace};
    if (most_ == 0 || (found_.size() == most_ && !is_older(seen, found_.back()))) {
      return;
    }
    if (found_.size() == most_) {
      found_.pop_back();
    }
    found_.insert(std::upper_bound(found_.begin(), found_.end(), seen, is_older), seen);
  }

  std::size_t most_;
  std::vector<leaked_block> found_{};
};

lifecycle_failure blocks_live(const registry_entry& first, std::uint64_t blocks, std::uint64_t allocators) noexcept {
  lifecycle_failure failure = failed(lifecycle_failure_code::blocks_live, first.name);
  failure.value = blocks;
  failure.count = allocators;
  return failure;
}

} // namespace

lifecycle_outcome<allocator_registry> allocator_registry::make(const registry_config& config) noexcept {
  if (const auto valid = config.validate(); !valid) {
    return valid.failure();
  }
  try {
    allocator_registry made;
    made.state_ = std::make_shared<registry_state>(config.allocator_count_max);
    return made;
  } catch (const std::bad_alloc&) {
    return failed(lifecycle_failure_code::out_of_memory);
  }
}

lifecycle_outcome<allocator_registration> allocator_registry::add(std::string_view name, allocator_reference allocator,
                                                                  allocator_traits traits) const noexcept {
  if (state_ == nullptr) {
    return failed(lifecycle_failure_code::out_of_memory);
  }
  if (name.empty() || name.size() > allocator_name::bytes_max) {
    return out_of_range(lifecycle_field::name_bytes, name.size(), 1, allocator_name::bytes_max);
  }
  if (!allocator.refers()) {
    return out_of_range(lifecycle_field::reference, 0, 1, 1);
  }
  const exclusive_lock locked(state_->lock);
  if (state_->is_closed) {
    return failed(lifecycle_failure_code::shut_down);
  }
  const bool is_taken = std::any_of(state_->entries.begin(), state_->entries.end(),
                                    [name](const registry_entry& each) { return each.name.view() == name; });
  if (is_taken) {
    return failed(lifecycle_failure_code::name_taken, name);
  }
  if (state_->entries.size() == state_->allocator_count_max) {
    lifecycle_failure failure = failed(lifecycle_failure_code::registry_full, name);
    failure.highest = state_->allocator_count_max;
    return failure;
  }
  ++state_->last_id; // of 64 bits: it does not come round
  registry_entry taken{static_cast<allocator_id>(state_->last_id), name, traits, allocator, std::this_thread::get_id()};
  state_->entries.push_back(taken);
  allocator_registration registration;
  registration.state_ = state_;
  registration.id_ = taken.id;
  return registration;
}

void allocator_registration::end() noexcept {
  if (state_ == nullptr) {
    return;
  }
  {
    const exclusive_lock locked(state_->lock);
    const auto found = std::find_if(state_->entries.begin(), state_->entries.end(),
                                    [this](const registry_entry& each) { return each.id == id_; });
    if (found != state_->entries.end()) {
      state_->keep_on_record(*found);
      state_->entries.erase(found);
    }
  }
  state_.reset();
  id_ = allocator_id::none;
}

allocator_id allocator_registry::find(std::string_view name) const noexcept {
  if (state_ == nullptr) {
    return allocator_id::none;
  }
  const shared_lock locked(state_->lock);
  const auto found = std::find_if(state_->entries.begin(), state_->entries.end(),
                                  [name](const registry_entry& each) { return each.name.view() == name; });
  return found == state_->entries.end() ? allocator_id::none : found->id;
}

allocator_id allocator_registry::owner_of(const std::byte* address) const noexcept {
  if (state_ == nullptr) {
    return allocator_id::none;
  }
  const shared_lock locked(state_->lock);
  const registry_entry* const owner = state_->owner_of(address);
  return owner == nullptr ? allocator_id::none : owner->id;
}

std::size_t allocator_registry::allocator_count() const noexcept {
  if (state_ == nullptr) {
    return 0;
  }
  const shared_lock locked(state_->lock);
  return state_->entries.size();
}

std::size_t allocator_registry::allocator_count_max() const noexcept {
  return state_ == nullptr ? 0 : state_->allocator_count_max;
}

lifecycle_outcome<std::byte*> allocator_registry::allocate(allocator_id id, layout request) const noexcept {
  if (state_ == nullptr) {
    return failed(lifecycle_failure_code::no_such_allocator);
  }
  const shared_lock locked(state_->lock);
  if (state_->is_closed) {
    return failed(lifecycle_failure_code::shut_down);
  }
  const registry_entry* const asked = state_->find(id);
  if (asked == nullptr) {
    return failed(lifecycle_failure_code::no_such_allocator);
  }
  if (!asked->may_ask()) {
    return failed(lifecycle_failure_code::other_thread, asked->name);
  }
  const result<std::byte*> block = asked->reference.allocate(request);
  if (!block.has_value()) {
    return refused_by(asked->name, block.error());
  }
  return block.value();
}

lifecycle_outcome<void> allocator_registry::deallocate(std::byte* block, layout allocated) const noexcept {
  if (state_ == nullptr) {
    return failed(lifecycle_failure_code::no_owner);
  }
  const shared_lock locked(state_->lock);
  const registry_entry* const owner = state_->owner_of(block);
  if (owner == nullptr) {
    return failed(lifecycle_failure_code::no_owner);
  }
  const result<void> freed = owner->reference.deallocate(block, allocated);
  if (!freed.has_value()) {
    return refused_by(owner->name, freed.error());
  }
  return {};
}

void allocator_registry::visit(registered_allocator_visitor visitor) const noexcept {
  if (state_ == nullptr) {
    return;
  }
  const shared_lock locked(state_->lock);
  for (const registry_entry& each : state_->entries) {
    visitor.function(visitor.context, {each.id, each.name, each.traits, each.reference, each.may_ask()});
  }
}

lifecycle_outcome<leak_report> allocator_registry::leaks(std::size_t first_blocks) const noexcept {
  leak_report report;
  if (state_ == nullptr) {
    return report;
  }
  try {
    const shared_lock locked(state_->lock);
    for (const registry_entry& each : state_->entries) {
      if (!each.may_ask()) {
        report.not_asked.push_back(each.name);
        continue;
      }
      const allocator_state now = each.reference.state();
      if (each.traits.at_end == blocks_at_end::are_dropped || now.live_blocks == 0) {
        continue;
      }
      oldest_blocks oldest(each.reference.tracks_blocks() ? std::min<std::size_t>(first_blocks, now.live_blocks) : 0);
      each.reference.visit_live(oldest.visitor());
      report.leaks.push_back({each.name, false, now.live_blocks, now.used_bytes, oldest.take()});
    }
    for (const registry_state::departed_leak& each : state_->departed) {
      report.leaks.push_back({each.name, true, each.blocks, each.bytes, {}});
    }
    report.left_off = state_->departed_left_off;
    return report;
  } catch (const std::bad_alloc&) {
    return failed(lifecycle_failure_code::out_of_memory);
  } catch (const std::length_error&) { // more than any vector holds
    return failed(lifecycle_failure_code::out_of_memory);
  }
}

lifecycle_outcome<void> allocator_registry::close() const noexcept {
  if (state_ == nullptr) {
    return {};
  }
  const exclusive_lock locked(state_->lock);
  const registry_entry* first = nullptr;
  std::uint64_t blocks = 0;
  std::uint64_t allocators = 0;
  for (const registry_entry& each : state_->entries) {
    if (!each.may_ask()) {
      return failed(lifecycle_failure_code::other_thread, each.name);
    }
    const std::size_t live = each.traits.at_end == blocks_at_end::are_dropped ? 0 : each.reference.state().live_blocks;
    if (live != 0) {
      first = first == nullptr ? &each : first;
      blocks += live;
      ++allocators;
    }
  }
  if (first != nullptr) {
    return blocks_live(*first, blocks, allocators);
  }
  state_->is_closed = true;
  return {};
}

// --- which allocator is in force: allocator_manager.hpp --------------------------------------------------------------

allocator_scope::allocator_scope(const allocator_registry& registry, allocator_id allocator) noexcept
    : registry_(registry.state_), allocator_(allocator), outer_(innermost_scope) {
  innermost_scope = this;
}

// At most as many rounds as there are inner scopes, which is none where scopes end as blocks of the program do.
allocator_scope::~allocator_scope() {
  allocator_scope** link = &innermost_scope;
  while (*link != nullptr && *link != this) {
    link = &(*link)->outer_;
  }
  if (*link == this) {
    *link = outer_;
  }
}

allocator_id allocator_manager::current() const noexcept {
  for (const allocator_scope* each = innermost_scope; each != nullptr; each = each->outer_) {
    if (each->registry_ == registry_.state_) {
      return each->allocator_;
    }
  }
  return default_;
}

} // namespace nebula::services
