// SPDX-License-Identifier: Apache-2.0 OR MIT
// The example of docs/construct.md, as it stands there: tests compare the two, and run this.
#include <nebula/nebula.hpp>

#include <memory_resource>
#include <string>
#include <vector>

struct session {
  int id;
  std::string user;
};

static nebula::static_pool<session, 4> sessions; // lock-free, checked; no heap, no start-up code
static nebula::static_bump<4096> scratch;

// One object that ends with its owner, and an owner that outlives the memory: caught, not obeyed.
static bool owned() {
  auto held = nebula::make_handle<session>(sessions, 7, "ada");
  if (!held || held->user != "ada") {
    return false; // held.error() says why
  }
  auto stale = nebula::make_handle<int>(scratch, 3);
  const bool reset = scratch.reset().has_value();
  return reset && stale.get().code() == nebula::error_code::stale_handle; // reported; no destructor will run on it
}

// A hook that sees each session last, whatever way it ends.
static bool pooled() {
  int closed = 0;
  {
    const auto open = nebula::make_pooled_with_hook<session>(
        sessions, [&closed](session& /*last*/) noexcept { ++closed; }, 8, "grace");
    if (!open) {
      return false;
    }
  }
  return closed == 1;
}

// Many objects of one type, destroyed all together, the last first.
static bool many() {
  nebula::typed_arena<std::string, decltype(scratch)> words(scratch);
  const char* const all[] = {"one", "two", "three"};
  const auto row = words.emplace_range(all, all + 3);
  return row && row.value()[2] == "three" && words.emplace("four") && words.size() == 4 && words.clear();
}

// Containers of the standard library.
static bool standard() {
  nebula::resource<decltype(scratch)> memory(scratch, nebula::on_refusal::throw_bad_alloc); // no silent default
  std::pmr::vector<int> numbers({1, 2, 3}, &memory);
  return numbers.back() == 3;
}

int main() {
  const auto object = nebula::make<session>(sessions, 1, "alan");
  const auto destroyed = nebula::destroy(sessions, object.value());
  const auto again = nebula::destroy(sessions, object.value()); // a bug: refused before any destructor runs
  return destroyed && again.code() == nebula::error_code::double_free && owned() && pooled() && many() && standard()
             ? 0
             : 1;
}
