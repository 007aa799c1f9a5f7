// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/stack_allocator.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_object.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/stack_model.hpp>

namespace nebula::verify {

class stack_subject {
public:
  using model_type = stack_model;
  static constexpr const char* name = "stack";

  explicit stack_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + stack_allocator::record_bytes() + 1, made_of.offset),
        allocator_(stack_config{storage_.span(), log_.hook(), level_of(made_of)}.validate().value()),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size, stack_allocator::record_bytes(),
               tail_bytes_of(made_of)) {}

  using allocator_type = stack_allocator;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  stack_allocator allocator_;
  model_type model_;
};

template <std::size_t Bytes>
class basic_static_stack_subject {
public:
  using model_type = stack_model;
  static constexpr const char* name = "static_stack";

  explicit basic_static_stack_subject(const configuration& made_of)
      : storage_(made_of.offset, log_.hook(), level_of(made_of)),
        model_(reinterpret_cast<address>(storage_.span().data), Bytes, stack_allocator::record_bytes(),
               tail_bytes_of(made_of)) {}

  using allocator_type = static_stack<Bytes>;
  allocator_type& allocator() { return storage_.allocator(); }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_object<static_stack<Bytes>>& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_object<static_stack<Bytes>> storage_;
  model_type model_;
};
using static_stack_subject = basic_static_stack_subject<300>;

} // namespace nebula::verify
