// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

/// The ideas that the tests of the flaws hold this kernel against: each the smallest thing that has the one flaw. Calls
/// that threads interleave are cut into the steps between which another thread can run.
namespace nebula::test::flawed {

/// A list of indices whose head carries a tag of so many bits; 0 bits is no tag at all.
template <unsigned TagBits>
class tagged_list {
public:
  struct token {
    std::uint64_t seen;
    std::uint32_t index;
    std::uint32_t next;
  };

  explicit tagged_list(std::uint32_t count) : next_(count) {
    for (std::uint32_t index = 0; index < count; ++index) {
      next_[index] = index + 1;
    }
  }
  [[nodiscard]] token begin_pop() const {
    const auto index = static_cast<std::uint32_t>(head_);
    return {head_, index, next_[index]};
  }
  [[nodiscard]] bool finish_pop(const token& begun) { return exchange(begun.seen, begun.next); }
  std::uint32_t pop() {
    const token begun = begin_pop();
    static_cast<void>(finish_pop(begun));
    return begun.index;
  }
  void push(std::uint32_t index) {
    next_[index] = static_cast<std::uint32_t>(head_);
    static_cast<void>(exchange(head_, index));
  }

private:
  bool exchange(std::uint64_t expected, std::uint32_t index) {
    if (head_ != expected) {
      return false;
    }
    constexpr std::uint64_t tag_mask = (std::uint64_t{1} << TagBits) - 1;
    const std::uint64_t tag = TagBits == 0 ? 0 : ((head_ >> 32U) + 1) & tag_mask;
    head_ = (tag << 32U) | index;
    return true;
  }

  std::uint64_t head_ = 0;
  std::vector<std::uint32_t> next_;
};

/// A pool whose links lie in the free blocks, and which believes what it reads there. It takes back whatever it is
/// given.
class in_band_pool {
public:
  static constexpr std::size_t block_bytes = 64;

  explicit in_band_pool(std::size_t count) : bytes_((count + 1) * block_bytes) {
    for (std::size_t left = count; left != 0; --left) {
      deallocate(begin() + (left - 1) * block_bytes);
    }
  }
  std::byte* allocate() {
    std::byte* const block = head_;
    if (block != nullptr && is_inside(block)) {
      head_ = link_of(block);
    }
    return block;
  }
  bool deallocate(std::byte* block) {
    std::memcpy(block, &head_, sizeof head_);
    head_ = block;
    return true;
  }
  /// The link as a stalled pop would read it now.
  static std::byte* link_of(const std::byte* block) {
    std::byte* link = nullptr;
    std::memcpy(&link, block, sizeof link);
    return link;
  }
  [[nodiscard]] bool is_inside(const std::byte* block) const {
    const auto offset = reinterpret_cast<std::uintptr_t>(block) - reinterpret_cast<std::uintptr_t>(bytes_.data());
    return offset < bytes_.size() - block_bytes;
  }
  /// The head goes to what the block's link says, and nothing is looked at.
  [[nodiscard]] bool is_usable() const { return true; }

private:
  std::byte* begin() { return bytes_.data(); }

  std::vector<std::byte> bytes_;
  std::byte* head_ = nullptr;
};

/// A free count beside the list, changed after the list is.
class late_counter {
public:
  explicit late_counter(std::size_t free) : free_(free) {}
  void begin_push() {}            // the block is on the list now,
  void finish_push() { ++free_; } // and counted now
  void pop() { --free_; }
  [[nodiscard]] std::size_t free_blocks() const { return free_; }

private:
  std::size_t free_;
};

/// A pool of blocks of 64 bytes, aligned to 8, that serves this one layout only, begins where the storage does, and
/// fills a block with zeroes when it gives it out.
class over_exact_pool {
public:
  explicit over_exact_pool(std::byte* storage) : next_(storage) {}
  std::byte* allocate(std::size_t size, std::size_t align) {
    if (size != 64 || align != 8) {
      return nullptr;
    }
    std::byte* const block = free_ != nullptr ? free_ : next_;
    next_ += free_ != nullptr ? 0 : 64;
    free_ = nullptr;
    std::memset(block, 0, 64);
    return block;
  }
  void deallocate(std::byte* block) { free_ = block; }

private:
  std::byte* next_;
  std::byte* free_ = nullptr;
};

/// A stack that asserts the order in a debug build. In the other, the free of another block than the last has no
/// effect.
class asserting_stack {
public:
  std::byte* allocate(std::size_t size) {
    top_ += size;
    return bytes_ + (top_ - size);
  }
  void deallocate(const std::byte* block, std::size_t size) {
    if (block + size == bytes_ + top_) {
      top_ -= size;
    }
  }
  [[nodiscard]] static std::size_t times_told() { return 0; }

private:
  std::byte bytes_[128] = {};
  std::size_t top_ = 0;
};

/// Nodes from the heap, freed as soon as they are popped.
class freeing_list {
public:
  explicit freeing_list(std::size_t count) : is_alive_(count, true) {}
  [[nodiscard]] std::size_t begin_pop() const { return first_; }
  void pop() { is_alive_[first_++] = false; }
  /// Whether the node that a stalled pop is about to read is still there.
  [[nodiscard]] bool may_read(std::size_t node) const { return is_alive_[node]; }

private:
  std::vector<bool> is_alive_;
  std::size_t first_ = 0;
};

/// A stack or bump whose free recomputes where the block must begin from the layout that the caller gives, and has no
/// record.
class recomputing_stack {
public:
  std::byte* allocate(std::size_t size, std::size_t align) {
    if (size == 0) {
      return nullptr; // "dangling": no address of the storage
    }
    const std::size_t begin = (top_ + align - 1) & ~(align - 1);
    top_ = begin + size;
    return bytes_ + begin;
  }
  bool deallocate(const std::byte* block, std::size_t size, std::size_t align) {
    if (top_ < size || block != bytes_ + ((top_ - size) & ~(align - 1))) {
      ++violations_; // in a release build: a line of text, and the block is lost
      return false;
    }
    top_ = static_cast<std::size_t>(block - bytes_);
    return true;
  }
  /// "Shrinks" a block: nothing is told to anyone.
  static std::byte* shrink(std::byte* block, std::size_t /*size*/) { return block; }
  [[nodiscard]] std::size_t used() const { return top_; }

private:
  alignas(64) std::byte bytes_[512] = {};
  std::size_t top_ = 0;
  std::size_t violations_ = 0;
};

/// A cursor whose allocation adds, and wraps.
class wrapping_bump {
public:
  explicit wrapping_bump(std::size_t capacity) : capacity_(capacity) {}
  [[nodiscard]] bool allocate(std::size_t size, std::size_t align) {
    const std::size_t end = ((top_ + align - 1) & ~(align - 1)) + size;
    if (end > capacity_) {
      return false;
    }
    top_ = end;
    return true;
  }

private:
  std::size_t capacity_;
  std::size_t top_ = 1;
};

/// A checkpoint that is a position, with a generation of so many bits at most.
template <class Generation>
class positional_bump {
public:
  struct checkpoint {
    std::size_t position;
    Generation generation;
  };
  void allocate(std::size_t size) { top_ += size; }
  [[nodiscard]] checkpoint mark() const { return {top_, generation_}; }
  bool restore(checkpoint point) {
    if (point.generation != generation_ || point.position > top_) {
      return false;
    }
    top_ = point.position;
    return true;
  }
  void reset() {
    top_ = 0;
    generation_ = static_cast<Generation>(generation_ + 1);
  }
  [[nodiscard]] std::size_t used() const { return top_; }

private:
  std::size_t top_ = 0;
  Generation generation_{};
};

/// What reset() gave back, read after the cursor was stored.
class late_statistics {
public:
  void allocate(std::size_t size) { top_ += size; }
  void reset() {
    top_ = 0;
    remembered_ = top_;
  }
  [[nodiscard]] std::size_t remembered_bytes() const { return remembered_; }

private:
  std::size_t top_ = 0;
  std::size_t remembered_ = 0;
};

/// A cursor behind virtual functions, that may be changed through a const reference.
class shared_cursor_bump {
public:
  shared_cursor_bump() = default;
  shared_cursor_bump(const shared_cursor_bump&) = default;
  shared_cursor_bump& operator=(const shared_cursor_bump&) = default;
  virtual ~shared_cursor_bump() = default;
  virtual void store(std::size_t top) const { top_ = top; }
  void reset() const { store(0); }
  void restore(std::size_t top) const { store(top); }

private:
  mutable std::size_t top_ = 0;
};

} // namespace nebula::test::flawed
