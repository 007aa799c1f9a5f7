// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/stack_allocator.hpp>

namespace nebula {

/// Every chunk begins at a multiple of this: the strictest ordinary alignment. An arena pads for stricter ones itself.
inline constexpr std::size_t chunk_align_bytes = alignof(std::max_align_t);

/// Where an arena takes its chunks from and gives them back to: two functions and what they work on, as with a fault
/// hook. A plain value. The context must outlive each arena that uses it. [SR-CHUNK-001]
///
/// What the functions promise: `acquire` gives at least `bytes` bytes at a multiple of `align`, which nobody else has
/// until they are released, or an error, and then nothing has changed. `release` takes back what `acquire` gave, as it
/// was given, once. An arena releases the youngest of its chunks first. Neither function calls the arena. Growth of the
/// arena is as bounded, and as safe in interrupts, as they are; under clang they must be nonblocking.
struct chunk_source {
  using acquire_function = result<byte_span> (*)(void* context, std::size_t bytes,
                                                 std::size_t align) noexcept NEBULA_NONBLOCKING;
  using release_function = result<void> (*)(void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING;

  acquire_function acquire = nullptr;
  release_function release = nullptr;
  void* context = nullptr; ///< passed to the functions unchanged
};

/// Chunks one after the other in a caller's storage, taken back in the reverse order, and that order checked: a stack
/// of chunks. It serves one arena: a second one beside it would break the order. Each chunk costs
/// stack_allocator::record_bytes() of the storage. O(1); O(log chunks) when a release is refused. [SR-CHUNK-002]
class span_chunk_source {
public:
  /// Of a storage that stack_config::validate() has found valid.
  explicit span_chunk_source(const stack_plan& plan) noexcept : chunks_(plan) {}

  /// Exactly `bytes` bytes. layout_unsupported iff `align` exceeds chunk_align_bytes; otherwise the errors of
  /// basic_stack::allocate().
  [[nodiscard]] result<byte_span> acquire(std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
    if (NEBULA_UNLIKELY(align > chunk_align_bytes)) {
      return error{error_code::layout_unsupported, operation::grow, component::chunk_source};
    }
    const result<std::byte*> chunk = chunks_.allocate({bytes, chunk_align_bytes});
    if (NEBULA_UNLIKELY(!chunk.has_value())) {
      return chunk.error();
    }
    return byte_span{chunk.value(), bytes};
  }
  /// Takes back the youngest chunk, whole. Errors of basic_stack::deallocate(): lifo_violation iff it is another one.
  [[nodiscard]] result<void> release(byte_span chunk) noexcept NEBULA_NONBLOCKING {
    return chunks_.deallocate(chunk.data, {chunk.size, chunk_align_bytes});
  }

  /// For an arena's configuration.
  [[nodiscard]] chunk_source source() noexcept NEBULA_NONBLOCKING {
    return {[](void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING {
              return static_cast<span_chunk_source*>(context)->acquire(bytes, align);
            },
            [](void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING {
              return static_cast<span_chunk_source*>(context)->release(chunk);
            },
            this};
  }

  /// The stack that it is: its state, and its invariants.
  [[nodiscard]] const stack_allocator& chunks() const noexcept NEBULA_NONBLOCKING { return chunks_; }

private:
  stack_allocator chunks_;
};

/// The blocks of a pool as chunks, each whole: an arena gets more than it asks for. The pool's errors are passed on: a
/// request beyond its blocks is layout_unsupported, and an empty pool exhausted. Several arenas may share the pool, on
/// as many threads as the pool is safe for. Growth should be arena_growth::fixed, at most the pool's block size. Costs
/// no memory. O(1), but for the retries of a shared pool. [SR-CHUNK-003]
template <class Atomics, class Storage>
[[nodiscard]] chunk_source pool_chunk_source(basic_pool<Atomics, Storage>& pool) noexcept NEBULA_NONBLOCKING {
  using pool_type = basic_pool<Atomics, Storage>;
  return {[](void* context, std::size_t bytes, std::size_t align) noexcept NEBULA_NONBLOCKING -> result<byte_span> {
            auto& blocks = *static_cast<pool_type*>(context);
            const result<std::byte*> block = blocks.allocate({bytes, align});
            if (NEBULA_UNLIKELY(!block.has_value())) {
              return block.error();
            }
            return byte_span{block.value(), blocks.block_layout().size};
          },
          [](void* context, byte_span chunk) noexcept NEBULA_NONBLOCKING {
            return static_cast<pool_type*>(context)->deallocate(chunk.data);
          },
          &pool};
}

} // namespace nebula
