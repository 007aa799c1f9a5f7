// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace nebula::services::test {

struct workload {
  std::string name;
  std::vector<std::uint64_t> keys;
};

/// Any key of so many, each as likely.
inline workload uniform_keys(std::size_t count, std::size_t key_count, std::uint32_t seed) {
  workload made{"random", {}};
  std::mt19937 lots(seed);
  for (std::size_t at = 0; at < count; ++at) {
    made.keys.push_back(lots() % key_count);
  }
  return made;
}
/// The n-th most popular key as often as 1 / n.
inline workload zipf_keys(std::size_t count, std::size_t key_count, std::uint32_t seed) {
  workload made{"Zipf", {}};
  std::vector<double> sums;
  double sum = 0;
  for (std::size_t rank = 1; rank <= key_count; ++rank) {
    sums.push_back(sum += 1.0 / static_cast<double>(rank));
  }
  std::mt19937 lots(seed);
  for (std::size_t at = 0; at < count; ++at) {
    const double lot = sum * (static_cast<double>(lots()) / 4294967296.0);
    const auto rank = std::lower_bound(sums.begin(), sums.end(), lot) - sums.begin();
    made.keys.push_back(static_cast<std::uint64_t>(rank) * 7919 % 1'000'003);
  }
  return made;
}
/// Popular keys, and now and then a scan through many that come once.
inline workload scans(std::size_t count, std::size_t key_count, std::uint32_t seed) {
  workload made = zipf_keys(count, key_count, seed);
  made.name = "Zipf and scans";
  std::uint64_t next = 2'000'000;
  for (std::size_t at = 0; at < count; ++at) {
    if (at % 2000 >= 1500) {
      made.keys[at] = next++;
    }
  }
  return made;
}
/// The same keys in the same order, again and again.
inline workload loop(std::size_t count, std::size_t key_count) {
  workload made{"loop", {}};
  for (std::size_t at = 0; at < count; ++at) {
    made.keys.push_back(at % key_count);
  }
  return made;
}
/// What record_blocks.py wrote; no keys iff it cannot be read.
inline workload recorded(const std::string& name, const std::string& path) {
  workload made{name, {}};
  std::ifstream from(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(from)), std::istreambuf_iterator<char>());
  for (std::size_t at = 0; at + 1 < bytes.size(); at += 2) {
    made.keys.push_back(static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at])) |
                        static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at + 1])) << 8U);
  }
  return made;
}

} // namespace nebula::services::test
