// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/chunk_source.hpp>
#include <nebula/services/page_mapping.hpp>

namespace nebula::services {

class page_source_plan;

/// What a source of mapped chunks is to be. Fill in, then validate(). [SR-SYS-008]
struct page_source_config {
  static constexpr std::size_t chunk_count_limit = std::size_t{1} << 20U;

  page_mapping_config chunk{};        ///< of each chunk; its `bytes` are not read: the arena says how many
  std::size_t chunk_count_max = 4096; ///< chunks that are out at the same time

  /// invalid_configuration, with field, value and range, in this order: those of page_mapping_config::validate() for a
  /// chunk of one page; chunk_count_max iff 0 or above chunk_count_limit. O(1). No heap. Any thread.
  [[nodiscard]] memory_outcome<page_source_plan> validate(const system_memory& machine) const noexcept;
};

/// A source's configuration that was found valid on a machine. Made by page_source_config::validate() only.
class page_source_plan {
public:
  constexpr page_source_plan() noexcept = default; ///< no plan at all: its source has no memory to give

private:
  friend struct page_source_config;
  friend class page_source;

  page_mapping_plan chunk_{};
  page_mapping_plan records_{};
  std::size_t chunk_count_max_ = 0;
};

/// Chunks for arenas, each a mapping of its own, with guards on both sides as configured; a chunk goes back to the
/// operating system when the arena gives it back. What the source knows of its chunks stands in a mapping of its own,
/// too, which is made with the first chunk: nothing that is written into a chunk, or past it, reaches it, and the heap
/// is never asked. Several arenas may share it. It outlives them. One owner: no function is to be called, by whichever
/// arena, while another is under way. The calls wait for the system: not for interrupt handlers. [SR-SYS-008]
class page_source {
public:
  /// Maps nothing yet: the first chunk does.
  explicit page_source(const page_source_plan& plan) noexcept : plan_(plan) {}
  /// Gives back all chunks, those too that an arena which is corrupted did not.
  ~page_source();
  page_source(const page_source&) = delete;
  page_source& operator=(const page_source&) = delete;

  /// Exactly `bytes` bytes at the beginning of a new mapping; choose a multiple of the page size, for the rest of the
  /// last page is nobody's. Errors: layout_unsupported iff `align` exceeds the page size, `bytes` is 0 or more than the
  /// address space can have; exhausted iff chunk_count_max are out, or the system refuses: last_failure() says which
  /// call, and its error. A refused call maps nothing. O(1) calls of the system. [SR-SYS-008]
  [[nodiscard]] result<byte_span> acquire(std::size_t bytes, std::size_t align) noexcept;

  /// Takes back what acquire() gave, as it gave it, in any order. Errors, nothing changed, in this order: null_pointer iff
  /// null; foreign_pointer iff no chunk that is out begins there; layout_mismatch iff it has another size; exhausted iff
  /// the system does not take it back, for it cannot describe what would be left, as last_failure() says. O(1) for the
  /// youngest chunk, O(chunks) for another one. [SR-SYS-009]
  [[nodiscard]] result<void> release(byte_span chunk) noexcept;

  /// For an arena's configuration.
  [[nodiscard]] chunk_source source() noexcept;

  /// What the source knows of one chunk takes so many bytes.
  [[nodiscard]] static constexpr std::size_t record_bytes() noexcept { return sizeof(chunk_record); }
  [[nodiscard]] std::size_t chunk_count() const noexcept { return count_; }
  /// The bytes of the chunks that are out, whole pages, without guards.
  [[nodiscard]] std::size_t mapped_bytes() const noexcept { return mapped_bytes_; }
  /// Why the last call that was refused by the system, or for chunk_count_max, was; code none iff none ever was.
  [[nodiscard]] const memory_failure& last_failure() const noexcept { return last_failure_; }
  /// What the youngest chunk was given that ever was mapped.
  [[nodiscard]] const page_provision& last_provision() const noexcept { return last_provision_; }

private:
  struct chunk_record {
    page_region region;
    std::size_t given_bytes;
  };

  [[nodiscard]] chunk_record* records() const noexcept;

  page_source_plan plan_;
  page_mapping table_{};
  std::size_t count_ = 0;
  std::size_t mapped_bytes_ = 0;
  memory_failure last_failure_{};
  page_provision last_provision_{};
};

} // namespace nebula::services
