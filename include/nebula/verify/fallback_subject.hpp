// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/bump_allocator.hpp>
#include <nebula/kernel/fallback.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/verify/bump_model.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/fallback_model.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/pool_model.hpp>

namespace nebula::verify {

/// A pool in the front of a storage, and a bump allocator in the rest of it.
class fallback_subject {
public:
  using allocator_type = fallback<pool_allocator, bump_allocator>;
  using model_type = fallback_model<pool_model, bump_model>;
  static constexpr const char* name = "fallback";

  explicit fallback_subject(const configuration& made_of)
      : size_(made_of.block_size_bytes == 0 ? 1U : made_of.block_size_bytes),
        align_(std::size_t{1} << (made_of.block_align_log2 % 8U)),
        count_(made_of.block_count == 0 ? 1U : made_of.block_count),
        stride_(round_up(size_ + tail_bytes_of(made_of), align_)),
        front_(pool_config::storage_bytes(size_, align_, count_, level_of(made_of)).value() + align_ +
               pool_config::storage_align(align_)),
        storage_(front_ + made_of.capacity_bytes + 1, made_of.offset),
        pool_(pool_config{{storage_.span().data, front_}, size_, align_, count_, log_.hook(), level_of(made_of)}
                  .validate()
                  .value()),
        bump_(
            bump_config{{storage_.span().data + front_, storage_.span().size - front_}, log_.hook(), level_of(made_of)}
                .validate()
                .value()),
        allocator_(pool_, bump_, log_.hook()),
        model_(pool_model(range_of_pool().begin, stride_, layout{size_, align_}, count_,
                          level_of(made_of) == check_level::paranoid),
               range_of_pool(),
               bump_model(range_of_bump().begin, storage_.span().size - front_, bump_allocator::mark_bytes(),
                          tail_bytes_of(made_of)),
               range_of_bump()) {}

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }
  /// Each of the kernel's objects that it is made of, beside allocator().
  template <class Visit>
  void visit_parts(Visit visit) {
    visit(pool_);
    visit(bump_);
  }

private:
  [[nodiscard]] address_range range_of_pool() const {
    const auto begin = reinterpret_cast<address>(pool_.block_bytes().data);
    return {begin, begin + stride_ * count_};
  }
  [[nodiscard]] address_range range_of_bump() const {
    const auto begin = reinterpret_cast<address>(storage_.span().data);
    return {begin + front_, begin + storage_.span().size};
  }

  fault_log log_;
  std::size_t size_;
  std::size_t align_;
  std::size_t count_;
  std::size_t stride_;
  std::size_t front_;
  guarded_storage storage_;
  pool_allocator pool_;
  bump_allocator bump_;
  allocator_type allocator_;
  model_type model_;
};

} // namespace nebula::verify
