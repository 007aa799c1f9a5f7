// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <type_traits>

namespace nebula {

/// True iff an allocator declares `static constexpr bool has_exact_use = true`: it has one owner, its
/// state().used_bytes changes by exactly what the blocks of each call take, and a block takes at most its size, the
/// padding to its alignment, and at the paranoid level a canary. What its blocks take can then be measured. An adaptor
/// is what it adapts.
template <class Allocator, class = void>
struct exact_use : std::false_type {};
template <class Allocator>
struct exact_use<Allocator, std::void_t<decltype(Allocator::has_exact_use)>>
    : std::bool_constant<Allocator::has_exact_use> {};

} // namespace nebula
