// SPDX-License-Identifier: Apache-2.0 OR MIT
// A histogram beside sorting. Byte 0: precision_bits, modulo 8, of which 7 is 15, which is too many; byte 1: value_bits, modulo 68; byte 2: how many percentiles follow, modulo 8, in three
// bytes each, in thousandths of a percent modulo 100,001; then values, each a byte that says its width in bits, modulo 65, and as many bytes as that
// takes, of which the highest bit is set.
// Target functions, those of these sources:
//   histogram: services/statistics/histogram.cpp include/nebula/services/histogram_layout.hpp
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "tests/services/statistics/histogram_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

/// The next bytes as a number, the first the lowest; 0 where there are none left.
std::uint64_t take(std::span<const std::uint8_t>& bytes, std::size_t count) {
  std::uint64_t number = 0;
  for (std::size_t at = 0; at < count && !bytes.empty(); ++at) {
    number |= std::uint64_t{bytes.front()} << (8 * at);
    bytes = bytes.subspan(1);
  }
  return number;
}

std::uint64_t take_value(std::span<const std::uint8_t>& bytes) {
  const auto width = static_cast<unsigned>(take(bytes, 1) % 65);
  const std::uint64_t number = take(bytes, (width + 7) / 8);
  const std::uint64_t highest = width == 0 ? 0 : std::uint64_t{1} << (width - 1);
  return highest == 0 ? 0 : (number & (highest - 1)) | highest;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::uint8_t> bytes(data, size);
  nebula::services::histogram_layout layout;
  const std::uint64_t precision = take(bytes, 1);
  layout.precision_bits =
      static_cast<unsigned>(precision % 8 == 7 ? 15 : precision % 8); // few buckets, for many inputs
  layout.value_bits = static_cast<unsigned>(take(bytes, 1) % 68);
  std::vector<std::uint32_t> percents(take(bytes, 1) % 8);
  for (std::uint32_t& each : percents) {
    each = static_cast<std::uint32_t>(take(bytes, 3) % 100'001);
  }
  std::vector<std::uint64_t> values;
  while (!bytes.empty()) {
    values.push_back(take_value(bytes));
  }
  const std::string wrong = nebula::services::test::wrong_with_histogram(layout, values, percents);
  if (!wrong.empty()) {
    std::fprintf(stderr, "histogram: step 0: %s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
