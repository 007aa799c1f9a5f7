// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/shared_bump_allocator.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/shared_bump_model.hpp>

namespace nebula::verify {

class shared_bump_subject {
public:
  using model_type = shared_bump_model;
  using allocator_type = shared_bump_allocator;
  static constexpr const char* name = "shared_bump";

  explicit shared_bump_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + std::size_t{1}, made_of.offset),
        allocator_(shared_bump_config{storage_.span(), log_.hook()}.validate().value()),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size) {}

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  allocator_type allocator_;
  model_type model_;
};

} // namespace nebula::verify
