// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/bump_allocator.hpp>
#include <nebula/verify/bump_model.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_object.hpp>
#include <nebula/verify/guarded_storage.hpp>

namespace nebula::verify {

class bump_subject {
public:
  using model_type = bump_model;
  static constexpr const char* name = "bump";

  explicit bump_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + std::size_t{1}, made_of.offset),
        allocator_(bump_config{storage_.span(), log_.hook(), level_of(made_of)}.validate().value()),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size, bump_allocator::mark_bytes(),
               tail_bytes_of(made_of)) {}

  using allocator_type = bump_allocator;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  bump_allocator allocator_;
  model_type model_;
};

template <std::size_t Bytes>
class basic_static_bump_subject {
public:
  using model_type = bump_model;
  static constexpr const char* name = "static_bump";

  explicit basic_static_bump_subject(const configuration& made_of)
      : storage_(made_of.offset, log_.hook(), level_of(made_of)),
        model_(reinterpret_cast<address>(storage_.span().data), Bytes, bump_allocator::mark_bytes(),
               tail_bytes_of(made_of)) {}

  using allocator_type = static_bump<Bytes>;
  allocator_type& allocator() { return storage_.allocator(); }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_object<static_bump<Bytes>>& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_object<static_bump<Bytes>> storage_;
  model_type model_;
};
using static_bump_subject = basic_static_bump_subject<200>;

} // namespace nebula::verify
