// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <optional>

#include <nebula/kernel/arena.hpp>
#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/verify/arena_model.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_storage.hpp>

namespace nebula::verify {

/// An arena over a span or over a pool, tracking or not, of each growth, limited or not, by the bits of `variety`; at
/// either level. The source is at the standard one.
class arena_subject {
public:
  using model_type = arena_model;
  static constexpr const char* name = "arena";

  explicit arena_subject(const configuration& made_of)
      : made_of_(made_of),
        storage_(over_pool()
                     ? local_pool_config::storage_bytes(block_size(), chunk_align_bytes, block_count()).value() +
                           2 * chunk_align_bytes
                     : made_of.capacity_bytes + stack_allocator::record_bytes() + 1,
                 made_of.offset),
        allocator_(config().validate().value()),
        model_(config(), source_model()) {}

  using allocator_type = arena;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

  /// What the arena says of itself beyond its state, and the model does not; null iff nothing.
  [[nodiscard]] const char* disagreement() const {
    const arena_statistics expected = model_.statistics();
    const arena_statistics got = allocator_.statistics();
    if (expected.total_allocated_bytes != got.total_allocated_bytes) {
      return "total_allocated_bytes are others than predicted";
    }
    if (expected.current_used_bytes != got.current_used_bytes) {
      return "current_used_bytes are others than predicted";
    }
    if (expected.chunk_count != got.chunk_count) {
      return "chunk_count is another than predicted";
    }
    if (expected.largest_chunk_bytes != got.largest_chunk_bytes) {
      return "largest_chunk_bytes are others than predicted";
    }
    const bool is_source_intact = over_pool() ? pool_->check_invariants().has_value()
                                              : span_->chunks().check_invariants().has_value() &&
                                                    span_->chunks().state().live_blocks == expected.chunk_count;
    return is_source_intact ? nullptr : "the chunk source has another number of chunks out, or is broken";
  }
  /// The chunk source's allocator.
  template <class Visit>
  void visit_parts(Visit visit) {
    if (over_pool()) {
      visit(*pool_);
    } else {
      visit(span_->chunks());
    }
  }

private:
  [[nodiscard]] bool tracks() const { return made_of_.variety % 2U == 0; }
  [[nodiscard]] bool over_pool() const { return made_of_.variety / 2U % 4U == 3; }
  [[nodiscard]] arena_growth growth() const { return static_cast<arena_growth>(made_of_.variety / 8U % 3U); }
  [[nodiscard]] bool is_limited() const { return made_of_.variety / 24U % 2U == 1; }
  [[nodiscard]] std::size_t chunk_bytes() const { return arena_config::chunk_bytes_min() + made_of_.block_size_bytes; }
  [[nodiscard]] std::size_t block_size() const { return chunk_bytes() + made_of_.fallback_classes % 4U * 100U; }
  [[nodiscard]] std::size_t block_count() const { return made_of_.block_count == 0 ? 1U : made_of_.block_count; }

  [[nodiscard]] chunk_source source() {
    if (over_pool()) {
      pool_.emplace(local_pool_config{storage_.span(), block_size(), chunk_align_bytes, block_count(), log_.hook()}
                        .validate()
                        .value());
      return pool_chunk_source(*pool_);
    }
    span_.emplace(stack_config{storage_.span(), log_.hook()}.validate().value());
    return span_->source();
  }
  [[nodiscard]] arena_config config() {
    arena_config wanted;
    wanted.source = source_.acquire == nullptr ? source_ = source() : source_;
    wanted.chunk_bytes = chunk_bytes();
    wanted.growth = growth();
    wanted.growth_bytes = made_of_.block_count + std::size_t{1} + made_of_.policy % 4U * 250U;
    wanted.capacity_max_bytes =
        is_limited() ? chunk_bytes() + made_of_.capacity_bytes / 2U : arena_config::unlimited_bytes;
    wanted.track_allocations = tracks();
    wanted.hook = log_.hook();
    wanted.level = level_of(made_of_);
    return wanted;
  }
  [[nodiscard]] chunk_source_model source_model() const {
    if (over_pool()) {
      return chunk_source_model::pool_of(reinterpret_cast<address>(pool_->block_bytes().data), block_size(),
                                         round_up(block_size(), chunk_align_bytes), block_count());
    }
    return chunk_source_model::stack_in(reinterpret_cast<address>(storage_.span().data), storage_.span().size);
  }

  configuration made_of_;
  fault_log log_;
  guarded_storage storage_;
  std::optional<span_chunk_source> span_;
  std::optional<local_pool_allocator> pool_;
  chunk_source source_{};
  arena allocator_;
  model_type model_;
};

} // namespace nebula::verify
