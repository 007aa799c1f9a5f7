// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <asio.hpp>

#include <nebula/services/async/asio_memory.hpp>

#include "async_rig.hpp"

namespace nebula::services {
namespace {

using namespace std::chrono_literals;
using test::async_block_type;
using test::async_pool_rig;
using test::frame_rig;
using code = async_failure_code;
using pool_memory = basic_async_memory<allocator_source<local_pool_allocator>>;
using adapter = asio_memory<pool_memory>;
constexpr layout whole{64, 16};

class asio_memory_test : public ::testing::Test {
protected:
  asio::io_context context;
  frame_rig operations;
  async_pool_rig pool{1};
  adapter blocks{*pool, *operations, context.get_executor()};
  std::string log;

  void ask(char letter, async_block_type* kept = nullptr) {
    blocks.async_allocate(whole, [this, letter, kept](adapter::acquired_type got) {
      log += letter;
      log += got ? "" : name(got.failure().code);
      if (got && kept != nullptr) {
        *kept = std::move(got.value());
      }
    });
  }
};

// [SR-ASYNC-015]
TEST_F(asio_memory_test, completes_by_the_context_and_never_within_the_call) {
  ask('a');
  EXPECT_EQ(log, "");
  context.run();
  EXPECT_EQ(log, "a");
  EXPECT_EQ(operations->state().live_blocks, 0U);
}

TEST_F(asio_memory_test, waits_its_turn_and_keeps_the_context_running_meanwhile) {
  async_block_type kept;
  ask('a', &kept);
  ask('b');
  EXPECT_EQ(context.run_for(20ms), 1U); // there is work outstanding: b's
  EXPECT_EQ(log, "a");
  EXPECT_FALSE(context.stopped());
  static_cast<void>(kept.release());
  context.run();
  EXPECT_EQ(log, "ab");
}

TEST_F(asio_memory_test, tells_a_failure_when_operations_are_used_up) {
  frame_rig none(1, 16);
  adapter narrow{*pool, *none, context.get_executor()};
  narrow.async_allocate(whole, [this](adapter::acquired_type got) { log += name(got.failure().code); });
  EXPECT_EQ(log, "");
  context.run();
  EXPECT_EQ(log, "no_frame");
}

TEST_F(asio_memory_test, is_cancelled_by_asios_own_means) {
  async_block_type kept = pool->try_acquire().value();
  asio::cancellation_signal signal;
  blocks.async_allocate(whole, asio::bind_cancellation_slot(signal.slot(), [this](adapter::acquired_type got) {
                          log += name(got.failure().code);
                        }));
  context.poll();
  EXPECT_EQ(log, "");
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(log, "");
  context.run();
  EXPECT_EQ(log, "cancelled");
}

TEST_F(asio_memory_test, expires_and_is_shut_down) {
  async_block_type kept = pool->try_acquire().value();
  blocks.async_allocate_until(5ns, whole, [this](adapter::acquired_type got) { log += name(got.failure().code); });
  ask('b');
  EXPECT_EQ(pool->expire(5ns), 1U);
  EXPECT_EQ(pool->shutdown(), 1U);
  context.run();
  EXPECT_EQ(log, "timed_outbshut_down");
}

#if defined(ASIO_HAS_CO_AWAIT)

/// What a client and a session exchange: a line of text of a fixed size, which comes back turned round.
constexpr std::size_t message_bytes = 64;

/// Echoes messages turned round, each in a block from the pool that is held for the whole of the session.
asio::awaitable<void> serve(asio::ip::tcp::socket peer, adapter& blocks, std::atomic<int>& served) {
  auto acquired = co_await blocks.async_allocate(whole, asio::use_awaitable);
  if (!acquired) {
    co_return;
  }
  const async_block_type block = std::move(acquired.value());
  std::byte* const bytes = block.data();
  for (;;) {
    std::error_code wrong;
    co_await asio::async_read(peer, asio::buffer(bytes, message_bytes),
                              asio::redirect_error(asio::use_awaitable, wrong));
    if (wrong) {
      break;
    }
    std::reverse(bytes, bytes + message_bytes);
    co_await asio::async_write(peer, asio::buffer(bytes, message_bytes), asio::use_awaitable);
  }
  served.fetch_add(1);
}
asio::awaitable<void> accept(asio::ip::tcp::acceptor& acceptor, adapter& blocks, int count, std::atomic<int>& served) {
  for (int each = 0; each < count; ++each) {
    asio::ip::tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(peer), blocks, served), asio::detached);
  }
}
asio::awaitable<void> call(asio::ip::tcp::endpoint server, unsigned number, int messages, std::atomic<int>& right) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket peer(executor);
  co_await peer.async_connect(server, asio::use_awaitable);
  for (int each = 0; each < messages; ++each) {
    std::array<char, message_bytes> sent{};
    for (std::size_t index = 0; index < message_bytes; ++index) {
      sent[index] = static_cast<char>(number + static_cast<unsigned>(each) * 7U + index);
    }
    std::array<char, message_bytes> got{};
    co_await asio::async_write(peer, asio::buffer(sent), asio::use_awaitable);
    co_await asio::async_read(peer, asio::buffer(got), asio::use_awaitable);
    std::reverse(got.begin(), got.end());
    right.fetch_add(got == sent ? 1 : 0);
  }
}

// More connections than buffers, over real sockets: all are served, each by its own buffer, and none is lost. [SR-ASYNC-015]
TEST(asio_server, serves_all_connections_with_few_buffers) {
  constexpr int connections = 120;
  constexpr int messages = 20;
  constexpr std::size_t buffers = 6;
  asio::io_context context;
  frame_rig operations(connections);
  async_pool_rig pool(buffers);
  adapter blocks{*pool, *operations, context.get_executor()};
  asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  acceptor.listen(connections);
  std::atomic<int> served{0};
  std::atomic<int> right{0};
  asio::co_spawn(context, accept(acceptor, blocks, connections, served), asio::detached);
  for (unsigned each = 0; each < connections; ++each) {
    asio::co_spawn(context, call(acceptor.local_endpoint(), each, messages, right), asio::detached);
  }
  std::thread second([&context] { context.run(); });
  context.run();
  second.join();
  EXPECT_EQ(served.load(), connections);
  EXPECT_EQ(right.load(), connections * messages);
  const async_state state = pool->state();
  EXPECT_EQ(state.returned, static_cast<std::uint64_t>(connections));
  EXPECT_GT(state.granted_by_waiting, 0U); // they did wait
  EXPECT_LE(pool->memory_state().peak_bytes, pool->memory_state().capacity_bytes);
}

asio::awaitable<void> wait_for_a_block(adapter& blocks, std::string& log) {
  const auto acquired = co_await blocks.async_allocate(whole, asio::use_awaitable);
  log += acquired ? "block" : name(acquired.failure().code);
}
TEST(asio_server, wakes_sessions_that_wait_when_the_pool_is_shut_down) {
  asio::io_context context;
  frame_rig operations;
  async_pool_rig pool(1);
  adapter blocks{*pool, *operations, context.get_executor()};
  async_block_type kept = pool->try_acquire().value();
  std::string log;
  asio::co_spawn(context, wait_for_a_block(blocks, log), asio::detached);
  context.poll();
  EXPECT_EQ(log, "");
  EXPECT_EQ(pool->shutdown(), 1U);
  context.run();
  EXPECT_EQ(log, "shut_down");
}
#endif

} // namespace
} // namespace nebula::services
