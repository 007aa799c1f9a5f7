// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/async.md shows this example, which is compiled and run as a test.
// A TCP server that turns lines round, with buffers for four sessions and forty clients who come at the same time. A
// session waits for its buffer, in turn, as long as it takes; one kind of client does not want to wait, and is told that
// the server is busy. Nothing that a session needs of us comes from the heap.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <asio.hpp>

#include <nebula/services/async/asio_memory.hpp>
#include <nebula/services/async/async_pool.hpp>

namespace {

namespace services = nebula::services;
using asio::ip::tcp;
using session_blocks =
    services::basic_async_memory<services::allocator_source<nebula::local_pool_allocator>>; // what an async_pool is
using asio_blocks = services::asio_memory<session_blocks>;

constexpr std::size_t line_bytes = 256;
constexpr nebula::layout session_buffer{line_bytes, 16};
constexpr std::size_t buffer_count = 4;
constexpr int client_count = 40;
constexpr int impatient_count = 8;
constexpr int lines_each = 25;

std::chrono::nanoseconds now() { return std::chrono::steady_clock::now().time_since_epoch(); }

struct figures {
  int served = 0;
  int told_busy = 0;
  int lines_right = 0;
  int clients_left = client_count + impatient_count;
};

/// One session: the first byte says whether its client waits for a buffer, or for a millisecond at most.
asio::awaitable<void> serve(tcp::socket peer, asio_blocks& blocks, figures& sums) {
  char patience = 0;
  std::error_code wrong;
  co_await asio::async_read(peer, asio::buffer(&patience, 1), asio::redirect_error(asio::use_awaitable, wrong));
  // Each result has a name: compilers of some years ago end temporaries in an await expression twice.
  const auto deadline = patience == 'p' ? std::chrono::nanoseconds::max() : now() + std::chrono::milliseconds(1);
  auto acquired = co_await blocks.async_allocate_until(deadline, session_buffer, asio::use_awaitable);
  if (!acquired) {
    ++sums.told_busy;
    const char busy = 'b';
    co_await asio::async_write(peer, asio::buffer(&busy, 1), asio::redirect_error(asio::use_awaitable, wrong));
    co_return;
  }
  const auto block = std::move(acquired.value()); // back at the end of the session, to whoever waits
  char* const line = reinterpret_cast<char*>(block.data());
  const char ready = 'r';
  co_await asio::async_write(peer, asio::buffer(&ready, 1), asio::redirect_error(asio::use_awaitable, wrong));
  while (!wrong) {
    co_await asio::async_read(peer, asio::buffer(line, line_bytes), asio::redirect_error(asio::use_awaitable, wrong));
    if (!wrong) {
      std::reverse(line, line + line_bytes);
      co_await asio::async_write(peer, asio::buffer(line, line_bytes),
                                 asio::redirect_error(asio::use_awaitable, wrong));
    }
  }
  ++sums.served;
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, asio_blocks& blocks, figures& sums) {
  for (int each = 0; each < client_count + impatient_count; ++each) {
    tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(peer), blocks, sums), asio::detached);
  }
}

/// Deadlines are the program's to drive: here a timer does, as long as there are clients.
asio::awaitable<void> tell_the_time(asio_blocks& blocks, figures& sums) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor);
  while (sums.clients_left != 0) {
    timer.expires_after(std::chrono::milliseconds(1));
    co_await timer.async_wait(asio::use_awaitable);
    blocks.memory().expire(now());
  }
}

asio::awaitable<void> call(tcp::endpoint server, bool is_patient, unsigned number, figures& sums) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::socket peer(executor);
  co_await peer.async_connect(server, asio::use_awaitable);
  const char patience = is_patient ? 'p' : 'i';
  co_await asio::async_write(peer, asio::buffer(&patience, 1), asio::use_awaitable);
  char answer = 0;
  co_await asio::async_read(peer, asio::buffer(&answer, 1), asio::use_awaitable);
  for (int each = 0; answer == 'r' && each < lines_each; ++each) {
    std::array<char, line_bytes> sent{};
    for (std::size_t index = 0; index < line_bytes; ++index) {
      sent[index] = static_cast<char>('a' + (number + static_cast<unsigned>(each) + index) % 26);
    }
    std::array<char, line_bytes> got{};
    co_await asio::async_write(peer, asio::buffer(sent), asio::use_awaitable);
    co_await asio::async_read(peer, asio::buffer(got), asio::use_awaitable);
    sums.lines_right += std::equal(got.rbegin(), got.rend(), sent.begin()) ? 1 : 0;
  }
  --sums.clients_left;
}

} // namespace

int main() {
  // All memory of the sessions: their buffers, and the operations of those who wait.
  alignas(16) static std::array<std::byte, 2048> buffer_storage;
  nebula::local_pool_config config;
  config.storage = {buffer_storage.data(), buffer_storage.size()};
  config.block_size_bytes = line_bytes;
  config.block_count = buffer_count;
  const auto plan = config.validate();
  static std::array<std::byte, 65536> operation_storage;
  const auto operations_plan =
      services::frame_pool::config({operation_storage.data(), operation_storage.size()}, 512, 64).validate();
  if (!plan || !operations_plan) {
    std::fputs("the storage does not do\n", stderr);
    return 1;
  }
  services::async_pool buffers(plan.value());
  services::frame_pool operations(operations_plan.value());

  asio::io_context context;
  asio_blocks blocks(buffers, operations, context.get_executor());
  tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
  figures sums;
  asio::co_spawn(context, accept(acceptor, blocks, sums), asio::detached);
  asio::co_spawn(context, tell_the_time(blocks, sums), asio::detached);
  for (unsigned each = 0; each < client_count + impatient_count; ++each) {
    asio::co_spawn(context, call(acceptor.local_endpoint(), each < client_count, each, sums), asio::detached);
  }
  context.run();

  const services::async_state state = buffers.state();
  std::printf("%d sessions served with %zu buffers, %d told that the server is busy, %d lines right\n", sums.served,
              buffer_count, sums.told_busy, sums.lines_right);
  std::printf("%llu had a buffer at once, %llu waited, %zu at a time at most, %llu until their deadline\n",
              static_cast<unsigned long long>(state.granted_at_once),
              static_cast<unsigned long long>(state.granted_by_waiting), state.waiting_peak,
              static_cast<unsigned long long>(state.timed_out));
  // Every patient client has been served, and nothing was lost on the way.
  const bool is_well = sums.served + sums.told_busy == client_count + impatient_count &&
                       sums.lines_right == sums.served * lines_each && sums.served >= client_count && state.out == 0 &&
                       state.waiting == 0 && operations.refused() == 0 && operations.state().live_blocks == 0;
  return is_well ? 0 : 1;
}
