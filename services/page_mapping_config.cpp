// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/page_mapping_config.hpp>

#include <cstddef>
#include <limits>

#include <nebula/kernel/arithmetic.hpp>

namespace nebula::services {
namespace {

template <class Enumeration>
constexpr std::size_t number_of(Enumeration value) noexcept {
  return static_cast<std::size_t>(value);
}

/// The best kind of pages that the machine has, if only it has some free.
page_kind best_kind(const system_memory& machine) noexcept {
  if (machine.explicit_huge_pages().count != 0) {
    return page_kind::explicit_huge;
  }
  return machine.transparent_huge_page_bytes() != 0 ? page_kind::transparent_huge : page_kind::normal;
}

} // namespace

const char* name(page_kind kind) noexcept {
  switch (kind) {
  case page_kind::normal: return "normal";
  case page_kind::transparent_huge: return "transparent_huge";
  case page_kind::explicit_huge: return "explicit_huge";
  }
  return "unknown";
}

const char* name(demand wanted) noexcept {
  switch (wanted) {
  case demand::none: return "none";
  case demand::preferred: return "preferred";
  case demand::required: return "required";
  }
  return "unknown";
}

memory_outcome<page_mapping_plan> page_mapping_config::validate(const system_memory& machine) const noexcept {
  constexpr std::size_t last_kind = number_of(page_kind::explicit_huge);
  constexpr std::size_t last_demand = number_of(demand::required);
  if (!machine.is_detected()) {
    return out_of_range(memory_field::page_bytes, 0, system_memory::page_bytes_min,
                        std::numeric_limits<std::size_t>::max());
  }
  if (pages > page_kind::explicit_huge) {
    return out_of_range(memory_field::pages, number_of(pages), 0, last_kind);
  }
  const page_kind best = best_kind(machine) < pages ? best_kind(machine) : pages;
  if (pages_least > best) {
    return out_of_range(memory_field::pages_least, number_of(pages_least), 0, number_of(best));
  }
  if (lock > demand::required) {
    return out_of_range(memory_field::lock, number_of(lock), 0, last_demand);
  }
  if (bind > demand::required) {
    return out_of_range(memory_field::bind, number_of(bind), 0, last_demand);
  }
  const huge_page_sizes& sizes = machine.explicit_huge_pages();
  if (huge_page_bytes != 0 && sizes.count != 0 && !sizes.contains(huge_page_bytes)) {
    memory_failure failure =
        out_of_range(memory_field::huge_page_bytes, huge_page_bytes, sizes.bytes[0], sizes.bytes[sizes.count - 1]);
    failure.is_power_of_two = true;
    return failure;
  }
  // So that no sum of guards, alignment and bytes can wrap, however large a page is.
  const std::size_t guards_that_fit = std::numeric_limits<std::size_t>::max() / 8 / machine.page_bytes();
  const std::size_t guards_most = smaller(guard_pages_max, guards_that_fit);
  if (guard_pages > guards_most) {
    return out_of_range(memory_field::guard_pages, guard_pages, 0, guards_most);
  }
  if (bind != demand::none && node > machine.node_highest()) {
    return out_of_range(memory_field::node, node, 0, machine.node_highest());
  }
  page_mapping_plan plan;
  plan.config_ = *this;
  plan.machine_ = machine;
  if (pages == page_kind::explicit_huge && sizes.count != 0) {
    plan.huge_bytes_ = huge_page_bytes != 0 ? huge_page_bytes : machine.huge_page_default_bytes();
  }
  return plan.with_bytes(bytes);
}

std::size_t page_mapping_plan::bytes_max() const noexcept {
  constexpr std::size_t half = std::numeric_limits<std::size_t>::max() / 2;
  const std::size_t transparent = machine_.transparent_huge_page_bytes();
  const std::size_t align = huge_bytes_ > transparent ? huge_bytes_ : transparent;
  const std::size_t granule = huge_bytes_ != 0 ? huge_bytes_ : machine_.page_bytes();
  const std::size_t about = 2 * guard_bytes() + align;
  return about >= half || granule == 0 ? 0 : (half - about) / granule * granule;
}

memory_outcome<page_mapping_plan> page_mapping_plan::with_bytes(std::size_t bytes) const noexcept {
  if (bytes == 0 || bytes > bytes_max()) {
    return out_of_range(memory_field::bytes, bytes, 1, bytes_max());
  }
  page_mapping_plan plan = *this;
  plan.config_.bytes = bytes;
  return plan;
}

} // namespace nebula::services
