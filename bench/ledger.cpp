// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "bench/ledger.hpp"

#include <cstring>
#include <iterator>
#include <utility>

namespace nebula::bench {
namespace {

void fill(std::uintptr_t begin, std::uintptr_t end, std::uint64_t word) {
  for (std::uintptr_t place = begin; place + sizeof(word) <= end; place += sizeof(word)) {
    std::memcpy(reinterpret_cast<void*>(place), &word, sizeof(word));
  }
}

bool is_filled(std::uintptr_t begin, std::uintptr_t end, std::uint64_t word) {
  for (std::uintptr_t place = begin; place + sizeof(word) <= end; place += sizeof(word)) {
    std::uint64_t found = 0;
    std::memcpy(&found, reinterpret_cast<const void*>(place), sizeof(found));
    if (found != word) {
      return false;
    }
  }
  return true;
}

} // namespace

void ledger::complain(const std::string& what) {
  if (complaint_.empty()) {
    complaint_ = what;
  }
}

void ledger::check_contents(entries::const_iterator live) {
  if (live->second.word != 0 && !is_filled(live->first, live->second.end, live->second.word)) {
    complain("a live block does not hold what was written into it");
  }
}

void ledger::enter_as(std::uintptr_t begin, std::size_t bytes, std::uint64_t word) {
  if (begin == 0 || begin % alignof(std::uint64_t) != 0) {
    complain("a block is null or misaligned");
    return;
  }
  const auto above = live_.lower_bound(begin);
  const bool reaches_above = above != live_.end() && above->first < begin + bytes;
  const bool begins_inside = above != live_.begin() && std::prev(above)->second.end > begin;
  if (reaches_above || begins_inside) {
    complain("a block is handed out twice, or overlaps another live block");
  }
  ++last_word_;
  live_.insert_or_assign(begin, entry{begin + bytes, word});
}

void ledger::enter(void* block, std::size_t bytes) {
  const std::lock_guard<std::mutex> locked(guard_);
  const auto begin = reinterpret_cast<std::uintptr_t>(block);
  const std::uint64_t word = last_word_ + 1;
  enter_as(begin, bytes, word);
  if (last_word_ == word) {
    fill(begin, begin + bytes, word);
  }
}

void ledger::lend(void* block, std::size_t bytes) {
  const std::lock_guard<std::mutex> locked(guard_);
  enter_as(reinterpret_cast<std::uintptr_t>(block), bytes, 0);
}

void ledger::remove(const void* block) {
  const std::lock_guard<std::mutex> locked(guard_);
  const auto live = live_.find(reinterpret_cast<std::uintptr_t>(block));
  if (live == live_.end()) {
    complain("a block is freed that is not live");
    return;
  }
  check_contents(live);
  live_.erase(live);
}

void ledger::remove_all() {
  const std::lock_guard<std::mutex> locked(guard_);
  for (auto live = live_.cbegin(); live != live_.cend(); ++live) {
    check_contents(live);
  }
  live_.clear();
}

void ledger::expect_live() {
  const std::lock_guard<std::mutex> locked(guard_);
  live_at_end_ = true;
}

void ledger::add(std::size_t amount) {
  const std::lock_guard<std::mutex> locked(guard_);
  last_word_ += amount;
}

std::string ledger::verdict(std::size_t expected) const {
  if (!complaint_.empty()) {
    return complaint_;
  }
  if (last_word_ != expected) {
    return "allocated " + std::to_string(last_word_) + " blocks instead of " + std::to_string(expected);
  }
  return live_.empty() || live_at_end_ ? std::string{} : std::to_string(live_.size()) + " blocks have not been freed";
}

} // namespace nebula::bench
