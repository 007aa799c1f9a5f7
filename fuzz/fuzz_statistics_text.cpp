// SPDX-License-Identifier: Apache-2.0 OR MIT
// Exporters of any names, each read back by its grammar. Each source is five texts, which a byte 0xFE ends: name, kind, value of a label, help, and
// one whose length is its number. Without a name it is called "-".
// Target functions, those of these sources:
//   statistics_text: services/statistics/statistics_csv.cpp services/statistics/statistics_json.cpp services/statistics/statistics_prometheus.cpp services/statistics/utf8_text.cpp
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/services/statistics/exporter_oracle.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using nebula::services::metric_description;
using nebula::services::test::text_source;

constexpr std::size_t sources_max = 2; // what is beyond is nothing

std::string take_text(std::string_view& bytes) {
  const std::string_view text = bytes.substr(0, bytes.find('\xFE'));
  bytes.remove_prefix(std::min(bytes.size(), text.size() + 1));
  return std::string(text.substr(0, metric_description::text_bytes_max));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all(data, data + size);
  std::string_view bytes = all;
  std::vector<text_source> sources;
  while (!bytes.empty() && sources.size() != sources_max) {
    text_source source;
    source.name = take_text(bytes);
    source.name = source.name.empty() ? "-" : source.name;
    source.kind = take_text(bytes);
    source.label_value = take_text(bytes);
    source.help = take_text(bytes);
    source.value = take_text(bytes).size();
    sources.push_back(source);
  }
  const std::string wrong = nebula::services::test::wrong_with_exporters(sources);
  if (!wrong.empty()) {
    std::fprintf(stderr, "statistics_text: step 0: %s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
