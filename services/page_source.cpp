// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/page_source.hpp>

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

#include <nebula/kernel/memory_tools.hpp>

namespace nebula::services {
namespace {

error refuse(error_code code, operation during) noexcept { return error{code, during, component::chunk_source}; }

} // namespace

memory_outcome<page_source_plan> page_source_config::validate(const system_memory& machine) const noexcept {
  page_mapping_config one_page = chunk;
  one_page.bytes = machine.page_bytes();
  const auto chunk_plan = one_page.validate(machine);
  if (!chunk_plan) {
    return chunk_plan.failure();
  }
  if (chunk_count_max == 0 || chunk_count_max > chunk_count_limit) {
    return out_of_range(memory_field::chunk_count_max, chunk_count_max, 1, chunk_count_limit);
  }
  page_mapping_config table;
  table.bytes = chunk_count_max * page_source::record_bytes(); // cannot wrap: 2^20 of some tens of bytes
  const auto records_plan = table.validate(machine);
  if (!records_plan) {
    return records_plan.failure();
  }
  page_source_plan plan;
  plan.chunk_ = chunk_plan.value();
  plan.records_ = records_plan.value();
  plan.chunk_count_max_ = chunk_count_max;
  return plan;
}

page_source::~page_source() {
  const system_memory& machine = plan_.chunk_.machine();
  for (; count_ != 0; --count_) {
    const page_region& region = records()[count_ - 1].region;
    tell_readable(region.data, region.bytes);
    // What the system does not take now, nobody will give it again.
    static_cast<void>(machine.calls().release(machine.calls().context, region.reserved, region.reserved_bytes));
  }
}

page_source::chunk_record* page_source::records() const noexcept {
  // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
  return static_cast<chunk_record*>(static_cast<void*>(table_.bytes().data));
}

result<byte_span> page_source::acquire(std::size_t bytes, std::size_t align) noexcept {
  const auto wanted = plan_.chunk_.with_bytes(bytes);
  if (!wanted || align > plan_.chunk_.machine().page_bytes()) {
    return refuse(error_code::layout_unsupported, operation::grow);
  }
  if (count_ == plan_.chunk_count_max_) {
    last_failure_ = out_of_range(memory_field::chunk_count_max, count_, 1, plan_.chunk_count_max_);
    last_failure_.code = memory_failure_code::count_exhausted;
    return refuse(error_code::exhausted, operation::grow);
  }
  if (!table_) {
    auto table = page_mapping::make(plan_.records_);
    if (!table) {
      last_failure_ = table.failure();
      return refuse(error_code::exhausted, operation::grow);
    }
    table_ = std::move(table).value();
  }
  auto made = page_mapping::make(wanted.value());
  if (!made) {
    last_failure_ = made.failure();
    return refuse(error_code::exhausted, operation::grow);
  }
  last_provision_ = made.value().provision();
  const page_region region = made.value().detach();
  new (records() + count_) chunk_record{region, bytes};
  ++count_;
  mapped_bytes_ += region.bytes;
  return byte_span{region.data, bytes};
}

result<void> page_source::release(byte_span chunk) noexcept {
  if (chunk.data == nullptr) {
    return refuse(error_code::null_pointer, operation::release);
  }
  std::size_t beyond = count_;
  while (beyond != 0 && records()[beyond - 1].region.data != chunk.data) {
    --beyond;
  }
  if (beyond == 0) {
    return refuse(error_code::foreign_pointer, operation::release);
  }
  chunk_record& found = records()[beyond - 1];
  if (found.given_bytes != chunk.size) {
    return refuse(error_code::layout_mismatch, operation::release);
  }
  const system_calls& calls = plan_.chunk_.machine().calls();
  const std::uint32_t failed = calls.release(calls.context, found.region.reserved, found.region.reserved_bytes);
  if (failed != 0) {
    last_failure_ = refused_by_system(system_call::release, failed, memory_field::bytes);
    return refuse(error_code::exhausted, operation::release);
  }
  mapped_bytes_ -= found.region.bytes;
  --count_;
  found = records()[count_];
  return {};
}

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
// An arena that grows by mappings waits for the system, as its page says.
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
chunk_source page_source::source() noexcept {
  return {[](void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
            return static_cast<page_source*>(context)->acquire(bytes, align);
          },
          [](void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING {
            return static_cast<page_source*>(context)->release(chunk);
          },
          this};
}
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

} // namespace nebula::services
