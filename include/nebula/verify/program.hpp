// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The operation language: what a caller may do to an allocator, right or wrong. A program is a sequence of operations
/// that name their objects by small numbers, not by address, so that any sequence means something on any allocator: a
/// selector is taken modulo the objects that there are when its turn comes, and an operation whose object does not
/// exist is skipped. All drivers (bytes of a fuzzer, generators of a property, enumeration) make programs of this
/// language, and one driver runs them. [SR-VER-001]
namespace nebula::verify {

enum class action : std::uint8_t {
  allocate,                  ///< size and align as given
  allocate_extreme,          ///< a size near a power of two or SIZE_MAX, or an alignment that is none, by `variant`
  deallocate,                ///< a live block, with its layout
  deallocate_newest,         ///< the live block that was allocated last
  deallocate_without_layout, ///< a live block, where the allocator can do without
  deallocate_dead,           ///< a block that died: a double free, unless the address is live again
  deallocate_inside,         ///< a live block's address and `variant` + 1 bytes
  deallocate_outside,        ///< an address outside of the storage, by `variant`
  deallocate_null,           ///< the null pointer
  deallocate_wrong_layout,   ///< a live block, with another size or alignment, by `variant`
  deallocate_handle,         ///< a live block by its handle, where there are handles
  deallocate_stale_handle,   ///< a dead block's handle
  mark,                      ///< where there are marks
  restore,                   ///< a mark that was made, by number: live, spent or stale
  restore_newest,            ///< the mark that was made last
  restore_foreign,           ///< a marker that another allocator made, or none
  reset,                     ///< refused by allocators that will not drop live blocks
  resize,                    ///< a live block to `size` in its place, where that can be done
  resize_newest,             ///< the live block that was allocated last
  select,                    ///< of several fronts (caches, children of a budget), that which serves from here on
  flush,                     ///< the selected front gives back what it keeps for itself
  audit,                     ///< `variant` steps of an audit of its own
  resolve_stale_handle,      ///< a dead block's handle
  write_dead,                ///< one byte, by `variant`, of a dead block's place, where the allocator watches for that
  write_beyond,              ///< one byte, by `variant`, behind a live block, likewise
};
inline constexpr std::size_t action_count = 25;

[[nodiscard]] constexpr const char* name(action what) noexcept {
  constexpr std::array<const char*, action_count> names{"allocate",
                                                        "allocate_extreme",
                                                        "deallocate",
                                                        "deallocate_newest",
                                                        "deallocate_without_layout",
                                                        "deallocate_dead",
                                                        "deallocate_inside",
                                                        "deallocate_outside",
                                                        "deallocate_null",
                                                        "deallocate_wrong_layout",
                                                        "deallocate_handle",
                                                        "deallocate_stale_handle",
                                                        "mark",
                                                        "restore",
                                                        "restore_newest",
                                                        "restore_foreign",
                                                        "reset",
                                                        "resize",
                                                        "resize_newest",
                                                        "select",
                                                        "flush",
                                                        "audit",
                                                        "resolve_stale_handle",
                                                        "write_dead",
                                                        "write_beyond"};
  return static_cast<std::size_t>(what) < action_count ? names[static_cast<std::size_t>(what)] : "unknown";
}

struct operation {
  action what = action::allocate;
  std::uint8_t target = 0;     ///< which block or mark
  std::uint8_t variant = 0;    ///< which kind of wrong
  std::uint8_t align_log2 = 0; ///< of allocate; taken modulo 13: up to a page
  std::uint16_t size = 0;      ///< of allocate and resize, bytes; 0 is tried too

  friend bool operator==(const operation&, const operation&) = default;
};

using program = std::vector<operation>;

/// "allocate 24 align 8", "deallocate #3", as a person would want to read a failing program.
[[nodiscard]] inline std::string to_text(const operation& step) {
  std::string words = name(step.what);
  switch (step.what) {
  case action::allocate:
    words +=
        " size " + std::to_string(step.size) + " align " + std::to_string(std::size_t{1} << (step.align_log2 % 13U));
    break;
  case action::allocate_extreme:
  case action::deallocate_outside:
  case action::select:
  case action::audit:
  case action::restore_foreign: words += " variant " + std::to_string(step.variant); break;
  case action::resize: words += " #" + std::to_string(step.target); [[fallthrough]];
  case action::resize_newest: words += " size " + std::to_string(step.size); break;
  case action::resolve_stale_handle:
  case action::deallocate:
  case action::deallocate_without_layout:
  case action::deallocate_dead:
  case action::deallocate_handle:
  case action::deallocate_stale_handle:
  case action::restore: words += " #" + std::to_string(step.target); break;
  case action::write_dead:
  case action::write_beyond:
  case action::deallocate_inside:
  case action::deallocate_wrong_layout:
    words += " #" + std::to_string(step.target) + " variant " + std::to_string(step.variant);
    break;
  case action::deallocate_newest:
  case action::deallocate_null:
  case action::mark:
  case action::restore_newest:
  case action::flush:
  case action::reset: break;
  }
  return words;
}

[[nodiscard]] inline std::string to_text(std::span<const operation> steps) {
  std::string lines;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    lines += "  " + std::to_string(index) + ": " + to_text(steps[index]) + "\n";
  }
  return lines;
}

/// Reads numbers off a fuzzer's bytes, from the front; zero when they are used up. Total: any bytes are a program.
class byte_reader {
public:
  explicit byte_reader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool empty() const noexcept { return next_ >= bytes_.size(); }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size() - next_; }
  [[nodiscard]] std::uint8_t byte() noexcept { return empty() ? std::uint8_t{0} : bytes_[next_++]; }
  [[nodiscard]] std::uint16_t two_bytes() noexcept {
    const std::uint16_t low = byte();
    return static_cast<std::uint16_t>(low | static_cast<std::uint16_t>(byte() << 8));
  }
  [[nodiscard]] std::uint32_t four_bytes() noexcept {
    const std::uint32_t low = two_bytes();
    return low | static_cast<std::uint32_t>(two_bytes()) << 16U;
  }

private:
  std::span<const std::uint8_t> bytes_;
  std::size_t next_ = 0;
};

/// The operations that are on in a program, by number: a program that lacks some of them gets further with the others.
/// One that is off is read as the next that is on, in a circle; and so are the numbers that no operation has, so that
/// bytes keep their meaning when the language grows. All off is all on.
template <class Action, std::size_t Count>
class swarm {
public:
  explicit swarm(std::uint32_t mask) noexcept {
    static_assert(Count <= number_count);
    constexpr std::uint32_t all = static_cast<std::uint32_t>((std::uint64_t{1} << Count) - 1);
    const std::uint32_t on = (mask & all) != 0 ? mask & all : all;
    auto next = static_cast<std::uint8_t>(std::countr_zero(on)); // of the numbers behind the last
    for (std::size_t number = number_count; number-- != 0;) {
      next = number < Count && (on >> number & 1U) != 0 ? static_cast<std::uint8_t>(number) : next;
      read_as_[number] = next;
    }
  }
  /// What a byte stands for.
  [[nodiscard]] Action operator()(std::uint8_t byte) const noexcept {
    return static_cast<Action>(read_as_[byte % number_count]);
  }

private:
  static constexpr std::size_t number_count = Count <= 8 ? 8 : 32;

  std::array<std::uint8_t, number_count> read_as_{};
};

/// The longest program that is read off bytes: contents are checked block by block, which is quadratic.
inline constexpr std::size_t program_length_max = 512;

/// Four bytes are the mask of the operations that are on. Then one byte says what, and each operation takes as many more
/// as it has parameters that matter.
[[nodiscard]] inline program read_program(byte_reader& bytes) {
  const swarm<action, action_count> chosen(bytes.four_bytes());
  program steps;
  steps.reserve(std::min(bytes.left(), program_length_max));
  while (!bytes.empty() && steps.size() < program_length_max) {
    operation step;
    step.what = chosen(bytes.byte());
    switch (step.what) {
    case action::allocate:
      step.size = bytes.two_bytes();
      step.align_log2 = bytes.byte();
      break;
    case action::allocate_extreme:
    case action::deallocate_outside:
    case action::select:
    case action::audit:
    case action::restore_foreign: step.variant = bytes.byte(); break;
    case action::resize: step.target = bytes.byte(); [[fallthrough]];
    case action::resize_newest: step.size = bytes.two_bytes(); break;
    case action::resolve_stale_handle:
    case action::deallocate:
    case action::deallocate_without_layout:
    case action::deallocate_dead:
    case action::deallocate_handle:
    case action::deallocate_stale_handle:
    case action::restore: step.target = bytes.byte(); break;
    case action::write_dead:
    case action::write_beyond:
    case action::deallocate_inside:
    case action::deallocate_wrong_layout:
      step.target = bytes.byte();
      step.variant = bytes.byte();
      break;
    case action::deallocate_newest:
    case action::deallocate_null:
    case action::mark:
    case action::restore_newest:
    case action::flush:
    case action::reset: break;
    }
    steps.push_back(step);
  }
  return steps;
}

} // namespace nebula::verify
