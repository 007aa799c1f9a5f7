// SPDX-License-Identifier: Apache-2.0 OR MIT
// Columns that look fast because they do not do their work: the verification must find each of them.
#include "bench/nebula_blocks.hpp"
#include "bench/single_pools.hpp"

namespace nebula::bench {
namespace {

/// The same block for everybody.
class one_block_subject {
public:
  using front = one_block_subject&;
  explicit one_block_subject(const shape& sizes) : bytes_(sizes.block_bytes) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t /*bytes*/) noexcept { return bytes_.data(); }
  [[gnu::always_inline]] inline void deallocate(void* /*block*/, std::size_t /*bytes*/) noexcept {}

private:
  storage bytes_;
};

/// Writes into a block that is live.
class scribbling_subject : public intrusive_list_subject {
public:
  using front = scribbling_subject&;
  using intrusive_list_subject::intrusive_list_subject;
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    void* const block = intrusive_list_subject::allocate(bytes);
    if (last_ != nullptr) {
      *static_cast<unsigned char*>(last_) ^= 1U;
    }
    last_ = block;
    return block;
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    last_ = nullptr;
    intrusive_list_subject::deallocate(block, bytes);
  }

private:
  void* last_ = nullptr;
};

/// Two blocks at a time.
template <std::size_t Rounds>
struct two_blocks {
  static constexpr int threads = 1;
  static constexpr double operations = 2;
  static constexpr std::size_t verified_rounds = Rounds;
  static constexpr std::size_t verified_entries = 20; // as of ten rounds
  static constexpr shape sizes{64, 16, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    const std::size_t bytes = opaque(std::size_t{64});
    run.repeat([&] {
      void* const first = pool.allocate(bytes);
      run.write(first, bytes);
      void* const second = pool.allocate(bytes);
      run.write(second, bytes);
      run.before_free(first);
      pool.deallocate(first, bytes);
      run.before_free(second);
      pool.deallocate(second, bytes);
    });
  }
};

} // namespace

void add_broken(registry& all) {
  all.add<two_blocks<10>, one_block_subject>("broken", "one block for all");
  all.add<two_blocks<10>, scribbling_subject>("broken", "scribbles");
  all.add<two_blocks<9>, intrusive_list_subject>("broken", "does less");
}

} // namespace nebula::bench
