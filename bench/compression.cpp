// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a compressed store makes of files: how much smaller they become, and how fast that goes, both ways, by the store's own statistics.
// Files are cut into values. docs/services/compression.md shows the figures; bench/compression_chart.py draws them.
//
//   compression_bench [--value BYTES] [--rounds N] FILE…     one line of JSON for each file
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include <nebula/services/compression/compressed_store.hpp>

namespace {

namespace services = nebula::services;

struct figures {
  double ratio = 0;          ///< by bytes
  double blocks_ratio = 0;   ///< by the blocks that they take
  double compress_mib_s = 0; ///< the best of the rounds
  double decompress_mib_s = 0;
};

double rate(std::uint64_t bytes, std::uint64_t nanoseconds) {
  return nanoseconds == 0 ? 0 : static_cast<double>(bytes) * 1e9 / static_cast<double>(nanoseconds) / (1024.0 * 1024.0);
}

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "compression_bench: %s\n", what.c_str());
  std::exit(2);
}

figures measure(const std::vector<std::byte>& file, std::size_t value_bytes, unsigned rounds) {
  services::compressed_store_config config;
  config.value_count_max = file.size() / value_bytes + 1;
  config.value_max_bytes = value_bytes;
  config.block_count = file.size() / config.block_bytes + config.value_count_max;
  std::vector<std::byte> storage(services::compressed_store_config::storage_bytes(config).value());
  std::vector<std::byte> buffer(value_bytes);
  figures best;
  for (unsigned round = 0; round < rounds; ++round) {
    config.storage = {storage.data(), storage.size()};
    services::compressed_store store(config.validate().value());
    std::vector<services::compressed_handle> handles;
    for (std::size_t at = 0; at < file.size(); at += value_bytes) {
      const auto kept = store.put(std::span(file).subspan(at, std::min(value_bytes, file.size() - at)));
      if (!kept) {
        give_up("a value was refused");
      }
      handles.push_back(kept.value());
    }
    std::size_t at = 0;
    for (const services::compressed_handle handle : handles) {
      const auto size = store.get(handle, buffer);
      if (!size || !std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size.value()),
                               file.begin() + static_cast<std::ptrdiff_t>(at))) {
        give_up("another value came back");
      }
      at += size.value();
    }
    const services::compression_statistics seen = store.statistics();
    best.ratio = seen.ratio();
    best.blocks_ratio =
        static_cast<double>(seen.original_bytes) / static_cast<double>(seen.blocks_used * config.block_bytes);
    best.compress_mib_s = std::max(best.compress_mib_s, rate(seen.compressed_bytes, seen.compress_nanoseconds));
    best.decompress_mib_s = std::max(best.decompress_mib_s, rate(seen.decompressed_bytes, seen.decompress_nanoseconds));
  }
  return best;
}

std::vector<std::byte> contents_of(const std::string& name) {
  std::FILE* const stream = std::fopen(name.c_str(), "rb");
  if (stream == nullptr) {
    give_up(name + " cannot be opened");
  }
  std::vector<std::byte> contents;
  std::byte piece[4096];
  for (std::size_t read = 1; read != 0;) {
    read = std::fread(piece, 1, sizeof piece, stream);
    contents.insert(contents.end(), piece, piece + read);
  }
  const bool is_broken = std::ferror(stream) != 0;
  std::fclose(stream);
  if (is_broken || contents.empty()) {
    give_up(name + " cannot be read, or is empty");
  }
  return contents;
}

unsigned long number_after(int& index, int count, char** arguments) {
  ++index;
  char* end = nullptr;
  const unsigned long number = index < count ? std::strtoul(arguments[index], &end, 10) : 0;
  if (number == 0 || *end != '\0') {
    give_up(std::string(arguments[index - 1]) + " takes a whole number above 0");
  }
  return number;
}

} // namespace

int main(int count, char** arguments) {
  std::size_t value_bytes = std::size_t{64} * 1024;
  unsigned rounds = 9;
  for (int index = 1; index < count; ++index) {
    const std::string name = arguments[index];
    if (name == "--value") {
      value_bytes = number_after(index, count, arguments);
      continue;
    }
    if (name == "--rounds") {
      rounds = static_cast<unsigned>(number_after(index, count, arguments));
      continue;
    }
    const std::vector<std::byte> file = contents_of(name);
    const figures found = measure(file, value_bytes, rounds);
    std::printf(
        "{\"file\": \"%s\", \"bytes\": %zu, \"value_bytes\": %zu, \"ratio\": %.2f, \"blocks_ratio\": %.2f, "
        "\"compress_mib_s\": %.0f, \"decompress_mib_s\": %.0f}\n",
        name.c_str(), file.size(), value_bytes, found.ratio, found.blocks_ratio, found.compress_mib_s,
        found.decompress_mib_s);
  }
  return 0;
}
