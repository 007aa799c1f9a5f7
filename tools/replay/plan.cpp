// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/replay/plan.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <stdexcept>

#include "tools/common/text.hpp"

namespace nebula::replay {
namespace {

constexpr std::size_t finest_bytes = 16;

// Live blocks by class, for one spacing of the classes.
class class_census {
public:
  explicit class_census(unsigned steps_per_doubling) : steps_per_doubling_(steps_per_doubling) {}

  void enter(layout request) {
    const std::size_t boundary = class_boundary(request, steps_per_doubling_);
    entry& found = entries_[boundary];
    found.align = std::max(found.align, request.align);
    ++found.live;
    found.peak_live = std::max(found.peak_live, found.live);
    live_bytes_ += boundary;
    peak_live_bytes_ = std::max(peak_live_bytes_, live_bytes_);
  }
  void leave(layout request) {
    const std::size_t boundary = class_boundary(request, steps_per_doubling_);
    --entries_[boundary].live;
    live_bytes_ -= boundary;
  }

  [[nodiscard]] std::size_t peak_live_bytes() const noexcept { return peak_live_bytes_; }
  [[nodiscard]] unsigned steps_per_doubling() const noexcept { return steps_per_doubling_; }
  [[nodiscard]] std::vector<size_class> classes() const {
    std::vector<size_class> result;
    for (const auto& [boundary, found] : entries_) {
      result.push_back({boundary, found.align, found.peak_live});
    }
    return result;
  }

private:
  struct entry {
    std::size_t align = finest_bytes;
    std::size_t live = 0;
    std::size_t peak_live = 0;
  };
  unsigned steps_per_doubling_;
  std::size_t live_bytes_ = 0;
  std::size_t peak_live_bytes_ = 0;
  std::map<std::size_t, entry> entries_;
};

void apply(class_census& census, const trace::operation& item) {
  switch (item.kind) {
  case trace::operation_kind::allocate: census.enter(replayed_layout(item.size, item.alignment)); break;
  case trace::operation_kind::release: census.leave(replayed_layout(item.old_size, item.old_alignment)); break;
  case trace::operation_kind::reallocate: // the replay has both blocks for a moment
    census.enter(replayed_layout(item.size, item.alignment));
    census.leave(replayed_layout(item.old_size, item.old_alignment));
    break;
  case trace::operation_kind::none:
  case trace::operation_kind::release_dead:
  case trace::operation_kind::release_unknown: break;
  }
}

std::uint64_t kernel_calls(trace::operation_kind kind) {
  switch (kind) {
  case trace::operation_kind::allocate:
  case trace::operation_kind::release: return 1;
  case trace::operation_kind::reallocate: return 2;
  case trace::operation_kind::none:
  case trace::operation_kind::release_dead:
  case trace::operation_kind::release_unknown: return 0;
  }
  return 0;
}

} // namespace

std::size_t class_boundary(layout request, unsigned steps_per_doubling) noexcept {
  constexpr std::size_t linear_bytes = 128;
  const std::size_t align = std::max(request.align, finest_bytes);
  std::size_t boundary = (request.size + finest_bytes - 1) / finest_bytes * finest_bytes;
  // Rounding to the alignment can lead into a range of wider steps, and back out of its multiples; a power of two ends
  // it.
  for (;;) {
    const std::size_t step = boundary <= linear_bytes
                                 ? finest_bytes
                                 : std::max(finest_bytes, std::bit_floor(boundary - 1) / steps_per_doubling);
    const std::size_t coarser = std::max(step, align);
    const std::size_t rounded = (boundary + coarser - 1) / coarser * coarser;
    if (rounded == boundary) {
      return boundary;
    }
    boundary = rounded;
  }
}

sizing size_from_trace(const trace::trace_image& image, bool shows_progress) {
  // The kernel's table separates eight classes to a doubling; a trace of very many sizes needs a coarser spacing.
  std::vector<class_census> censuses{class_census(8), class_census(4), class_census(2)};
  sizing result;
  trace::operation_reader reader(image);
  text::progress progress("size", image.payload_bytes(), shows_progress);
  std::uint64_t read = 0;
  for (trace::operation item{}; reader.next(item);) {
    for (class_census& census : censuses) {
      apply(census, item);
    }
    result.summary.operations += kernel_calls(item.kind);
    result.summary.peak_live_bytes = std::max(result.summary.peak_live_bytes, reader.tracker().live_bytes());
    result.summary.peak_live_blocks = std::max(result.summary.peak_live_blocks, reader.tracker().live_blocks());
    if (++read % 65'536 == 0) {
      progress.update(reader.events().decoded_bytes());
    }
  }
  result.summary.events = reader.tracker().followed_events();
  result.summary.live_at_end = reader.tracker().live_blocks();
  result.summary.operations += result.summary.live_at_end; // freed when the replay ends
  result.summary.slots = reader.tracker().blocks().size();
  result.summary.missing_events = reader.events().missing_events();
  result.summary.oddities = reader.tracker().oddities();
  for (const class_census& census : censuses) {
    result.classes = census.classes();
    result.steps_per_doubling = census.steps_per_doubling();
    result.peak_class_bytes = census.peak_live_bytes();
    if (result.classes.size() <= size_class_table::class_count_max) {
      break;
    }
  }
  if (result.classes.empty()) {
    return result;
  }
  const auto bytes = segregated_config::storage_bytes(result.classes.data(), result.classes.size());
  if (!bytes.has_value()) {
    throw std::length_error(std::string("no segregated_allocator can hold what the trace needs: ") +
                            name(bytes.code()) + " (" + name(bytes.error().field) + ")");
  }
  result.storage_bytes = bytes.value();
  result.storage_align = segregated_config::storage_align(result.classes.data(), result.classes.size());
  return result;
}

} // namespace nebula::replay
