// SPDX-License-Identifier: Apache-2.0 OR MIT
// Does a trace's operations on an allocator, and checks what comes of it. A template over the allocator: the tests run
// it on broken ones, which it must catch.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include <nebula/kernel.hpp>

#include "tools/replay/plan.hpp"
#include "tools/trace/blocks.hpp"

namespace nebula::replay {

/// What went wrong. A replay is intact iff all of these are 0.
struct findings {
  std::uint64_t refused = 0;           // allocations that were refused
  std::uint64_t misuse = 0;            // frees that the allocator, or the trace itself, calls wrong
  std::uint64_t corruption = 0;        // calls and walks that found a broken invariant
  std::uint64_t damaged_blocks = 0;    // contents not as they were written
  std::uint64_t misplaced_blocks = 0;  // misaligned, or outside of the allocator
  std::uint64_t accounting_errors = 0; // state() not back to nothing used at the end

  [[nodiscard]] bool is_intact() const noexcept {
    return refused + misuse + corruption + damaged_blocks + misplaced_blocks + accounting_errors == 0;
  }
};

enum class contents : std::uint8_t { verified, untouched };

/// Contents that depend on the block and the place in it, so that a byte of another block, or of another place, shows.
class block_pattern {
public:
  explicit block_pattern(std::uint64_t block_id) noexcept : seed_((block_id + 1) * 0x9e3779b97f4a7c15U) {}

  /// Fills [from, size) of a block.
  void fill(std::byte* data, std::size_t from, std::size_t size) const noexcept {
    if (const std::size_t within = from % word_bytes; within != 0 && from < size) {
      const std::size_t bytes = std::min(word_bytes - within, size - from);
      const std::uint64_t word = word_at(from) >> (8 * within);
      std::memcpy(data + from, &word, bytes);
      from += bytes;
    }
    std::uint64_t word = word_at(from);
    for (; from + word_bytes <= size; from += word_bytes, word += step) {
      std::memcpy(data + from, &word, word_bytes);
    }
    if (from < size) {
      std::memcpy(data + from, &word, size - from);
    }
  }
  /// Whether [0, size) of a block is as fill left it.
  [[nodiscard]] bool matches(const std::byte* data, std::size_t size) const noexcept {
    std::uint64_t difference = 0;
    std::uint64_t expected = word_at(0);
    std::size_t at = 0;
    for (; size - at >= word_bytes; at += word_bytes, expected += step) {
      std::uint64_t word = 0;
      std::memcpy(&word, data + at, word_bytes);
      difference |= word ^ expected;
    }
    return difference == 0 && std::memcmp(data + at, &expected, size - at) == 0;
  }

private:
  static constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  // From word to word another number than from block to block: no block looks like its neighbour, moved by a few words.
  static constexpr std::uint64_t step = 0xbf58476d1ce4e5b9U;

  [[nodiscard]] std::uint64_t word_at(std::size_t offset) const noexcept {
    return seed_ + (offset / word_bytes) * step;
  }
  std::uint64_t seed_;
};

/// Not for several threads at a time; they may take turns.
template <class Allocator>
class engine {
public:
  engine(Allocator& allocator, std::size_t slot_count, contents mode)
      : allocator_(allocator), held_(slot_count), mode_(mode) {}

  void perform(const trace::operation& item) {
    switch (item.kind) {
    case trace::operation_kind::allocate:
      held_[item.slot] = allocate(replayed_layout(item.size, item.alignment), item.block_id, 0);
      break;
    case trace::operation_kind::release: release(held_[item.slot]); break;
    case trace::operation_kind::reallocate: reallocate(held_[item.slot], item); break;
    case trace::operation_kind::release_dead: release_dead(held_[item.slot], item.block_id); break;
    case trace::operation_kind::none:
    case trace::operation_kind::release_unknown: break;
    }
  }

  void check_invariants() {
    ++invariant_walks_;
    found_.corruption += allocator_.check_invariants().has_value() ? 0U : 1U;
  }

  /// Verifies and frees what lives still; then nothing may be in use.
  void finish() {
    for (held_block& block : held_) {
      if (block.is_live) {
        release(block);
      }
    }
    check_invariants();
    const allocator_state state = allocator_.state();
    if (state.used_bytes != 0 || state.live_blocks != 0 || state.available_bytes != state.capacity_bytes) {
      ++found_.accounting_errors;
    }
  }

  [[nodiscard]] const findings& found() const noexcept { return found_; }
  [[nodiscard]] std::uint64_t kernel_calls() const noexcept { return kernel_calls_; }
  [[nodiscard]] std::uint64_t verified_bytes() const noexcept { return verified_bytes_; }
  [[nodiscard]] std::uint64_t invariant_walks() const noexcept { return invariant_walks_; }

private:
  struct held_block {
    std::byte* data = nullptr; // null iff its allocation was refused
    layout asked{};
    std::uint64_t id = 0;
    bool is_live = false;
  };

  /// The first `kept_bytes` are the caller's to fill.
  held_block allocate(layout asked, std::uint64_t id, std::size_t kept_bytes) {
    ++kernel_calls_;
    const result<std::byte*> block = allocator_.allocate(asked);
    if (!block.has_value()) {
      count(block.code());
      return {nullptr, asked, id, true};
    }
    if (mode_ == contents::verified) {
      found_.misplaced_blocks += is_well_placed(block.value(), asked) ? 0U : 1U;
      block_pattern(id).fill(block.value(), kept_bytes, asked.size);
    }
    return {block.value(), asked, id, true};
  }

  [[nodiscard]] bool is_well_placed(const std::byte* data, layout asked) const noexcept {
    return reinterpret_cast<std::uintptr_t>(data) % asked.align == 0 && allocator_.owns(data) &&
           allocator_.owns(data + (asked.size - 1));
  }

  void release(held_block& block) {
    block.is_live = false;
    if (block.data == nullptr) {
      return;
    }
    verify(block);
    ++kernel_calls_;
    if (const result<void> freed = allocator_.deallocate(block.data, block.asked); !freed.has_value()) {
      count(freed.code());
    }
  }

  void reallocate(held_block& old, const trace::operation& item) {
    const layout asked = replayed_layout(item.size, item.alignment);
    const bool has_contents = old.data != nullptr && mode_ == contents::verified;
    const std::size_t kept_bytes = !has_contents ? 0 : old.asked.size < asked.size ? old.asked.size : asked.size;
    const held_block moved = allocate(asked, item.block_id, kept_bytes);
    if (moved.data != nullptr && kept_bytes != 0) {
      std::memcpy(moved.data, old.data, kept_bytes);
    }
    release(old);
    old = moved;
  }

  // The program freed a block twice. The allocator is shown it too, unless it is of a kind that cannot tell, or the
  // block's place belongs to another block by now: then the address is good again, and no allocator could tell.
  void release_dead(held_block& dead, std::uint64_t id) {
    constexpr std::uint64_t most_shown = 64; // each costs a search
    const bool is_same = tells_dead_blocks && dead.id == id && !dead.is_live && dead.data != nullptr;
    if (!is_same || shown_double_frees_ >= most_shown || is_held(dead.data)) {
      ++found_.misuse;
      return;
    }
    ++shown_double_frees_;
    ++kernel_calls_;
    const result<void> freed = allocator_.deallocate(dead.data, dead.asked);
    if (freed.has_value()) {
      ++found_.corruption; // a double free went through
    } else {
      count(freed.code());
    }
  }

  [[nodiscard]] bool is_held(const std::byte* data) const noexcept {
    for (const held_block& block : held_) {
      if (block.is_live && block.data == data) {
        return true;
      }
    }
    return false;
  }

  void verify(const held_block& block) {
    if (mode_ == contents::verified) {
      verified_bytes_ += block.asked.size;
      found_.damaged_blocks += block_pattern(block.id).matches(block.data, block.asked.size) ? 0U : 1U;
    }
  }

  void count(error_code code) {
    found_.refused += is_refusal(code) ? 1U : 0U;
    found_.misuse += is_misuse(code) ? 1U : 0U;
    found_.corruption += is_corruption(code) ? 1U : 0U;
  }

  static constexpr bool tells_dead_blocks = [] {
    if constexpr (requires { Allocator::tells_dead_blocks; }) {
      return Allocator::tells_dead_blocks;
    }
    return true;
  }();

  Allocator& allocator_;
  std::vector<held_block> held_; // by slot
  contents mode_;
  findings found_{};
  std::uint64_t kernel_calls_ = 0;
  std::uint64_t verified_bytes_ = 0;
  std::uint64_t invariant_walks_ = 0;
  std::uint64_t shown_double_frees_ = 0;
};

} // namespace nebula::replay
