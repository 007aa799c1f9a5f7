// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory_resource>
#include <new>

#include <nebula/construct/lifetime.hpp>
#include <nebula/construct/std_allocator.hpp>
#include <nebula/kernel/contract.hpp>
#include <nebula/kernel/exception_namespace.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/result.hpp>

namespace nebula {
inline namespace NEBULA_EXCEPTION_NAMESPACE {

/// What a resource does when its allocator refuses, for it cannot return an error.
enum class on_refusal : unsigned char {
  throw_bad_alloc, ///< std::bad_alloc; where exceptions are switched off, traps
  terminate,       ///< traps, where it stands
};

/// A std::pmr::memory_resource whose blocks come from an allocator, which outlives it. What it does when that refuses is
/// said when it is made: there is no default. [SR-CONS-015]
///
/// A request of 0 bytes, which the interface allows and the kernel refuses, is one of 1. A wrong deallocate cannot be
/// answered either: it has been reported to the allocator's hook, and the block is as it was. Equal to itself only.
/// Thread safety: the allocator's.
template <class Allocator>
class resource final : public std::pmr::memory_resource {
public:
  explicit resource(Allocator& allocator, on_refusal reaction) noexcept : allocator_(allocator), reaction_(reaction) {}
  /// Asks the upstream for what the allocator refuses. What is the allocator's by its address goes back to it, all else
  /// to the upstream: that one's blocks must not lie in the allocator's storage.
  explicit resource(Allocator& allocator, std::pmr::memory_resource& upstream) noexcept
      : allocator_(allocator), upstream_(&upstream) {}

private:
  void* do_allocate(std::size_t bytes, std::size_t align) override {
    const layout wanted = request(bytes, align);
    const result<std::byte*> block = past_stray_writes([&]() noexcept { return allocator_.allocate(wanted); });
    if (NEBULA_UNLIKELY(!block.has_value())) {
      if (upstream_ != nullptr) {
        return upstream_->allocate(bytes, align);
      }
      if (reaction_ == on_refusal::terminate) {
        __builtin_trap();
      }
      throw_or_trap<std::bad_alloc>();
    }
    return block.value();
  }
  void do_deallocate(void* block, std::size_t bytes, std::size_t align) override {
    if (upstream_ != nullptr && !allocator_.owns(static_cast<std::byte*>(block))) {
      upstream_->deallocate(block, bytes, align);
      return;
    }
    const layout allocated = request(bytes, align);
    static_cast<void>(
        past_stray_writes([&]() noexcept { return allocator_.deallocate(static_cast<std::byte*>(block), allocated); }));
  }
  [[nodiscard]] bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }

  [[nodiscard]] static layout request(std::size_t bytes, std::size_t align) noexcept {
    return {bytes == 0 ? 1 : bytes, align};
  }

  Allocator& allocator_;
  std::pmr::memory_resource* upstream_ = nullptr;
  on_refusal reaction_ = on_refusal::terminate;
};

} // namespace NEBULA_EXCEPTION_NAMESPACE
} // namespace nebula
