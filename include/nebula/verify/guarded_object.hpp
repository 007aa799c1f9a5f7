// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

#include <nebula/verify/guarded_storage.hpp>

namespace nebula::verify {

/// An allocator with its storage inside itself, with guards around the whole object. What span() says are the bytes
/// that it owns, so that the object's other members count as memory outside of the storage.
template <class Allocator>
class guarded_object {
public:
  /// The object's address is a multiple of its alignment; beyond that it varies with `offset`.
  guarded_object(std::size_t offset, fault_hook hook, check_level level)
      : memory_(sizeof(Allocator), offset / alignof(Allocator) * alignof(Allocator)),
        allocator_(::new (static_cast<void*>(memory_.span().data)) Allocator(hook, level)) {}
  ~guarded_object() { allocator_->~Allocator(); }
  guarded_object(const guarded_object&) = delete;
  guarded_object& operator=(const guarded_object&) = delete;

  [[nodiscard]] Allocator& allocator() { return *allocator_; }
  [[nodiscard]] byte_span span() const { return {memory_.span().data + place().offset, place().size}; }
  /// What lies between the guards: the whole object.
  [[nodiscard]] byte_span guarded() const { return memory_.span(); }
  [[nodiscard]] bool guards_intact() const { return memory_.guards_intact(); }

private:
  struct owned {
    std::size_t offset;
    std::size_t size;
  };
  /// Where in such an object the bytes are that it owns: asked of one, once, byte by byte.
  [[nodiscard]] static const owned& place() {
    static const owned found = [] {
      const guarded_storage memory(sizeof(Allocator), 0);
      const byte_span bytes = memory.span();
      auto* const probe = ::new (static_cast<void*>(bytes.data)) Allocator();
      const auto is_owned = [&](const std::byte& each) { return probe->owns(&each); };
      const std::byte* const end = bytes.data + bytes.size;
      const std::byte* const first = std::find_if(static_cast<const std::byte*>(bytes.data), end, is_owned);
      const std::byte* const beyond = std::find_if_not(first, end, is_owned);
      probe->~Allocator();
      return owned{static_cast<std::size_t>(first - bytes.data), static_cast<std::size_t>(beyond - first)};
    }();
    return found;
  }

  guarded_storage memory_;
  Allocator* allocator_;
};

} // namespace nebula::verify
