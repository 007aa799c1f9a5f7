// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerate.hpp"

namespace {
struct alignas(2) four_bytes {
  std::byte bytes[4];
};
} // namespace

// Blocks of three bytes in a storage, of four inside the object.
int main() {
  using nebula::verify::pool_subject;
  using static_subject = nebula::verify::basic_static_pool_subject<nebula::static_pool<four_bytes, 2>, four_bytes, 2>;
  const auto space = nebula::exhaustive::spaces::pool(12);
  return nebula::exhaustive::enumerate_main<pool_subject>(space, 52640125364) +
         nebula::exhaustive::enumerate_main<static_subject>(space, 34843966016);
}
