// SPDX-License-Identifier: Apache-2.0 OR MIT
// A broken twin: divides as the language does, which takes a library where the processor has no instruction for it.
#include <cstddef>

#include <nebula/kernel.hpp>

namespace nebula {

std::size_t divides(std::size_t dividend, std::size_t divisor);
std::size_t divides(std::size_t dividend, std::size_t divisor) { return dividend / divisor; }

} // namespace nebula
