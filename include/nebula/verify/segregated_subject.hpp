// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
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

private:
  // Four classes: ascending, the third aligned more strictly than the fourth, their counts varied by the configuration.
  static std::array<size_class, 4> classes_of(const configuration& made_of) {
    const std::size_t count = made_of.block_count == 0 ? 1U : made_of.block_count;
    return {{{8, 8, count},
             {24, 8, (count + 1) / 2},
             {64, 64, 1 + made_of.block_size_bytes % 3U},
             {96, 16, 1 + count / 4}}};
  }
  static std::size_t fallback_of(const configuration& made_of) { return made_of.fallback_classes % 4U; }
  // Only the place of each pool is taken from the allocator; it is checked to lie in the storage by the blocks that come.
  static std::vector<pool_model> models_of(const Segregated& allocator, const std::array<size_class, 4>& classes,
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
  std::array<size_class, 4> classes_;
  guarded_storage storage_;
  Segregated allocator_;
  model_type model_;
};
using segregated_subject = basic_segregated_subject<segregated_allocator, segregated_config>;
using local_segregated_subject = basic_segregated_subject<local_segregated_allocator, local_segregated_config>;

} // namespace nebula::verify
