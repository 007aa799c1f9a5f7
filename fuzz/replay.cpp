// SPDX-License-Identifier: Apache-2.0 OR MIT
// A fuzz target's main() where there is no libFuzzer: runs the target on each file, and each file of each folder, that
// is named. Each input gets memory of exactly its size, so that reading past its end shows. With --repeat N, all of them
// N times, and how many programs a second of processor time those were.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_in(std::span<char* const> arguments) {
  std::vector<fs::path> inputs;
  for (const char* const argument : arguments) {
    if (fs::is_directory(argument)) {
      for (const fs::directory_entry& entry : fs::recursive_directory_iterator(argument)) {
        if (entry.is_regular_file()) {
          inputs.push_back(entry.path());
        }
      }
    } else {
      inputs.emplace_back(argument);
    }
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

struct input {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t size;
};

std::optional<input> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    std::fprintf(stderr, "%s: cannot be read\n", path.string().c_str());
    return std::nullopt;
  }
  input exact{std::unique_ptr<std::uint8_t[]>(new std::uint8_t[bytes.size()]), bytes.size()};
  std::transform(bytes.begin(), bytes.end(), exact.bytes.get(),
                 [](char each) { return static_cast<std::uint8_t>(each); });
  return exact;
}

void repeat(std::span<const input> inputs, std::uint64_t times) {
  const std::clock_t begin = std::clock();
  for (std::uint64_t turn = 0; turn < times; ++turn) {
    for (const input& each : inputs) {
      LLVMFuzzerTestOneInput(each.bytes.get(), each.size);
    }
  }
  const double taken = static_cast<double>(std::clock() - begin) / static_cast<double>(CLOCKS_PER_SEC);
  const double programs = static_cast<double>(times) * static_cast<double>(inputs.size());
  std::printf("%.0f programs in %.3f s of processor time: %.0f per second\n", programs, taken, programs / taken);
}

/// The N of --repeat N; nothing iff it is no number from 1.
std::optional<std::uint64_t> times_of(std::string_view text) {
  std::uint64_t times = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), times);
  const bool is_number = failure == std::errc() && end == text.data() + text.size() && times != 0;
  return is_number ? std::optional(times) : std::nullopt;
}

int run(const char* program, std::span<char* const> arguments) {
  std::uint64_t times = 0;
  if (!arguments.empty() && std::string_view(arguments[0]) == "--repeat") {
    const std::optional<std::uint64_t> wanted = arguments.size() > 1 ? times_of(arguments[1]) : std::nullopt;
    if (!wanted) {
      std::fprintf(stderr, "--repeat is followed by '%s'; it must be a number from 1\n",
                   arguments.size() > 1 ? arguments[1] : "");
      return 2;
    }
    times = *wanted;
    arguments = arguments.subspan(2);
  }
  std::vector<input> inputs;
  bool all_read = true;
  for (const fs::path& path : inputs_in(arguments)) {
    std::optional<input> exact = read(path);
    all_read = all_read && exact;
    if (exact) {
      inputs.push_back(*std::move(exact));
      LLVMFuzzerTestOneInput(inputs.back().bytes.get(), inputs.back().size);
    }
  }
  if (inputs.empty()) {
    std::fprintf(stderr, "usage: %s [--repeat N] FILE-OR-FOLDER…\nno input was found\n", program);
    return 2;
  }
  std::printf("%zu inputs replayed\n", inputs.size());
  if (times != 0) {
    repeat(inputs, times);
  }
  return all_read ? 0 : 2;
}

} // namespace

int main(int argument_count, char** arguments) {
  try {
    return run(arguments[0], std::span(arguments + 1, static_cast<std::size_t>(argument_count - 1)));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "%s: %s\n", arguments[0], failure.what());
    return 2;
  }
}
