// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/c/segregated.h>
#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/segregated_allocator.hpp>

/// What the C functions of the two segregated allocators have in common.
namespace nebula::c_api {

/// The classes of a C configuration, copied to be of the C++ type. Null iff they are null; those beyond the most that
/// there may be are left out, for the count alone is then refused.
class size_classes {
public:
  size_classes(const nebula_size_class* classes, std::size_t count) noexcept : is_there_(classes != nullptr) {
    const std::size_t copied = is_there_ && count <= size_class_table::class_count_max ? count : 0;
    for (std::size_t index = 0; index < copied; ++index) {
      copies_[index] = {classes[index].block_size_bytes, classes[index].block_align_bytes, classes[index].block_count};
    }
  }
  [[nodiscard]] const size_class* first() const noexcept { return is_there_ ? copies_ : nullptr; }

private:
  size_class copies_[size_class_table::class_count_max] = {};
  bool is_there_;
};

/// What `look` sees in the pool of a class; foreign_pointer iff there is no such class.
template <class Counting, class Look>
[[nodiscard]] auto of_class(const Counting& segregated, std::size_t index, Look look) noexcept NEBULA_NONBLOCKING
    -> result<decltype(look(segregated.pool(index)))> {
  if (NEBULA_UNLIKELY(index >= segregated.class_count())) {
    return segregated.misuse(error_code::foreign_pointer, operation::none, nullptr);
  }
  return look(segregated.pool(index));
}

} // namespace nebula::c_api
