// SPDX-License-Identifier: Apache-2.0 OR MIT
// A fuzz target's main() without files: runs the target on each input of the corpus that was linked with it. Each input gets
// memory of exactly its size.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" {
struct corpus_input {
  const std::uint8_t* data;
  std::size_t size;
};
extern const corpus_input corpus[];
extern const std::uint32_t corpus_count;
}

int main() {
  for (std::uint32_t index = 0; index < corpus_count; ++index) {
    const std::unique_ptr<std::uint8_t[]> exact(new std::uint8_t[corpus[index].size]);
    std::copy_n(corpus[index].data, corpus[index].size, exact.get());
    LLVMFuzzerTestOneInput(exact.get(), corpus[index].size);
  }
  std::printf("%u inputs replayed\n", static_cast<unsigned>(corpus_count));
  return corpus_count == 0 ? 1 : 0;
}
