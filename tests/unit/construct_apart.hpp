// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/nebula.hpp>

/// What two files share of which one is compiled without exceptions.
namespace nebula::test {

/// The constructor, which the file without exceptions knows nothing of, throws for a number below 0.
struct brittle {
  explicit brittle(int number);
  brittle(const brittle& other);
  brittle& operator=(const brittle&) = delete;
  ~brittle();
  int value;
};

/// Allocates, and calls what may throw.
struct brittle_step {
  int number;
  int operator()(static_bump<4096>& memory) const;
};

/// Makes objects in each way that there is.
struct shared_memory {
  static_pool<brittle[4], 8> pool{};
  static_local_pool<brittle[4], 8> local_pool{};
  static_bump<4096> bump{};
  static_stack<4096> stack{};
};

/// Makes one or several of the number in one of so many ways: 0 iff it can. `File` is a type of the file's own, so that
/// this function at least is each file's own.
inline constexpr int ways = 8;
template <class File>
int make_one_way(shared_memory& memory, int way, int number) {
  const int three[] = {1, number, 1};
  switch (way) {
  case 0: {
    const auto object = make<brittle>(memory.pool, number);
    return object.has_value() && destroy(memory.pool, object.value()).has_value() ? 0 : 1;
  }
  case 1: {
    const auto array = make_array<brittle>(memory.pool, 3, number);
    return array.has_value() && destroy_array(memory.pool, array.value()).has_value() ? 0 : 1;
  }
  case 2: return make_handle<brittle>(memory.pool, number).has_value() ? 0 : 1;
  case 3: return make_handle<brittle>(memory.bump, number).has_value() ? 0 : 1;
  case 4: return make_pooled<brittle>(memory.local_pool, number).has_value() ? 0 : 1;
  case 5: return typed_arena<brittle, decltype(memory.bump)>(memory.bump).emplace(number).has_value() ? 0 : 1;
  case 6: {
    typed_arena<brittle, decltype(memory.stack)> objects(memory.stack);
    return objects.emplace_range(three, three + 3).has_value() ? 0 : 1;
  }
  default: return with_scope(memory.bump, brittle_step{number}).has_value() ? 0 : 1;
  }
}

/// From the file without exceptions: of numbers that do not throw. The number of ways that failed.
[[nodiscard]] int make_in_a_file_without_exceptions(shared_memory& memory);

} // namespace nebula::test
