// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <nebula/kernel/pool_cache.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/pool_cache_model.hpp>

namespace nebula::verify {

/// A pool and three caches of it, with magazines of 1, 2 and 5 blocks, as one allocator: the front that is selected serves
/// the calls, be it the pool, a cache, or a cache that found no slot.
class pool_fronts {
  template <class Call>
  auto with_selected(Call call) {
    switch (selected_) {
    case 1: return call(*of_one_);
    case 2: return call(*of_two_);
    case 3: return call(*of_five_);
    default: return call(pool_);
    }
  }
  template <class Call>
  void with_each(Call call) {
    call(of_one_);
    call(of_two_);
    call(of_five_);
  }
  static void add(failure_counts& sum, const failure_counts& more) {
    for (std::size_t reason = 0; reason < failure_reason_count; ++reason) {
      sum.counts[reason] += more.counts[reason];
    }
  }

public:
  using atomics_type = shared_atomics;

  pool_fronts(const pool_plan& plan, pool_cache_model& model) : pool_(plan), model_(model) { make_all(0); }

  [[nodiscard]] pool_allocator& pool() { return pool_; }
  template <class Visit>
  void visit_parts(Visit visit) {
    visit(pool_);
    with_each([&](auto& cache) { visit(*cache); });
    visit(ended_);
  }
  void select(std::size_t front) { selected_ = front; }
  /// Ends all caches, and makes them anew, beginning with this one.
  void make_all(std::size_t first_front) {
    with_each([&](auto& cache) {
      if (cache) {
        add(ended_, cache->state().failures);
        cache.reset();
      }
    });
    for (std::size_t turn = 0; turn < 3; ++turn) {
      switch ((first_front + turn) % 3) {
      case 0: of_one_.emplace(pool_); break;
      case 1: of_two_.emplace(pool_); break;
      default: of_five_.emplace(pool_); break;
      }
    }
  }
  void flush() {
    switch (selected_) {
    case 1: static_cast<void>(of_one_->flush()); break;
    case 2: static_cast<void>(of_two_->flush()); break;
    case 3: static_cast<void>(of_five_->flush()); break;
    default: break;
    }
  }

  result<std::byte*> allocate(layout request) {
    const result<std::byte*> block = with_selected([&](auto& front) { return front.allocate(request); });
    if (block.code() == error_code::written_after_free) {
      model_.refill(); // the free block is where the call has found it
      model_.taken_and_put_back();
    }
    return block;
  }
  template <class... Arguments>
  result<void> deallocate(Arguments... arguments) {
    const result<void> freed = with_selected([&](auto& front) { return front.deallocate(arguments...); });
    if (freed.code() == error_code::overrun) {
      model_.make_room(); // before the call has found it
    }
    return freed;
  }
  [[nodiscard]] result<block_handle> handle_of(const std::byte* block) const { return pool_.handle_of(block); }
  [[nodiscard]] result<std::byte*> resolve(block_handle handle) const { return pool_.resolve(handle); }
  result<void> reset() { return pool_.reset(); }
  [[nodiscard]] bool owns(const std::byte* block) {
    return with_selected([&](auto& front) { return front.owns(block); });
  }
  /// The failures of all fronts, past and present.
  [[nodiscard]] allocator_state state() {
    allocator_state now = with_selected([](auto& front) { return front.state(); });
    now.failures = pool_.state().failures;
    add(now.failures, ended_);
    with_each([&](auto& cache) { add(now.failures, cache->state().failures); });
    return now;
  }
  result<void> check_invariants() {
    result<void> outcome = pool_.check_invariants();
    with_each([&](auto& cache) { outcome = outcome.has_value() ? cache->check_invariants() : outcome; });
    return outcome;
  }
  result<bool> audit(audit_cursor& cursor, std::size_t steps) { return pool_.audit(cursor, steps); }

private:
  friend struct nebula::metadata_access; // a harness that damages the fronts' own bytes, and nothing else of this

  pool_allocator pool_;
  pool_cache_model& model_;
  failure_counts ended_{};
  std::size_t selected_ = 0;
  std::optional<pool_cache<pool_allocator, 1>> of_one_;
  std::optional<pool_cache<pool_allocator, 2>> of_two_;
  std::optional<pool_cache<pool_allocator, 5>> of_five_;
};

/// Configurations vary the number of slots by `variety`; select() takes the front from its number's low bits, and makes
/// all caches anew for every fourth group of four.
class pool_cache_subject {
public:
  using model_type = pool_cache_model;
  using allocator_type = pool_fronts;
  static constexpr const char* name = "pool_cache";

  explicit pool_cache_subject(const configuration& made_of)
      : size_(made_of.block_size_bytes == 0 ? 1U : made_of.block_size_bytes),
        align_(std::size_t{1} << (made_of.block_align_log2 % 8U)),
        count_(made_of.block_count == 0 ? 1U : made_of.block_count),
        slot_count_(made_of.variety % 4U),
        storage_(storage_bytes(level_of(made_of)), made_of.offset),
        model_(first_block(level_of(made_of)), round_up(size_ + tail_bytes_of(made_of), align_), layout{size_, align_},
               count_, level_of(made_of) == check_level::paranoid, slot_count_, {1, 2, 5}),
        allocator_(plan(level_of(made_of)), model_) {
    model_.make_all(0);
  }

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

  /// Each of the kernel's objects that it is made of, beside allocator().
  template <class Visit>
  void visit_parts(Visit visit) {
    allocator_.visit_parts(visit);
  }
  void select(std::uint8_t variant) {
    const std::size_t front = variant % 4U;
    if (variant / 4U % 4U == 3) {
      allocator_.make_all(front);
      model_.make_all(front);
    }
    allocator_.select(front);
    model_.select(front);
  }
  void flush() {
    allocator_.flush();
    model_.flush();
  }

private:
  // exact for aligned storage; any other may lose as much as its alignments at two places
  [[nodiscard]] std::size_t storage_bytes(check_level level) const {
    return pool_config::storage_bytes(size_, align_, count_, level, slot_count_).value() + align_ +
           pool_config::storage_align(align_, slot_count_);
  }
  [[nodiscard]] pool_plan plan(check_level level) {
    return pool_config{storage_.span(), size_, align_, count_, log_.hook(), level, slot_count_}.validate().value();
  }
  /// Where a pool of this plan has its blocks: asked of one that is made for that alone.
  [[nodiscard]] address first_block(check_level level) {
    const pool_allocator asked(plan(level));
    return reinterpret_cast<address>(asked.block_bytes().data);
  }

  fault_log log_;
  std::size_t size_;
  std::size_t align_;
  std::size_t count_;
  std::size_t slot_count_;
  guarded_storage storage_;
  model_type model_;
  allocator_type allocator_;
};

} // namespace nebula::verify
