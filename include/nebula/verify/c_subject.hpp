// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/verify/bump_subject.hpp>
#include <nebula/verify/c_allocator.hpp>
#include <nebula/verify/c_pool.hpp>
#include <nebula/verify/pool_subject.hpp>
#include <nebula/verify/segregated_subject.hpp>
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
