// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/verify/arena_subject.hpp>
#include <nebula/verify/bump_subject.hpp>
#include <nebula/verify/c_allocator.hpp>
#include <nebula/verify/c_pool.hpp>
#include <nebula/verify/pool_subject.hpp>
#include <nebula/verify/segregated_subject.hpp>
#include <nebula/verify/shared_bump_subject.hpp>
#include <nebula/verify/stack_subject.hpp>

/// The subjects of the C functions: the models are those of the C++ allocators, for the contracts are. [SR-CAPI-006]
namespace nebula::verify {

class c_bump_subject {
public:
  using model_type = bump_model;
  static constexpr const char* name = "c_bump";

  explicit c_bump_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + std::size_t{1}, made_of.offset),
        allocator_(storage_.span(), log_.hook(), level_of(made_of)),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size, nebula_bump_mark_bytes(),
               tail_bytes_of(made_of)) {}

  using allocator_type = c_bump;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  c_bump allocator_;
  model_type model_;
};

class c_stack_subject {
public:
  using model_type = stack_model;
  static constexpr const char* name = "c_stack";

  explicit c_stack_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + nebula_stack_record_bytes() + 1, made_of.offset),
        allocator_(storage_.span(), log_.hook(), level_of(made_of)),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size, nebula_stack_record_bytes(),
               tail_bytes_of(made_of)) {}

  using allocator_type = c_stack;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  c_stack allocator_;
  model_type model_;
};

class c_shared_bump_subject {
public:
  using model_type = shared_bump_model;
  using allocator_type = c_shared_bump;
  static constexpr const char* name = "c_shared_bump";

  explicit c_shared_bump_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + std::size_t{1}, made_of.offset),
        allocator_(storage_.span(), log_.hook()),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size) {}

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  c_shared_bump allocator_;
  model_type model_;
};

class c_arena_subject {
public:
  using model_type = arena_model;
  using allocator_type = c_arena;
  static constexpr const char* name = "c_arena";

  explicit c_arena_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + nebula_stack_record_bytes() + 1, made_of.offset),
        allocator_(storage_.span(), config(made_of, log_.hook())),
        model_(config(made_of, log_.hook()),
               chunk_source_model::stack_in(reinterpret_cast<address>(storage_.span().data), storage_.span().size)) {}

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }
  /// What the arena says of itself beyond its state, and the model does not; null iff nothing.
  [[nodiscard]] const char* disagreement() const {
    const arena_statistics expected = model_.statistics();
    const arena_statistics got = allocator_.statistics();
    const bool same = expected.total_allocated_bytes == got.total_allocated_bytes &&
                      expected.current_used_bytes == got.current_used_bytes &&
                      expected.chunk_count == got.chunk_count &&
                      expected.largest_chunk_bytes == got.largest_chunk_bytes;
    const bool has_all_chunks = allocator_.chunks().state().live_blocks == expected.chunk_count;
    return same && has_all_chunks ? nullptr : "the statistics, or the chunks that are out, are others than predicted";
  }

private:
  [[nodiscard]] static arena_config config(const configuration& made_of, fault_hook hook) {
    arena_config wanted;
    wanted.chunk_bytes = nebula_arena_chunk_bytes_min() + made_of.block_size_bytes;
    wanted.growth = static_cast<arena_growth>(made_of.variety / 2U % 3U);
    wanted.growth_bytes = made_of.block_count + std::size_t{1} + made_of.policy % 4U * 250U;
    wanted.capacity_max_bytes = made_of.variety / 6U % 2U == 1 ? wanted.chunk_bytes + made_of.capacity_bytes / 2U
                                                               : arena_config::unlimited_bytes;
    wanted.track_allocations = made_of.variety % 2U == 0;
    wanted.hook = hook;
    return wanted;
  }

  fault_log log_;
  guarded_storage storage_;
  c_arena allocator_;
  model_type model_;
};

struct c_pool_subject : basic_pool_subject<c_pool, c_pool_config> {
  using basic_pool_subject::basic_pool_subject;
  static constexpr const char* name = "c_pool";
};
struct c_local_pool_subject : basic_pool_subject<c_local_pool, c_pool_config> {
  using basic_pool_subject::basic_pool_subject;
  static constexpr const char* name = "c_local_pool";
};
struct c_segregated_subject : basic_segregated_subject<c_segregated, c_segregated::config_type> {
  using basic_segregated_subject::basic_segregated_subject;
  static constexpr const char* name = "c_segregated";
};
struct c_local_segregated_subject : basic_segregated_subject<c_local_segregated, c_local_segregated::config_type> {
  using basic_segregated_subject::basic_segregated_subject;
  static constexpr const char* name = "c_local_segregated";
};

} // namespace nebula::verify
