// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/kernel/segregated_allocator.hpp>
#include <nebula/verify/c_allocator.hpp>

namespace nebula::verify {

/// What a pool is to be, as the C++ configuration has it.
struct c_pool_config {
  byte_span storage{};
  std::size_t block_size_bytes = 0;
  std::size_t block_align_bytes = 0;
  std::size_t block_count = 0;
  fault_hook hook{};
  check_level level = check_level::standard;

  [[nodiscard]] static result<std::size_t> storage_bytes(std::size_t size, std::size_t align, std::size_t count,
                                                         check_level level = check_level::standard) {
    const nebula_pool_config config{{}, size, align, count, {}, static_cast<std::uint8_t>(level), 0};
    std::size_t bytes = 0;
    const error failure = from_c(nebula_pool_storage_bytes(&config, &bytes));
    return failure.code == error_code::none ? result<std::size_t>(bytes) : result<std::size_t>(failure);
  }
  [[nodiscard]] static std::size_t storage_align(std::size_t align) { return NEBULA_POOL_STORAGE_ALIGN(align); }
  /// The plan is the configuration itself: it is validated by the function that creates.
  [[nodiscard]] result<c_pool_config> validate() const { return *this; }
};

template <class Api>
class c_basic_pool : public c_allocator<Api> {
public:
  using atomics_type = typename Api::atomics_type;

  explicit c_basic_pool(const c_pool_config& config) : c_allocator<Api>(config.hook) {
    this->create(nebula_pool_config{{config.storage.data, config.storage.size},
                                    config.block_size_bytes,
                                    config.block_align_bytes,
                                    config.block_count,
                                    this->hook_for_c(),
                                    static_cast<std::uint8_t>(config.level),
                                    0});
  }

  using c_allocator<Api>::deallocate;
  [[nodiscard]] result<void> deallocate(std::byte* block) {
    return from_c(Api::deallocate_without_layout(this->object(), block));
  }
  [[nodiscard]] result<void> deallocate(block_handle handle) {
    return from_c(Api::deallocate_handle(this->object(), c_handle_of(handle)));
  }
  [[nodiscard]] result<block_handle> handle_of(const std::byte* block) const {
    nebula_block_handle made{};
    const nebula_error failure = Api::handle_of(this->object(), block, &made);
    return this->had(failure, block_handle{made.slot, made.generation});
  }
  [[nodiscard]] result<std::byte*> resolve(block_handle handle) const {
    void* block = &block;
    const nebula_error failure = Api::resolve(this->object(), c_handle_of(handle), &block);
    return this->had(failure, static_cast<std::byte*>(block));
  }
  [[nodiscard]] byte_span block_bytes() const {
    const nebula_byte_span bytes = Api::block_bytes(this->object());
    return {static_cast<std::byte*>(bytes.data), bytes.size};
  }

private:
  /// The driver carries handles about and looks at nothing in them.
  [[nodiscard]] static nebula_block_handle c_handle_of(block_handle handle) {
    return {handle.index, handle.generation};
  }
};

// clang-format off
#define NEBULA_C_POOL_FUNCTIONS(kind)                                                     \
  NEBULA_C_FUNCTIONS(kind);                                                               \
  static constexpr auto deallocate_without_layout = nebula_##kind##_deallocate_without_layout; \
  static constexpr auto deallocate_handle = nebula_##kind##_deallocate_handle;            \
  static constexpr auto handle_of = nebula_##kind##_handle_of;                            \
  static constexpr auto resolve = nebula_##kind##_resolve;                                \
  static constexpr auto block_bytes = nebula_##kind##_block_bytes
// clang-format on

struct c_pool_functions {
  NEBULA_C_POOL_FUNCTIONS(pool);
  using atomics_type = pool_allocator::atomics_type;
};
struct c_local_pool_functions {
  NEBULA_C_POOL_FUNCTIONS(local_pool);
  using atomics_type = plain_atomics;
};
using c_pool = c_basic_pool<c_pool_functions>;
using c_local_pool = c_basic_pool<c_local_pool_functions>;

/// What a segregated allocator is to be, as the C++ configuration has it.
template <class Api>
struct c_segregated_config {
  byte_span storage{};
  const size_class* classes = nullptr;
  std::size_t class_count = 0;
  std::size_t fallback_classes = 0;
  fault_hook hook{};
  check_level level = check_level::standard;

  [[nodiscard]] static result<std::size_t> storage_bytes(const size_class* classes, std::size_t count,
                                                         check_level level = check_level::standard) {
    const std::vector<nebula_size_class> copies = classes_for_c(classes, count);
    const nebula_segregated_config config{{}, copies.data(), count, 0, {}, static_cast<std::uint8_t>(level)};
    std::size_t bytes = 0;
    const error failure = from_c(Api::storage_bytes(&config, &bytes));
    return failure.code == error_code::none ? result<std::size_t>(bytes) : result<std::size_t>(failure);
  }
  [[nodiscard]] result<c_segregated_config> validate() const { return *this; }

  [[nodiscard]] static std::vector<nebula_size_class> classes_for_c(const size_class* classes, std::size_t count) {
    std::vector<nebula_size_class> copies;
    for (std::size_t index = 0; index < count; ++index) {
      copies.push_back({classes[index].block_size_bytes, classes[index].block_align_bytes, classes[index].block_count});
    }
    return copies;
  }
};

template <class Api>
class c_basic_segregated : public c_allocator<Api> {
public:
  using atomics_type = typename Api::atomics_type;
  using config_type = c_segregated_config<Api>;

  explicit c_basic_segregated(const config_type& config) : c_allocator<Api>(config.hook) {
    const std::vector<nebula_size_class> classes = config_type::classes_for_c(config.classes, config.class_count);
    this->create(nebula_segregated_config{{config.storage.data, config.storage.size},
                                          classes.data(),
                                          classes.size(),
                                          config.fallback_classes,
                                          this->hook_for_c(),
                                          static_cast<std::uint8_t>(config.level)});
  }

  using c_allocator<Api>::deallocate;
  [[nodiscard]] result<void> deallocate(std::byte* block) {
    return from_c(Api::deallocate_without_layout(this->object(), block));
  }

  /// What is asked of the pool of a class.
  struct class_view {
    byte_span bytes;
    [[nodiscard]] byte_span block_bytes() const { return bytes; }
  };
  [[nodiscard]] class_view pool(std::size_t index) const {
    nebula_byte_span blocks{};
    static_cast<void>(from_c(Api::class_bytes(this->object(), index, &blocks)));
    return {{static_cast<std::byte*>(blocks.data), blocks.size}};
  }
};

// clang-format off
#define NEBULA_C_SEGREGATED_FUNCTIONS(kind)                                               \
  NEBULA_C_FUNCTIONS(kind);                                                               \
  static constexpr auto storage_bytes = nebula_##kind##_storage_bytes;                    \
  static constexpr auto deallocate_without_layout = nebula_##kind##_deallocate_without_layout; \
  static constexpr auto class_bytes = nebula_##kind##_class_bytes
// clang-format on

struct c_segregated_functions {
  NEBULA_C_SEGREGATED_FUNCTIONS(segregated);
  using atomics_type = segregated_allocator::atomics_type;
};
struct c_local_segregated_functions {
  NEBULA_C_SEGREGATED_FUNCTIONS(local_segregated);
  using atomics_type = plain_atomics;
};
using c_segregated = c_basic_segregated<c_segregated_functions>;
using c_local_segregated = c_basic_segregated<c_local_segregated_functions>;

} // namespace nebula::verify

#undef NEBULA_C_POOL_FUNCTIONS
#undef NEBULA_C_SEGREGATED_FUNCTIONS
#undef NEBULA_C_FUNCTIONS
