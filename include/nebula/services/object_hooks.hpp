// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <nebula/construct/lifetime.hpp>

namespace nebula::services {

/// Where a hook makes an object: a block of the pool. What stands in it when the hook throws, or a later one does, is
/// destroyed. One owner.
template <class T>
class object_place {
public:
  explicit object_place(std::byte* block) noexcept : block_(block) {}
  ~object_place() { clear(); }
  object_place(const object_place&) = delete;
  object_place& operator=(const object_place&) = delete;

  /// Makes a T of the arguments here; one that stands here already is destroyed first.
  template <class... Arguments>
  T& emplace(Arguments&&... arguments) {
    clear();
    object_ = construct_in<T>(block_, std::forward<Arguments>(arguments)...);
    return *object_;
  }
  /// Null iff there is none.
  [[nodiscard]] T* object() const noexcept { return object_; }
  /// The object has another owner from here on.
  [[nodiscard]] T* release() noexcept { return std::exchange(object_, nullptr); }

private:
  void clear() noexcept {
    if (object_ != nullptr) {
      std::destroy_at(std::exchange(object_, nullptr));
    }
  }

  std::byte* block_;
  T* object_ = nullptr;
};

/// What a program does with the objects of a pool at each turn of their lives. Each hook may be null, and is called
/// outside of the pool's lock, by the thread that acquires, releases or maintains, with an object that no other thread
/// has. A hook may use the pool, but not release the object that it is called with. Those that are not noexcept may
/// throw: the exception goes on to the caller, and nothing is lost: docs/services/object_pool.md. [SR-OBJ-003]
template <class T>
struct object_hooks {
  void* context = nullptr; ///< passed to each unchanged

  /// Makes an object by place.emplace(…); none made is not_made for the caller. Null: T().
  void (*make)(void* context, object_place<T>& place) = nullptr;
  /// After an object has been made.
  void (*on_create)(void* context, T& object) = nullptr;
  /// Before a used object is given to somebody: false iff it is no longer good. It is then destroyed and another is made.
  bool (*validate)(void* context, T& object) = nullptr;
  /// Before an object, new or used, is given to somebody.
  void (*on_acquire)(void* context, T& object) = nullptr;
  /// When its owner has given an object back.
  void (*on_release)(void* context, T& object) = nullptr;
  /// After that: makes it as good as new; false iff that cannot be done. It is then destroyed.
  bool (*reset)(void* context, T& object) = nullptr;
  /// Before an object is destroyed: of each for which on_create has returned, once.
  void (*on_destroy)(void* context, T& object) noexcept = nullptr;
};

} // namespace nebula::services
