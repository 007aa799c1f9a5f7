// SPDX-License-Identifier: Apache-2.0 OR MIT
// Functions whose machine code is looked at: a result in memory would be stored through a hidden pointer.
#include <nebula/kernel/result.hpp>

#include <cstddef>

namespace {
struct three_words {
  std::size_t words[3];
};
} // namespace

namespace nebula::test {

result<std::byte*> nebula_returns_a_block(std::byte* block) noexcept;
result<std::byte*> nebula_returns_an_error(error failure) noexcept;
void* nebula_returns_three_words(void* words, std::size_t value) noexcept;

result<std::byte*> nebula_returns_a_block(std::byte* block) noexcept { return block; }
result<std::byte*> nebula_returns_an_error(error failure) noexcept { return failure; }
// The twin: what a result of three words would do, spelled out.
void* nebula_returns_three_words(void* words, std::size_t value) noexcept {
  *static_cast<three_words*>(words) = three_words{{value, value, value}};
  return words;
}

} // namespace nebula::test
