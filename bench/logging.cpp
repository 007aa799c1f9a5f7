// SPDX-License-Identifier: Apache-2.0 OR MIT
// What it costs that an allocator's calls are logged, where nothing is to be told: a pool as it is, and the same pool with
// a log at the level of warnings. One thread.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <nebula/services/event_log.hpp>
#include <nebula/services/log_sink.hpp>
#include <nebula/services/logged.hpp>

#include "bench/nebula_blocks.hpp"

namespace nebula::bench {
namespace {

using services::event_log;
using services::log_level;

/// Nothing comes here: a column that tells something is broken.
class no_sink final : public services::log_sink {
public:
  void write(const services::log_event& /*event*/) noexcept override { give_up("logging", "an event was told"); }
};

/// The pool of all columns, and a log.
class pool_and_log {
public:
  explicit pool_and_log(const shape& sizes)
      : bytes_(must_plan(
            pool_config::storage_bytes(sizes.block_bytes, pool_align_bytes(sizes.block_bytes), sizes.block_count))),
        pool(must_plan(pool_builder{}
                           .storage(byte_span{bytes_.data(), bytes_.size()})
                           .block_size_bytes(sizes.block_bytes)
                           .block_align_bytes(pool_align_bytes(sizes.block_bytes))
                           .block_count(sizes.block_count)
                           .build())),
        log(planned(), sink_) {}

private:
  static services::event_log_plan planned() {
    services::event_log_config config;
    config.name = "messages";
    const auto plan = config.validate();
    if (!plan) {
      give_up("logging", "the log's configuration was refused");
    }
    return plan.value();
  }

  storage bytes_;
  no_sink sink_;

public:
  pool_allocator pool;
  event_log log;
};

class plain_subject {
public:
  using front = plain_subject&;
  explicit plain_subject(const shape& sizes) : made_(sizes) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(made_.pool.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(made_.pool.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  pool_and_log made_;
};

template <log_level Least>
class logged_subject {
public:
  using front = logged_subject&;
  explicit logged_subject(const shape& sizes)
      : made_(sizes), pool_(services::log_calls<Least>(made_.pool, made_.log)) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(pool_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(pool_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  pool_and_log made_;
  services::logged_calls<pool_allocator, Least> pool_;
};

class observed_subject {
public:
  using front = observed_subject&;
  explicit observed_subject(const shape& sizes)
      : made_(sizes), pool_(made_.pool, must_plan(made_.log.observer().validate())) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(pool_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(pool_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  pool_and_log made_;
  observed<pool_allocator> pool_;
};

/// A request: messages are taken, each is filled and its checksum made, all are given back.
struct request {
  static constexpr std::size_t messages = 32;
  static constexpr std::size_t bytes = 256;
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 50;
  static constexpr std::size_t verified_entries = messages * verified_rounds;
  static constexpr shape sizes{bytes, 2 * messages, 0};

  /// Adler-32 without its last step, as a stand-in for the little that a server does with what it was sent.
  /// Not inlined: one and the same code for all columns.
  [[gnu::noinline]] static std::uint32_t checksum(const unsigned char* data) noexcept {
    std::uint32_t low = 1;
    std::uint32_t high = 0;
    for (std::size_t index = 0; index < bytes; ++index) {
      low += data[index];
      high += low;
    }
    return (high << 16U) | low;
  }

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    static std::array<unsigned char, bytes> received{};
    std::array<void*, messages> taken{};
    keep(taken.data());
    run.repeat([&] {
      std::uint32_t sum = 0;
      for (std::size_t index = 0; index < messages; ++index) {
        taken[index] = pool.allocate(bytes);
        received[index] = static_cast<unsigned char>(index);
        std::memcpy(taken[index], received.data(), bytes);
        sum ^= opaque(checksum(static_cast<const unsigned char*>(taken[index])));
        run.take(taken[index], bytes);
      }
      for (void* const block : taken) {
        run.before_free(block);
        pool.deallocate(block, bytes);
      }
      static_cast<void>(opaque(sum));
    });
  }
};

/// Nothing but the calls.
struct pair {
  static constexpr std::size_t bytes = 64;
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 1'000;
  static constexpr std::size_t verified_entries = verified_rounds;
  static constexpr shape sizes{bytes, 64, 0};

  template <class Front, class Run>
  static void body(Front& pool, Run& run) {
    run.repeat([&] {
      void* const block = pool.allocate(bytes);
      run.write(block, bytes);
      run.before_free(block);
      pool.deallocate(block, bytes);
    });
  }
};

template <class Scenario>
void add_columns(registry& all, const char* scenario) {
  all.add<Scenario, logged_subject<log_level::warning>>(scenario, "nebula logged");
  all.add<Scenario, logged_subject<log_level::trace>>(scenario, "nebula logged, all levels");
  all.add<Scenario, plain_subject>(scenario, "nebula pool");
  all.add<Scenario, observed_subject>(scenario, "nebula observed");
}

} // namespace

void add_logging(registry& all) {
  add_columns<request>(all, "logged_request");
  add_columns<pair>(all, "logged_pair");
}

} // namespace nebula::bench
