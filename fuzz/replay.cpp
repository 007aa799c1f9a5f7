// SPDX-License-Identifier: Apache-2.0 OR MIT
// A fuzz target's main() where there is no libFuzzer: runs the target on each file, and each file of each folder, that
// is named. Each input gets memory of exactly its size, so that reading past its end shows.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_in(int argument_count, char** arguments) {
  std::vector<fs::path> inputs;
  for (int index = 1; index < argument_count; ++index) {
    if (fs::is_directory(arguments[index])) {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(arguments[index])) {
        if (entry.is_regular_file()) {
          inputs.push_back(entry.path());
        }
      }
    } else {
      inputs.emplace_back(arguments[index]);
    }
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

bool replay(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    std::fprintf(stderr, "%s: cannot be read\n", path.string().c_str());
    return false;
  }
  const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[bytes.size()]);
  std::transform(bytes.begin(), bytes.end(), exact.get(), [](char each) { return static_cast<std::uint8_t>(each); });
  LLVMFuzzerTestOneInput(exact.get(), bytes.size());
  return true;
}

} // namespace

int main(int argument_count, char** arguments) {
  try {
    const std::vector<fs::path> inputs = inputs_in(argument_count, arguments);
    if (inputs.empty()) {
      std::fprintf(stderr, "usage: %s FILE-OR-FOLDER…\nno input was found\n", arguments[0]);
      return 2;
    }
    const bool all_read = std::all_of(inputs.begin(), inputs.end(), replay);
    std::printf("%zu inputs replayed\n", inputs.size());
    return all_read ? 0 : 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", arguments[0], failure.what());
    return 2;
  }
}
