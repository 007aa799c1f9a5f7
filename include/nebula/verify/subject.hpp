// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/verify/bump_model.hpp>
#include <nebula/verify/guarded_storage.hpp>
#include <nebula/verify/segregated_model.hpp>
#include <nebula/verify/stack_model.hpp>

/// Subjects: an allocator over guarded storage, beside its model. Each is made of a few numbers, so that every driver
/// can vary them.
namespace nebula::verify {

/// What the subjects are made of; each takes what it needs.
struct configuration {
  std::uint16_t capacity_bytes = 1024; ///< bump, stack
  std::uint8_t offset = 0;             ///< of the storage from a page's start
  std::uint8_t block_size_bytes = 24;  ///< pools; 0 is taken as 1
  std::uint8_t block_align_log2 = 3;   ///< pools; modulo 8
  std::uint8_t block_count = 4;        ///< pools; 0 is taken as 1
  std::uint8_t fallback_classes = 1;   ///< segregated; modulo the number of classes
};

[[nodiscard]] inline std::string to_text(const configuration& made_of) {
  return "  capacity " + std::to_string(made_of.capacity_bytes) + ", offset " + std::to_string(made_of.offset) +
         ", blocks " + std::to_string(made_of.block_count) + " of " + std::to_string(made_of.block_size_bytes) +
         " align 2^" + std::to_string(made_of.block_align_log2 % 8U) + ", fallback " +
         std::to_string(made_of.fallback_classes) + "\n";
}

/// Counts the faults that an allocator reports.
struct fault_log {
  std::size_t count = 0;
  error_code last = error_code::none;
  const void* address = nullptr;

  [[nodiscard]] fault_hook hook() {
    return {[](void* context, const fault& report) {
              auto& log = *static_cast<fault_log*>(context);
              ++log.count;
              log.last = report.what.code;
              log.address = report.address;
            },
            this};
  }
};

class bump_subject {
public:
  using model_type = bump_model;
  static constexpr const char* name = "bump";

  explicit bump_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + std::size_t{1}, made_of.offset),
        allocator_(bump_config{storage_.span(), log_.hook()}.validate().value()),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size, bump_allocator::mark_bytes()) {}

  bump_allocator& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  bump_allocator allocator_;
  model_type model_;
};

class stack_subject {
public:
  using model_type = stack_model;
  static constexpr const char* name = "stack";

  explicit stack_subject(const configuration& made_of)
      : storage_(made_of.capacity_bytes + stack_allocator::record_bytes() + 1, made_of.offset),
        allocator_(stack_config{storage_.span(), log_.hook()}.validate().value()),
        model_(reinterpret_cast<address>(storage_.span().data), storage_.span().size, stack_allocator::record_bytes()) {
  }

  stack_allocator& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

private:
  fault_log log_;
  guarded_storage storage_;
  stack_allocator allocator_;
  model_type model_;
};

template <class Pool, class Config>
class basic_pool_subject {
public:
  using model_type = pool_model;
  static constexpr const char* name = Pool::atomics_type::is_shared ? "pool" : "local_pool";

  explicit basic_pool_subject(const configuration& made_of)
      : size_(made_of.block_size_bytes == 0 ? 1U : made_of.block_size_bytes),
        align_(std::size_t{1} << (made_of.block_align_log2 % 8U)),
        count_(made_of.block_count == 0 ? 1U : made_of.block_count),
        storage_(Config::storage_bytes(size_, align_, count_).value() + slack(made_of), made_of.offset),
        allocator_(Config{storage_.span(), size_, align_, count_, log_.hook()}.validate().value()),
        model_(reinterpret_cast<address>(allocator_.block_bytes().data), round_up(size_, align_), layout{size_, align_},
               count_) {}

  Pool& allocator() { return allocator_; }
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

template <class Segregated, class Config>
class basic_segregated_subject {
public:
  using model_type = segregated_model;
  static constexpr const char* name = Segregated::atomics_type::is_shared ? "segregated" : "local_segregated";

  explicit basic_segregated_subject(const configuration& made_of)
      : classes_(classes_of(made_of)),
        storage_(Config::storage_bytes(classes_.data(), classes_.size()).value() + 256, made_of.offset),
        allocator_(Config{storage_.span(), classes_.data(), classes_.size(), fallback_of(made_of), log_.hook()}
                       .validate()
                       .value()),
        model_(models_of(allocator_, classes_), fallback_of(made_of)) {}

  Segregated& allocator() { return allocator_; }
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
  static std::vector<pool_model> models_of(const Segregated& allocator, const std::array<size_class, 4>& classes) {
    std::vector<pool_model> models;
    for (std::size_t index = 0; index < classes.size(); ++index) {
      const layout block{classes[index].block_size_bytes, classes[index].block_align_bytes};
      models.emplace_back(reinterpret_cast<address>(allocator.pool(index).block_bytes().data),
                          round_up(block.size, block.align), block, classes[index].block_count);
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

/// The configuration block at the front of a fuzzer's bytes.
template <class Reader>
[[nodiscard]] configuration read_configuration(Reader& bytes) {
  configuration made_of;
  made_of.capacity_bytes = static_cast<std::uint16_t>(bytes.two_bytes() % 4096U);
  made_of.offset = bytes.byte();
  made_of.block_size_bytes = bytes.byte();
  made_of.block_align_log2 = bytes.byte();
  made_of.block_count = static_cast<std::uint8_t>(bytes.byte() % 33U); // few: exhaustion is where things happen
  made_of.fallback_classes = bytes.byte();
  return made_of;
}

} // namespace nebula::verify
