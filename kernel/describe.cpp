// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/kernel/describe.hpp>

#include <cstddef>

#include <nebula/kernel/arithmetic.hpp>

namespace nebula {
namespace {

constexpr const char* units[] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"};

/// Counts all that it is given, and keeps what fits.
class text {
public:
  text(char* buffer, std::size_t size) noexcept : buffer_(buffer), size_(size) {}

  void add(char character) noexcept {
    if (length_ + 1 < size_) {
      buffer_[length_] = character;
    }
    ++length_;
  }
  void add(const char* words) noexcept {
    for (; *words != '\0'; ++words) {
      add(*words);
    }
  }
  /// At most 20 rounds.
  void add_decimal(std::size_t value) noexcept {
    char digits[20];
    std::size_t count = 0;
    do {
      const division by_ten = divide(value, 10);
      digits[count++] = digit(by_ten.remainder);
      value = by_ten.quotient;
    } while (value != 0);
    while (count != 0) {
      add(digits[--count]);
    }
  }
  void add_size(std::size_t bytes) noexcept {
    std::size_t unit = 0;
    std::size_t rest = 0; // of the unit before, in 0…1023
    for (; bytes >= 1024 && unit < 6; ++unit) {
      rest = bytes % 1024;
      bytes /= 1024;
    }
    add_decimal(bytes);
    if (unit != 0) {
      const division hundredths = divide(rest * 100 / 1024, 10);
      add('.');
      add(digit(hundredths.quotient));
      add(digit(hundredths.remainder));
    }
    add(units[unit]);
  }
  std::size_t finish() noexcept {
    if (size_ != 0) {
      buffer_[length_ < size_ ? length_ : size_ - 1] = '\0';
    }
    return length_;
  }

private:
  [[nodiscard]] static char digit(std::size_t value) noexcept { return static_cast<char>('0' + value); }

  char* buffer_;
  std::size_t size_;
  std::size_t length_ = 0;
};

/// What the error means.
const char* cause_of(error_code code) noexcept {
  switch (code) {
  case error_code::none: return "nothing failed";
  case error_code::invalid_layout: return "the size is 0, or the alignment is not a power of two";
  case error_code::size_overflow: return "a size that the request implies does not fit in size_t";
  case error_code::layout_unsupported: return "this allocator could not serve the layout even when empty";
  case error_code::exhausted: return "there is not enough free memory now";
  case error_code::contended: return "other threads spoilt each of the tries that were allowed";
  case error_code::not_last_block: return "a bump allocator takes back its last block only";
  case error_code::invalid_configuration: return "the configuration is wrong";
  case error_code::over_budget: return "the budget, or one above it, has not so many bytes left";
  case error_code::over_block_limit: return "the budget does not allow a block of this size";
  case error_code::over_capacity: return "the arena has reached its maximal capacity";
  case error_code::no_cache_slot: return "as many caches as the pool was configured for are attached";
  case error_code::null_pointer: return "a block was expected, and the pointer is null";
  case error_code::foreign_pointer: return "the pointer is not into this allocator's storage";
  case error_code::misaligned_pointer: return "the pointer is not at the start of a block";
  case error_code::double_free: return "the block is not live: it was freed before, or never allocated";
  case error_code::layout_mismatch: return "the block was not allocated with this layout";
  case error_code::lifo_violation: return "the block is not the top of the stack";
  case error_code::foreign_marker: return "the marker was made by another allocator";
  case error_code::stale_marker: return "the marker was made before the last reset";
  case error_code::spent_marker: return "the marker was restored already, or discarded with an older one";
  case error_code::blocks_live: return "blocks are still live";
  case error_code::stale_handle: return "the handle's block has been freed";
  case error_code::over_release: return "more bytes were given back than were reserved";
  case error_code::budget_in_use: return "bytes are still reserved in the budget, or it has children";
  case error_code::written_after_free: return "a block was written to after it had been freed";
  case error_code::overrun: return "bytes behind a block's end were written to";
  case error_code::caches_attached: return "caches are still attached to the pool";
  case error_code::corrupted: return "an invariant of the allocator does not hold";
  }
  return "the code is not one of this version";
}

/// What would help, where something general does; the advice is true of the allocator that reports.
const char* advice_for(error failure) noexcept {
  const bool frees_all_at_once = failure.reporter == component::bump_allocator;
  switch (failure.code) {
  case error_code::exhausted:
    return frees_all_at_once ? "give back what is no longer needed with reset() or restore(), or lend more storage"
                             : "free blocks that are no longer needed, or lend more storage";
  case error_code::layout_unsupported: return "lend storage that can hold such a block, or ask another allocator";
  case error_code::invalid_layout: return "make layouts with layout::make(), layout::of<T>() or layout::array<T>()";
  case error_code::contended: return "try again, or allow more retries";
  case error_code::not_last_block: return "use a stack or a pool if blocks are to be freed one by one";
  case error_code::invalid_configuration: return "see the configuration's field for its range";
  case error_code::over_budget: return "release what is no longer needed, or raise the limit";
  case error_code::over_block_limit: return "split the request, or raise the limit of a block";
  case error_code::over_capacity: return "restore or reset the arena, or raise its maximal capacity";
  case error_code::no_cache_slot: return "end a cache that is no longer needed, or configure more of them";
  case error_code::lifo_violation: return "free blocks in the reverse of the order in which they were allocated";
  case error_code::blocks_live: return "free all blocks before the reset";
  case error_code::corrupted:
    return "stop using the allocator: its memory was overwritten, or the hardware is at fault";
  case error_code::none:
  case error_code::size_overflow:
  case error_code::null_pointer:
  case error_code::foreign_pointer:
  case error_code::misaligned_pointer:
  case error_code::double_free:
  case error_code::layout_mismatch:
  case error_code::foreign_marker:
  case error_code::stale_marker:
  case error_code::spent_marker:
  case error_code::stale_handle:
  case error_code::over_release:
  case error_code::budget_in_use:
  case error_code::written_after_free:
  case error_code::overrun:
  case error_code::caches_attached: break;
  }
  return is_misuse(failure.code) ? "find the caller: the allocator's state is unchanged" : nullptr;
}

void add_state(text& report, const allocator_state& state) noexcept {
  report.add("\n  used:      ");
  report.add_size(state.used_bytes);
  report.add(" of ");
  report.add_size(state.capacity_bytes);
  if (state.capacity_bytes != 0) {
    report.add(" (");
    // in hundredths, the larger factor divided first where the product could wrap
    const std::size_t percent = state.used_bytes > ~std::size_t{0} / 100
                                    ? divide(state.used_bytes, divide(state.capacity_bytes, 100).quotient + 1).quotient
                                    : divide(state.used_bytes * 100, state.capacity_bytes).quotient;
    report.add_decimal(percent);
    report.add("%)");
  }
  report.add(", peak ");
  report.add_size(state.peak_bytes);
  report.add("\n  available: ");
  report.add_size(state.available_bytes);
  report.add("\n  live:      ");
  report.add_decimal(state.live_blocks);
  report.add(state.live_blocks == 1 ? " block" : " blocks");
}

} // namespace

std::size_t describe(error failure, layout request, const allocator_state& state, char* buffer,
                     std::size_t size) noexcept NEBULA_NONBLOCKING {
  text report(buffer, size);
  report.add(name(failure.reporter));
  report.add(": ");
  report.add(name(failure.during));
  report.add(" failed: ");
  report.add(name(failure.code));
  if (failure.field != configuration_field::none) {
    report.add(" (field ");
    report.add(name(failure.field));
    report.add(')');
  }
  report.add("\n  cause:     ");
  report.add(cause_of(failure.code));
  report.add("\n  requested: ");
  report.add_decimal(request.size);
  report.add(" bytes, alignment ");
  report.add_decimal(request.align);
  add_state(report, state);
  const char* const advice = advice_for(failure);
  if (advice != nullptr) {
    report.add("\n  advice:    ");
    report.add(advice);
  }
  report.add('\n');
  return report.finish();
}

std::size_t describe_size(std::size_t bytes, char* buffer, std::size_t size) noexcept NEBULA_NONBLOCKING {
  text words(buffer, size);
  words.add_size(bytes);
  return words.finish();
}

} // namespace nebula
