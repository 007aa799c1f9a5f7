// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <nebula/kernel/segregated_allocator.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/segregated_model.hpp>

namespace nebula::verify {

template <class Segregated, class Config>
class basic_segregated_subject {
public:
  using model_type = segregated_model;
  static constexpr const char* name = Segregated::atomics_type::is_shared ? "segregated" : "local_segregated";

  explicit basic_segregated_subject(const configuration& made_of)
      : classes_(classes_of(made_of)),
        storage_(Config::storage_bytes(classes_.data(), classes_.size(), level_of(made_of)).value() + 256,
                 made_of.offset),
        allocator_(Config{storage_.span(), classes_.data(), classes_.size(), fallback_of(made_of), log_.hook(),
                          level_of(made_of)}
                       .validate()
                       .value()),
        model_(models_of(allocator_, classes_, made_of), fallback_of(made_of)) {}

  using allocator_type = Segregated;
  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

  /// Counts vary with the configuration; which table it is, with the policy.
  [[nodiscard]] static std::vector<size_class> classes_of(const configuration& made_of) {
    const std::size_t count = made_of.block_count == 0 ? 1U : made_of.block_count;
    const std::size_t few = 1 + made_of.block_size_bytes % 3U;
    switch (made_of.policy % 4U) {
    case 0: // the third aligned more strictly than the fourth
      return {{8, 8, count}, {24, 8, (count + 1) / 2}, {64, 64, few}, {96, 16, 1 + count / 4}};
    case 1: // one class alone
      return {{made_of.block_size_bytes + std::size_t{1}, std::size_t{1} << (made_of.block_align_log2 % 7U), count}};
    case 2: { // powers of two, each aligned to itself, up to a cache line's
      std::vector<size_class> classes;
      for (std::size_t size = 1; size <= 1024; size *= 2) {
        classes.push_back({size, std::min<std::size_t>(size, 64), few});
      }
      return classes;
    }
    default: { // as near to each other as they may be
      std::vector<size_class> classes;
      for (std::size_t size = 1; size <= 128; size = size_class_table::next_class_size(size).value) {
        classes.push_back({size, size % 8 == 0 ? 8U : 1U, 1 + classes.size() % few});
      }
      return classes;
    }
    }
  }

private:
  std::size_t fallback_of(const configuration& made_of) const { return made_of.fallback_classes % classes_.size(); }
  // Only the place of each pool is taken from the allocator; it is checked to lie in the storage by the blocks that come.
  static std::vector<pool_model> models_of(const Segregated& allocator, const std::vector<size_class>& classes,
                                           const configuration& made_of) {
    std::vector<pool_model> models;
    for (std::size_t index = 0; index < classes.size(); ++index) {
      const layout block{classes[index].block_size_bytes, classes[index].block_align_bytes};
      models.emplace_back(reinterpret_cast<address>(allocator.pool(index).block_bytes().data),
                          round_up(block.size + tail_bytes_of(made_of), block.align), block, classes[index].block_count,
                          level_of(made_of) == check_level::paranoid);
    }
    return models;
  }

  fault_log log_;
  std::vector<size_class> classes_;
  guarded_storage storage_;
  Segregated allocator_;
  model_type model_;
};
using segregated_subject = basic_segregated_subject<segregated_allocator, segregated_config>;
using local_segregated_subject = basic_segregated_subject<local_segregated_allocator, local_segregated_config>;

} // namespace nebula::verify
