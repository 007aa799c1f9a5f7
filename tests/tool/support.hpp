// SPDX-License-Identifier: Apache-2.0 OR MIT
// What the tool tests share: a scratch directory, running commands, making and reading traces.
#pragma once

#include <sys/wait.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/trace/reader.hpp"
#include "tools/trace/writer.hpp"

namespace nebula::tool_test {

class scratch_directory {
public:
  scratch_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "nebula-tool-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no scratch directory: " + name);
    path_ = name;
  }
  ~scratch_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;
  scratch_directory(scratch_directory&&) = delete;
  scratch_directory& operator=(scratch_directory&&) = delete;

  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::string& path) {
  const std::vector<std::uint8_t> bytes = trace::read_file(path);
  return {bytes.begin(), bytes.end()};
}

inline void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream out(path, std::ios::binary);
  for (const std::uint8_t byte : bytes) out.put(static_cast<char>(byte));
}

struct command_result {
  int status; // 128 + n iff signal n ended it
  std::string output;
  std::string errors;
};

/// Runs a shell command.
inline command_result run(const std::string& command) {
  const scratch_directory scratch;
  const std::string line =
      "{ " + command + " ; } >" + scratch.file("out") + " 2>" + scratch.file("err") + " </dev/null";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(scratch.file("out")),
          read_text(scratch.file("err"))};
}

inline trace::event birth(std::uint64_t address, std::uint64_t size, trace::event_kind kind = trace::event_kind::malloc,
                          std::uint64_t alignment = 0) {
  return {0, address, size, 0, alignment, kind, false};
}
inline trace::event release(std::uint64_t address, trace::event_kind kind = trace::event_kind::free) {
  return {0, address, 0, 0, 0, kind, false};
}

inline trace::trace_writer random_trace(unsigned seed) {
  std::mt19937_64 random(seed);
  trace::trace_writer writer;
  std::vector<std::uint64_t> live;
  std::uint64_t next = 0x10000;
  for (int step = 0; step < 3000; ++step) {
    const auto thread = static_cast<std::uint32_t>(random() % 4);
    const std::uint64_t choice = random() % 10;
    const std::uint64_t size = random() % (std::uint64_t{1} << (random() % 14));
    if (live.empty() || choice < 5) {
      next += 0x100000;
      live.push_back(next);
      const bool is_aligned = choice < 2;
      writer.add(thread, birth(next, size, is_aligned ? trace::event_kind::memalign : trace::event_kind::malloc,
                               is_aligned ? std::uint64_t{1} << (random() % 13) : 0));
      continue;
    }
    const std::size_t at = random() % live.size();
    if (choice < 7) {
      writer.add(thread, release(live[at], trace::event_kind::realloc_begin));
      next += 0x100000;
      live[at] = next;
      writer.add(thread, birth(next, size + 1, trace::event_kind::realloc_end));
    } else {
      writer.add(thread, release(live[at]));
      live.erase(live.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  return writer;
}

struct threaded_event {
  std::uint32_t thread_index;
  trace::event item;
};

/// Every event of a file, in order.
inline std::vector<threaded_event> read_events(const std::vector<std::uint8_t>& bytes,
                                               trace::cut_files cut = trace::cut_files::refuse) {
  const trace::trace_image image(bytes, cut);
  trace::event_reader reader(image);
  std::vector<threaded_event> events;
  trace::event item{};
  std::size_t thread = 0;
  while (reader.next(item, thread)) events.push_back({image.threads()[thread].index, item});
  return events;
}

inline bool is_same(const threaded_event& left, const threaded_event& right) {
  return left.thread_index == right.thread_index && left.item.sequence == right.item.sequence &&
         left.item.address == right.item.address && left.item.size == right.item.size &&
         left.item.count == right.item.count && left.item.alignment == right.item.alignment &&
         left.item.kind == right.item.kind && left.item.failed == right.item.failed;
}

} // namespace nebula::tool_test
