// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace nebula::bench {

/// What is live in one column, by address: finds a block that is handed out twice or overlaps another one, contents that
/// have changed, and a column that has done less than its scenario says. For any number of threads.
class ledger {
public:
  /// A block is live from now on; fills it with a word of its own.
  void enter(void* block, std::size_t bytes);
  /// The same for a block whose contents are the scenario's own, and looked at by it.
  void lend(void* block, std::size_t bytes);
  /// The block is about to be freed: it must be live, and hold what was written.
  void remove(const void* block);
  /// All blocks are about to be given back.
  void remove_all();
  /// Blocks that are live at the end are as they should be.
  void expect_live();
  /// So much work has been done without a block.
  void add(std::size_t amount);

  /// The first thing that was wrong, else empty; wrong, too, iff not as many blocks as expected have been entered, or a block is
  /// still live.
  [[nodiscard]] std::string verdict(std::size_t expected) const;

private:
  struct entry {
    std::uintptr_t end = 0;
    std::uint64_t word = 0; ///< what it is filled with; 0 iff it is lent
  };
  using entries = std::map<std::uintptr_t, entry>;

  void complain(const std::string& what);
  void enter_as(std::uintptr_t begin, std::size_t bytes, std::uint64_t word);
  void check_contents(entries::const_iterator live);

  std::mutex guard_;
  entries live_;
  std::uint64_t last_word_ = 0;
  bool live_at_end_ = false;
  std::string complaint_;
};

} // namespace nebula::bench
