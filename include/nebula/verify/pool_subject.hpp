// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_object.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/pool_model.hpp>

namespace nebula::verify {

template <class Pool, class Config>
class basic_pool_subject {
public:
  using model_type = pool_model;
  static constexpr const char* name = Pool::atomics_type::is_shared ? "pool" : "local_pool";

  explicit basic_pool_subject(const configuration& made_of)
      : size_(made_of.block_size_bytes == 0 ? 1U : made_of.block_size_bytes),
        align_(std::size_t{1} << (made_of.block_align_log2 % 8U)),
        count_(made_of.block_count == 0 ? 1U : made_of.block_count),
        storage_(Config::storage_bytes(size_, align_, count_, level_of(made_of)).value() + slack(made_of),
                 made_of.offset),
        allocator_(Config{storage_.span(), size_, align_, count_, log_.hook(), level_of(made_of)}.validate().value()),
        model_(reinterpret_cast<address>(allocator_.block_bytes().data),
               round_up(size_ + tail_bytes_of(made_of), align_), layout{size_, align_}, count_,
               level_of(made_of) == check_level::paranoid) {}

  using allocator_type = Pool;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  // storage_bytes() is exact for aligned storage; one that is not may lose as much as its alignments at two places
  std::size_t slack(const configuration& made_of) const {
    return made_of.offset % 64U == 0 ? 0 : align_ + Config::storage_align(align_);
  }

  fault_log log_;
  std::size_t size_;
  std::size_t align_;
  std::size_t count_;
  guarded_storage storage_;
  Pool allocator_;
  model_type model_;
};
using pool_subject = basic_pool_subject<pool_allocator, pool_config>;
using local_pool_subject = basic_pool_subject<local_pool_allocator, local_pool_config>;

/// `Pool` is a static pool of `Count` blocks, each for an `Object`.
template <class Pool, class Object, std::uint32_t Count>
class basic_static_pool_subject {
  using pool_type = Pool;

public:
  using model_type = pool_model;
  static constexpr const char* name = pool_type::atomics_type::is_shared ? "static_pool" : "static_local_pool";

  explicit basic_static_pool_subject(const configuration& made_of)
      : storage_(made_of.offset, log_.hook(), level_of(made_of)),
        model_(reinterpret_cast<address>(storage_.span().data), sizeof(Object), layout::of<Object>(), Count,
               level_of(made_of) == check_level::paranoid) {}

  using allocator_type = pool_type;
  allocator_type& allocator() { return storage_.allocator(); }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_object<pool_type>& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_object<pool_type> storage_;
  model_type model_;
};

/// What the blocks of a static pool are for: of a size that is no power of two.
struct alignas(8) pooled_object {
  std::byte bytes[40];
};
using static_pool_subject = basic_static_pool_subject<static_pool<pooled_object, 3>, pooled_object, 3>;
using static_local_pool_subject = basic_static_pool_subject<static_local_pool<pooled_object, 3>, pooled_object, 3>;

} // namespace nebula::verify
