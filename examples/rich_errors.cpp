// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/errors.md shows this example.
// What a program does about a refusal: goes on in another way, frees and tries again, asks another allocator; and what it
// says of it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <new>

#include <nebula/kernel.hpp>
#include <nebula/services/error_json.hpp>
#include <nebula/services/error_text.hpp>
#include <nebula/services/throwing.hpp>

namespace {

namespace services = nebula::services;
using nebula::layout;

int fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  return 1;
}

// A page that does not fit is taken from the system's heap. Whoever owns a page knows where it is to go back to.
class page {
public:
  page(nebula::bump_allocator& pages, std::size_t bytes) {
    const auto own = pages.allocate({bytes, alignof(std::max_align_t)});
    if (own) {
      data_ = own.value();
      return;
    }
    print(services::error_of(own.error(), {bytes, alignof(std::max_align_t)}, pages).named("pages"), stderr);
    data_ = static_cast<std::byte*>(::operator new(bytes, std::nothrow));
    is_heaps_ = data_ != nullptr;
  }
  page(const page&) = delete;
  page& operator=(const page&) = delete;
  ~page() {
    if (is_heaps_) {
      ::operator delete(data_); // what is the bump's goes with it
    }
  }
  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] bool is_heaps() const { return is_heaps_; }

private:
  std::byte* data_ = nullptr;
  bool is_heaps_ = false;
};

int degrade() {
  alignas(std::max_align_t) static std::array<std::byte, 1024> storage;
  nebula::bump_allocator pages(nebula::bump_builder{}.storage({storage.data(), storage.size()}).build().value());
  const page small(pages, 256);
  const page large(pages, 2048); // never fits: the report says "lend more storage, or ask another allocator"
  const bool did = !small.is_heaps() && small.data() != nullptr && large.is_heaps();
  return did ? 0 : fail("a page is not where it should be");
}

// A full pool: free five, and try again, as its advice says.
int recover() {
  struct message {
    alignas(8) std::byte text[64];
  };
  static nebula::static_pool<message, 10> pool;
  std::array<std::byte*, 10> held{};
  for (std::byte*& block : held) {
    block = pool.allocate(layout::of<message>()).value();
  }
  const auto refused = pool.allocate(layout::of<message>());
  const services::memory_error failed =
      services::error_of(refused.error(), layout::of<message>(), pool).named("messages");
  if (refused || !failed.may_retry()) {
    return fail("ten of ten blocks are live: the pool must refuse, and frees must help");
  }
  print(failed, stderr);
  for (std::size_t index = 0; index < 5; ++index) {
    if (!pool.deallocate(held[index], layout::of<message>())) {
      return fail("a live block was not taken back");
    }
  }
  const auto again = pool.allocate(layout::of<message>());
  return again && pool.state().live_blocks == 6 ? 0 : fail("there is room after five frees");
}

// A bump of 64 bytes, and behind it a pool of blocks that are large enough for what is asked of it. A block goes back to
// whichever of the two it came from.
int fall_back() {
  struct record {
    alignas(8) std::byte fields[128];
  };
  using small_bump = nebula::static_bump<64>;
  using record_pool = nebula::static_pool<record, 100>;
  static small_bump primary;
  static record_pool secondary;
  static nebula::fallback<small_bump, record_pool> both(primary, secondary);
  const auto small = both.allocate(layout::of<std::size_t>());
  const auto large = both.allocate(layout::of<record>());
  if (!small || !large || !primary.owns(small.value()) || !secondary.owns(large.value())) {
    return fail("the word is the bump's, the record the pool's");
  }
  const auto neither = both.allocate({256, 8});
  if (neither || services::error_of(neither.error(), {256, 8}, both).may_retry()) {
    return fail("neither can ever serve 256 bytes");
  }
  return both.deallocate(large.value(), layout::of<record>()) && secondary.state().live_blocks == 0
             ? 0
             : fail("the record is back in the pool");
}

// For code that wants exceptions: the same error, caught as what the standard library throws.
int throw_and_catch() {
  static nebula::static_stack<256> stack;
  services::throwing thrower(stack, "frames", services::thrown_trace::taken);
  try {
    static_cast<void>(thrower.allocate({4096, 8}));
  } catch (const services::out_of_memory& failed) { // or const std::bad_alloc&
    std::array<char, 16384> json{};
    if (services::describe_json(failed.error(), json.data(), json.size()) >= json.size()) {
      return fail("the error as JSON was cut");
    }
    std::printf("%s\n%s\n", failed.what(), json.data());
    return stack.state().live_blocks == 0 ? 0 : fail("a call that throws changes nothing");
  }
  return fail("4 KiB do not fit in 256 bytes");
}

} // namespace

int main() {
  const std::array<int, 4> results{degrade(), recover(), fall_back(), throw_and_catch()};
  return std::count(results.begin(), results.end(), 0) == 4 ? 0 : 1;
}
