// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <nebula/kernel.hpp>

#include "verdict.h"

/// What the programs in C++ have in common.
namespace misuse_corpus {

struct alignas(8) record {
  std::byte bytes[24];
};
inline constexpr nebula::layout record_layout = nebula::layout::of<record>();
inline constexpr std::uint32_t record_count = 4;
using pool = nebula::static_pool<record, record_count>;

/// Says what the wrong call has returned, and hands its value on.
inline void returned(nebula::error failure) {
  ::returned({static_cast<std::uint8_t>(failure.code), static_cast<std::uint8_t>(failure.during),
              static_cast<std::uint8_t>(failure.reporter), static_cast<std::uint8_t>(failure.field)});
}
template <class T>
void returned(const nebula::result<T>& outcome) {
  misuse_corpus::returned(outcome.error());
}

/// What goes before the wrong call must succeed: if it has not, that is the verdict.
template <class T>
T prepared(const nebula::result<T>& outcome) {
  ::prepared({static_cast<std::uint8_t>(outcome.code()), 0, 0, 0});
  if constexpr (!std::is_void_v<T>) {
    return outcome.value();
  }
}

/// `place` and so many bytes, as an address that is not computed as a pointer.
inline std::byte* moved(std::byte* place, std::ptrdiff_t bytes) {
  return reinterpret_cast<std::byte*>(reinterpret_cast<std::uintptr_t>(place) +
                                      static_cast<std::uintptr_t>(bytes)); // NOLINT(performance-no-int-to-ptr)
}

} // namespace misuse_corpus
