// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a trace can be replayed through: each kernel allocator, with what it takes to serve a program that was not
// written for it. A vehicle is made of a sizing and of storage as its need() says, and has the members of an allocator
// that the engine uses.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include <nebula/kernel.hpp>

#include "tools/replay/need.hpp"
#include "tools/replay/plan.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::replay {

/// The default reaction to corruption is to trap; a replay counts it by the error that comes back.
inline constexpr fault_hook noting_hook{[](void* /*context*/, const fault& /*report*/) {}, nullptr};

/// The plan. Throws std::logic_error iff the configuration is refused: it was made for the trace.
template <class Plan>
[[nodiscard]] Plan accepted(const result<Plan>& plan) {
  if (!plan.has_value()) {
    throw std::logic_error(std::string("the sized allocator is refused: ") + name(plan.code()) + " (" +
                           name(plan.error().field) + ")");
  }
  return plan.value();
}

[[nodiscard]] inline stack_config stack_config_over(byte_span storage) {
  stack_config wanted{};
  wanted.storage = storage;
  wanted.hook = noting_hook;
  return wanted;
}

/// What vehicles over one allocator have in common.
template <class Allocator>
class vehicle_base {
public:
  static constexpr bool has_classes = false; ///< whether it deals in the classes of the sizing

  [[nodiscard]] result<std::byte*> allocate(layout asked) { return allocator_.allocate(asked); }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) { return allocator_.deallocate(block, asked); }
  [[nodiscard]] bool owns(const std::byte* address) const { return allocator_.owns(address); }
  [[nodiscard]] allocator_state state() const { return allocator_.state(); }
  [[nodiscard]] result<void> check_invariants() const { return allocator_.check_invariants(); }

protected:
  template <class Plan>
  explicit vehicle_base(const Plan& plan) : allocator_(plan) {}
  Allocator allocator_;
};

/// The classes of the sizing, in one segregated_allocator or local_segregated_allocator.
template <class Segregated>
class segregated_vehicle : public vehicle_base<Segregated> {
public:
  static constexpr bool has_classes = true;

  [[nodiscard]] static storage_need need(const trace::trace_image& /*image*/, const sizing& sized) {
    return {sized.storage_bytes, sized.storage_align};
  }
  segregated_vehicle(const sizing& sized, byte_span storage)
      : vehicle_base<Segregated>(accepted(config(sized, storage).validate())) {}

private:
  [[nodiscard]] static typename Segregated::config_type config(const sizing& sized, byte_span storage) {
    typename Segregated::config_type wanted{};
    wanted.storage = storage;
    wanted.classes = sized.classes.data();
    wanted.class_count = sized.classes.size();
    wanted.hook = noting_hook;
    return wanted;
  }
};

/// A pool, called directly.
template <class Pool>
class bare_pool {
public:
  static constexpr std::size_t cache_count = 0;

  explicit bare_pool(const typename Pool::plan_type& plan) : pool_(plan) {}
  [[nodiscard]] Pool& front() { return pool_; }
  [[nodiscard]] const Pool& pool() const { return pool_; }
  [[nodiscard]] result<void> check_invariants() const { return pool_.check_invariants(); }

private:
  Pool pool_;
};
/// A pool, called through a cache; the recorded threads take turns at it.
class cached_pool {
public:
  static constexpr std::size_t cache_count = 1;

  explicit cached_pool(const pool_plan& plan) : pool_(plan), cache_(pool_) {}
  [[nodiscard]] auto& front() { return cache_; }
  [[nodiscard]] const pool_allocator& pool() const { return pool_; }
  [[nodiscard]] result<void> check_invariants() const {
    const result<void> walked = cache_.check_invariants();
    return walked.has_value() ? pool_.check_invariants() : walked;
  }

private:
  pool_allocator pool_;
  pool_cache<pool_allocator, 32> cache_;
};

/// The classes of the sizing, each a pool of its own: the program knows the size of what it frees, and so the pool.
template <class Pool, class Config>
class pools_vehicle {
public:
  static constexpr bool has_classes = true;

  [[nodiscard]] static storage_need need(const trace::trace_image& /*image*/, const sizing& sized) {
    storage_need sum;
    for (const size_class& each : sized.classes) {
      sum.append(need_of(each));
    }
    return sum;
  }
  pools_vehicle(const sizing& sized, byte_span storage) : steps_per_doubling_(sized.steps_per_doubling) {
    storage_need used;
    for (const size_class& each : sized.classes) {
      const storage_need one = need_of(each);
      used.append(one);
      Config config{};
      config.storage = {storage.data + (used.bytes - one.bytes), one.bytes};
      config.block_size_bytes = each.block_size_bytes;
      config.block_align_bytes = each.block_align_bytes;
      config.block_count = each.block_count;
      config.cache_count = Pool::cache_count;
      config.hook = noting_hook;
      boundaries_.push_back(each.block_size_bytes);
      pools_.push_back(std::make_unique<Pool>(accepted(config.validate())));
    }
  }

  [[nodiscard]] result<std::byte*> allocate(layout asked) { return pool_for(asked).front().allocate(asked); }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) {
    return pool_for(asked).front().deallocate(block, asked);
  }
  [[nodiscard]] bool owns(const std::byte* address) const {
    return std::any_of(pools_.begin(), pools_.end(), [&](const auto& each) { return each->pool().owns(address); });
  }
  [[nodiscard]] allocator_state state() const {
    allocator_state sum;
    for (const auto& each : pools_) {
      const allocator_state part = each->pool().state();
      sum.capacity_bytes += part.capacity_bytes;
      sum.used_bytes += part.used_bytes;
      sum.available_bytes += part.available_bytes;
      sum.peak_bytes += part.peak_bytes;
      sum.live_blocks += part.live_blocks;
    }
    return sum;
  }
  [[nodiscard]] result<void> check_invariants() const {
    for (const auto& each : pools_) {
      if (const result<void> walked = each->check_invariants(); !walked.has_value()) {
        return walked;
      }
    }
    return {};
  }

private:
  [[nodiscard]] static storage_need need_of(const size_class& each) {
    const auto bytes = Config::storage_bytes(each.block_size_bytes, each.block_align_bytes, each.block_count,
                                             check_level::standard, Pool::cache_count);
    return {accepted(bytes), Config::storage_align(each.block_align_bytes, Pool::cache_count)};
  }
  // The sizing has a class for each request, and the last for the largest.
  [[nodiscard]] Pool& pool_for(layout asked) {
    const auto found =
        std::lower_bound(boundaries_.begin(), boundaries_.end(), class_boundary(asked, steps_per_doubling_));
    return *pools_[static_cast<std::size_t>(found - boundaries_.begin())];
  }

  unsigned steps_per_doubling_;
  std::vector<std::size_t> boundaries_; // of the pools, ascending
  std::vector<std::unique_ptr<Pool>> pools_;
};

/// One bump allocator, reset whenever the program has nothing live. A free that it does not take, be it of any but the
/// last block, must be refused as not_last_block, and is skipped: the block stays until the reset.
template <class Bump, class Config, gives_back_last Gives>
class bump_vehicle : public vehicle_base<Bump> {
public:
  /// It cannot tell a block that was freed from one that is live.
  static constexpr bool tells_dead_blocks = false;

  [[nodiscard]] static storage_need need(const trace::trace_image& image, const sizing& /*sized*/) {
    return bump_need(image, Gives);
  }
  bump_vehicle(const sizing& /*sized*/, byte_span storage) : vehicle_base<Bump>(accepted(config(storage).validate())) {}

  [[nodiscard]] result<std::byte*> allocate(layout asked) {
    const result<std::byte*> block = this->allocator_.allocate(asked);
    live_ += block.has_value() ? 1U : 0U;
    return block;
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) {
    const result<void> freed = this->allocator_.deallocate(block, asked);
    if (!freed.has_value() && freed.code() != error_code::not_last_block) {
      return freed;
    }
    skipped_frees_ += freed.has_value() ? 0U : 1U;
    return --live_ == 0 ? this->allocator_.reset() : result<void>{};
  }
  [[nodiscard]] std::uint64_t skipped_frees() const { return skipped_frees_; }

private:
  [[nodiscard]] static Config config(byte_span storage) {
    Config wanted{};
    wanted.storage = storage;
    wanted.hook = noting_hook;
    return wanted;
  }
  std::uint64_t live_ = 0;
  std::uint64_t skipped_frees_ = 0;
};

/// One arena, its chunks from the storage, each twice as large as the one before; reset whenever the program has nothing
/// live. It takes frees in any order.
class arena_vehicle {
public:
  static constexpr bool has_classes = false;

  [[nodiscard]] static storage_need need(const trace::trace_image& image, const sizing& /*sized*/) {
    return arena_need(image);
  }
  arena_vehicle(const sizing& /*sized*/, byte_span storage)
      : source_(accepted(stack_config_over(storage).validate())), arena_(accepted(config(source_).validate())) {}

  [[nodiscard]] result<std::byte*> allocate(layout asked) {
    const result<std::byte*> block = arena_.allocate(asked);
    live_ += block.has_value() ? 1U : 0U;
    return block;
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) {
    const result<void> freed = arena_.deallocate(block, asked);
    if (!freed.has_value() || --live_ != 0) {
      return freed;
    }
    held_bytes_ = std::max(held_bytes_, arena_.state().capacity_bytes);
    return arena_.reset();
  }
  /// The most that its chunks had: it is lent much more, which it does not touch.
  [[nodiscard]] std::size_t held_bytes() const { return held_bytes_; }
  [[nodiscard]] bool owns(const std::byte* address) const { return arena_.owns(address); }
  /// What its chunks keep for themselves counts as available when nothing else is used: it is no block's.
  [[nodiscard]] allocator_state state() const {
    allocator_state now = arena_.state();
    now.available_bytes = now.used_bytes == 0 ? now.capacity_bytes : now.available_bytes;
    return now;
  }
  [[nodiscard]] result<void> check_invariants() const {
    const result<void> walked = arena_.check_invariants();
    return walked.has_value() ? source_.chunks().check_invariants() : walked;
  }

private:
  [[nodiscard]] static arena_config config(span_chunk_source& source) {
    arena_config wanted{};
    wanted.source = source.source();
    wanted.chunk_bytes = arena_first_chunk_bytes;
    wanted.growth = arena_growth::doubling;
    wanted.hook = noting_hook;
    return wanted;
  }

  span_chunk_source source_;
  arena arena_;
  std::size_t held_bytes_ = 0;
  std::uint64_t live_ = 0;
};

/// One stack_allocator. A free of any but the top block must be refused as lifo_violation, is counted as skipped, and
/// made good when the blocks above are gone.
class stack_vehicle : public vehicle_base<stack_allocator> {
public:
  [[nodiscard]] static storage_need need(const trace::trace_image& image, const sizing& sized) {
    return stack_need(image, sized.summary.slots);
  }
  stack_vehicle(const sizing& /*sized*/, byte_span storage)
      : vehicle_base(accepted(stack_config_over(storage).validate())) {}

  [[nodiscard]] result<std::byte*> allocate(layout asked) {
    const result<std::byte*> block = allocator_.allocate(asked);
    if (block.has_value()) {
      places_[block.value()] = entries_.size();
      entries_.push_back({block.value(), asked, false});
    }
    return block;
  }
  [[nodiscard]] result<void> deallocate(std::byte* block, layout asked) {
    const result<void> freed = allocator_.deallocate(block, asked);
    const auto place = places_.find(block);
    const bool is_waiting = place == places_.end() || entries_[place->second].is_freed;
    const bool is_top = !entries_.empty() && entries_.back().block == block;
    if (freed.has_value()) {
      // a free out of order that goes through has broken the order of all others
      return is_top ? take_off_freed() : error{error_code::corrupted, operation::deallocate};
    }
    if (freed.code() != error_code::lifo_violation || is_waiting) {
      return freed;
    }
    entries_[place->second].is_freed = true;
    ++skipped_frees_;
    return {};
  }
  [[nodiscard]] std::uint64_t skipped_frees() const { return skipped_frees_; }

private:
  struct entry {
    std::byte* block;
    layout asked;
    bool is_freed;
  };
  // The top block is gone; those below that were freed before it go now.
  [[nodiscard]] result<void> take_off_freed() {
    take_off();
    while (!entries_.empty() && entries_.back().is_freed) {
      const result<void> freed = allocator_.deallocate(entries_.back().block, entries_.back().asked);
      if (!freed.has_value()) {
        return freed;
      }
      take_off();
    }
    return {};
  }
  void take_off() {
    places_.erase(entries_.back().block);
    entries_.pop_back();
  }

  std::vector<entry> entries_; // as on the stack, the top last
  std::unordered_map<const std::byte*, std::size_t> places_;
  std::uint64_t skipped_frees_ = 0;
};

} // namespace nebula::replay
