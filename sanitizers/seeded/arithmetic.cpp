// SPDX-License-Identifier: Apache-2.0 OR MIT
// Arithmetic, conversions, indices and pointers. What is right is the kernel's arithmetic, which wraps where it says so.
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <nebula/kernel.hpp>

#include "defects.hpp"

#if defined(__clang__)
#define NEVER_NULL _Nonnull
#else
#define NEVER_NULL
#endif

namespace {

using seeded::unknown;

void nothing_wrong() {
  nebula::static_bump<256> bump;
  nebula::static_local_pool<long, 4> pool;
  std::byte* const block = pool.allocate(nebula::layout::of<long>()).value();
  if (bump.allocate({5, 1}).has_value() && bump.allocate({24, 16}).has_value() && pool.deallocate(block)) {
    std::puts("allocated, padded and freed");
  }
}

void print(long long value) { std::printf("%lld\n", value); }

void signed_overflow() { print(unknown(INT_MAX) + 1); }
void shift_too_far() { print(1 << unknown(40)); }
void misaligned() {
  alignas(8) static unsigned char bytes[16];
  std::memset(bytes, unknown(1), sizeof(bytes));
  const int* const number = unknown(reinterpret_cast<const int*>(bytes + 1));
  print(*number);
}
void unsigned_wrap() { print(unknown(std::size_t{0}) - 1 == SIZE_MAX); }
void shift_out_of_the_word() { print(unknown(0x80000001U) << 1U); }
void truncation() {
  const unsigned char kept = unknown(300U);
  print(kept);
}
void sign_change() {
  const unsigned changed = unknown(-1);
  print(changed);
}
void index_of_a_local() {
  int numbers[4] = {1, 2, 3, 4};
  print(numbers[unknown(7)]);
}
void place_beyond_a_local() {
  int numbers[4] = {1, 2, 3, 4};
  const int* const place = numbers + unknown(7);
  print(*place);
}
struct with_last {
  int count;
  int numbers[4];
};
void index_of_a_last_member() {
  static with_last pair[2];
  print(pair[0].numbers[unknown(5)]);
}
int first_of(const int* NEVER_NULL numbers) { return numbers == nullptr ? 0 : *numbers; }
void null_where_never() { print(first_of(unknown<const int*>(nullptr))); }
void division_by_zero() { print(static_cast<long long>(unknown(1.0) / unknown(0.0) > 0.0)); }

const seeded::defect defects[] = {{"signed_overflow", signed_overflow},
                                  {"shift_too_far", shift_too_far},
                                  {"misaligned", misaligned},
                                  {"unsigned_wrap", unsigned_wrap},
                                  {"shift_out_of_the_word", shift_out_of_the_word},
                                  {"truncation", truncation},
                                  {"sign_change", sign_change},
                                  {"index_of_a_local", index_of_a_local},
                                  {"place_beyond_a_local", place_beyond_a_local},
                                  {"index_of_a_last_member", index_of_a_last_member},
                                  {"null_where_never", null_where_never},
                                  {"division_by_zero", division_by_zero}};

} // namespace

int main(int argument_count, char** arguments) {
  return seeded::run(nothing_wrong, defects, argument_count, arguments);
}
