// SPDX-License-Identifier: Apache-2.0 OR MIT
// What is read without being run. Each tool must report a defect here, and nothing without NEBULA_SEEDED, where each is
// mended.
#include <cstddef>
#include <cstdlib>

namespace {

struct record {
  int count;
  int last;
};

int count_of_first(const record* records, std::size_t number) {
#if defined(NEBULA_SEEDED)
  if (records == nullptr && number == 0) {
    return records->count; // the null pointer, as the condition has just shown
  }
#endif
  return records == nullptr || number == 0 ? 0 : records->count;
}

int sum_of_two() {
  auto* const numbers = static_cast<int*>(std::calloc(2, sizeof(int)));
  if (numbers == nullptr) {
    return 0;
  }
  const int sum = numbers[0] + numbers[1];
  std::free(numbers);
#if defined(NEBULA_SEEDED)
  return sum + numbers[0]; // after it was freed
#else
  return sum;
#endif
}

int last_of_three() {
  const int numbers[3] = {1, 2, 3};
#if defined(NEBULA_SEEDED)
  return numbers[3];
#else
  return numbers[2];
#endif
}

} // namespace

int main(int argument_count, char** /*arguments*/) {
  const record first{1, 2};
  return count_of_first(argument_count > 1 ? &first : nullptr, static_cast<std::size_t>(argument_count - 1)) +
         sum_of_two() + last_of_three() + first.last;
}
