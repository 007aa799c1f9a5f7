// SPDX-License-Identifier: Apache-2.0 OR MIT
// A fuzz target's main() where there is no libFuzzer: runs the target on each file, and each file of each folder, that
// is named. Each input gets memory of exactly its size, so that reading past its end shows. With --repeat N, all of them
// N times, and how many programs a second of processor time those were.
//
// Files by the C library alone: MemorySanitizer sees what that writes, and not what the C++ library's compiled part does.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using path = std::vector<char>; // ends with a zero byte

path path_of(const char* text) { return {text, text + std::strlen(text) + 1}; }

path inside(const path& folder, const char* name) {
  path whole(folder.begin(), folder.end() - 1);
  whole.push_back('/');
  whole.insert(whole.end(), name, name + std::strlen(name) + 1);
  return whole;
}

struct closed_folder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
struct closed_file {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

/// Appends the file, or the files of the folder and of the folders in it.
void append_inputs(path from, std::vector<path>& inputs) {
  std::vector<path> folders;
  struct stat found{};
  if (::stat(from.data(), &found) != 0 || !S_ISDIR(found.st_mode)) {
    inputs.push_back(std::move(from)); // whatever it is: reading it says whether it can be read
    return;
  }
  folders.push_back(std::move(from));
  while (!folders.empty()) {
    const path folder = std::move(folders.back());
    folders.pop_back();
    const std::unique_ptr<DIR, closed_folder> opened(::opendir(folder.data()));
    for (const dirent* entry = opened ? ::readdir(opened.get()) : nullptr; entry != nullptr;
         entry = ::readdir(opened.get())) {
      if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) {
        continue;
      }
      path each = inside(folder, entry->d_name);
      if (::stat(each.data(), &found) != 0) {
        continue;
      }
      if (S_ISDIR(found.st_mode)) {
        folders.push_back(std::move(each));
      } else if (S_ISREG(found.st_mode)) {
        inputs.push_back(std::move(each));
      }
    }
  }
}

std::vector<path> inputs_in(std::span<char* const> arguments) {
  std::vector<path> inputs;
  for (const char* const argument : arguments) {
    append_inputs(path_of(argument), inputs);
  }
  std::sort(inputs.begin(), inputs.end(),
            [](const path& left, const path& right) { return std::strcmp(left.data(), right.data()) < 0; });
  return inputs;
}

struct input {
  std::unique_ptr<std::uint8_t[]> bytes;
  std::size_t size;
};

std::optional<input> read(const path& from) {
  const std::unique_ptr<std::FILE, closed_file> file(std::fopen(from.data(), "rb"));
  std::vector<std::uint8_t> bytes;
  std::uint8_t piece[4096];
  std::size_t count = 0;
  do {
    count = file ? std::fread(piece, 1, sizeof piece, file.get()) : 0;
    bytes.insert(bytes.end(), piece, piece + count);
  } while (count != 0);
  if (!file || std::ferror(file.get()) != 0) {
    std::fprintf(stderr, "%s: cannot be read\n", from.data());
    return std::nullopt;
  }
  input exact{std::unique_ptr<std::uint8_t[]>(new std::uint8_t[bytes.size()]), bytes.size()};
  std::copy(bytes.begin(), bytes.end(), exact.bytes.get());
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
  for (const path& each : inputs_in(arguments)) {
    std::optional<input> exact = read(each);
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
