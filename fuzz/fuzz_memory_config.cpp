// SPDX-License-Identifier: Apache-2.0 OR MIT
// Configurations as hostile text: the same bytes are read as JSON, and, line by line, as variables of an environment. What
// is accepted is valid and is the same when it is written and read again; what is refused says why.
// Target functions, those of these sources:
//   memory_config: services/memory_config_json.cpp services/memory_config_environment.cpp services/memory_config.cpp services/config_failure.cpp
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <nebula/services/memory_config_text.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using namespace nebula::services;

void require(bool holds) {
  if (!holds) std::abort();
}

void judge(const config_outcome<memory_config>& read) {
  if (read.has_value()) {
    require(read.value().validate().has_value());
    const auto text = to_json(read.value());
    require(text.has_value());
    const auto again = read_json(text.value());
    require(again.has_value() && again.value() == read.value());
    return;
  }
  const config_failure& failure = read.failure();
  require(failure.code != config_failure_code::none && failure.code != config_failure_code::out_of_memory);
  char whole[1024];
  const std::size_t length = describe(failure, whole, sizeof whole);
  require(length != 0 && length < sizeof whole);
  for (const char each : std::string_view(whole, length)) { // nothing that a terminal obeys
    require(static_cast<unsigned char>(each) >= 0x20 && each != 0x7F);
  }
  const std::vector<char>::size_type small = 8;
  std::vector<char> cut(small);
  require(describe(failure, cut.data(), small) == length);
  require(std::memcmp(cut.data(), whole, length < small ? length : small - 1) == 0);
}

void read_as_environment(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  std::vector<const char*> environment;
  environment.reserve(lines.size() + 1);
  for (const std::string& line : lines) {
    environment.push_back(line.c_str());
  }
  environment.push_back(nullptr);
  judge(read_environment(memory_config::production(), environment.data()));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<char> exact(data, data + size); // of exactly this size, so that a checker sees one byte more
  const std::string_view text(exact.data(), exact.size());
  judge(read_json(text));
  read_as_environment(text);
  return 0;
}
