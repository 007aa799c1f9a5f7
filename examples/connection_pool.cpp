// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/object_pool.md shows this example.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nebula/services/object_pool.hpp>

namespace {

namespace services = nebula::services;

/// A TCP connection, closed when it ends.
class connection {
public:
  explicit connection(int descriptor) : descriptor_(descriptor) {}
  ~connection() { ::close(descriptor_); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// The server answers with the number and one more.
  [[nodiscard]] bool ask(std::uint32_t number) {
    std::uint32_t answer = 0;
    return ::send(descriptor_, &number, sizeof number, MSG_NOSIGNAL) == sizeof number &&
           ::recv(descriptor_, &answer, sizeof answer, MSG_WAITALL) == sizeof answer && answer == number + 1;
  }
  /// Nothing is to be read from a connection that nobody has asked: readable means closed by the other side.
  [[nodiscard]] bool is_open() const {
    pollfd look{descriptor_, POLLIN, 0};
    return ::poll(&look, 1, 0) == 0;
  }

private:
  int descriptor_;
};

/// Adds one; hangs up after a number that ends in 7, as servers do when it suits them.
class server {
public:
  server() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    auto* const address = reinterpret_cast<sockaddr*>(&address_);
    is_ready_ = ::bind(listener_, address, size) == 0 && ::getsockname(listener_, address, &size) == 0 &&
                ::listen(listener_, 16) == 0;
    thread_ = std::thread([this] { serve(); });
  }
  ~server() {
    ::shutdown(listener_, SHUT_RDWR); // wakes accept()
    thread_.join();
    ::close(listener_);
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] bool is_ready() const { return is_ready_; }
  [[nodiscard]] int accepted() const { return accepted_.load(); }
  /// A new connection to it; -1 iff it is refused.
  [[nodiscard]] int connect() const {
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    if (made >= 0 && ::connect(made, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) != 0) {
      ::close(made);
      return -1;
    }
    return made;
  }

private:
  void serve() {
    std::vector<std::thread> clients;
    for (;;) {
      const int client = ::accept(listener_, nullptr, nullptr);
      if (client < 0) {
        break;
      }
      accepted_.fetch_add(1);
      clients.emplace_back([client] {
        std::uint32_t number = 0;
        while (::recv(client, &number, sizeof number, MSG_WAITALL) == sizeof number) {
          const std::uint32_t answer = number + 1;
          if (::send(client, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer || number % 10 == 7) {
            break;
          }
        }
        ::close(client);
      });
    }
    for (std::thread& each : clients) {
      each.join();
    }
  }

  int listener_;
  sockaddr_in address_{};
  bool is_ready_ = false;
  std::atomic<int> accepted_{0};
  std::thread thread_;
};

/// How the pool makes connections, and how it sees that one is broken.
services::object_hooks<connection> hooks_for(server& peer) {
  services::object_hooks<connection> hooks;
  hooks.context = &peer;
  hooks.make = [](void* context, services::object_place<connection>& place) {
    if (const int descriptor = static_cast<server*>(context)->connect(); descriptor >= 0) {
      place.emplace(descriptor);
    } // else the caller hears of not_made
  };
  hooks.validate = [](void*, connection& used) { return used.is_open(); };
  return hooks;
}

int fail(const services::object_failure& failure) {
  char text[160];
  services::describe(failure, text, sizeof text);
  std::fprintf(stderr, "%s\n", text);
  return 1;
}

} // namespace

int main() {
  using namespace std::chrono_literals;
  constexpr std::size_t connection_count = 3;
  server peer; // ends after the pool and its connections
  if (!peer.is_ready()) {
    std::perror("server");
    return 1;
  }
  using config_type = services::object_pool_config<connection>;
  alignas(64) static std::array<std::byte, 4096> memory;
  config_type config;
  config.object_count = connection_count;
  config.storage = {memory.data(), memory.size()};
  config.hooks = hooks_for(peer);
  config.idle_time_to_live = 30s;
  config.lease_time_max = 5s;
  const auto plan = config.validate();
  if (!plan) {
    return fail(plan.failure()); // as "object_count is 0; accepted is 1...2147483646"
  }
  services::object_pool<connection> pool(plan.value());
  if (const auto warm = pool.prewarm(2); !warm) {
    return fail(warm.failure());
  }

  // Six workers share three connections.
  std::atomic<std::uint32_t> answered{0};
  std::vector<std::thread> workers;
  for (std::uint32_t worker = 0; worker < 6; ++worker) {
    workers.emplace_back([&pool, &answered, worker] {
      for (std::uint32_t number = 0; number < 100; ++number) {
        // whoever is served first is who waited first, the sixth worker before all others
        auto taken =
            pool.acquire_for(10s, worker == 5 ? services::wait_priority::high : services::wait_priority::normal);
        if (!taken) {
          fail(taken.failure());
          return;
        }
        const services::pooled<connection> lease = std::move(taken.value());
        answered.fetch_add(lease->ask(number) ? 1U : 0U);
      } // the connection goes back here
    });
  }
  for (std::thread& each : workers) {
    each.join();
  }

  const services::object_pool_state state = pool.state();
  char report[200];
  services::describe(pool.health(), report, sizeof report);
  std::printf("%u answers, %llu connections made, %llu found closed, %llu waits\n%s\n", answered.load(),
              static_cast<unsigned long long>(state.made), static_cast<unsigned long long>(state.found_invalid),
              static_cast<unsigned long long>(state.waits), report);
  // A closed connection may be seen as open for a moment, until the server's farewell has come.
  const bool is_well = answered.load() >= 500 && state.found_invalid != 0 && state.acquired == 600 &&
                       state.released == 600 && peer.accepted() >= 3;
  return pool.shutdown() == 0 && is_well ? 0 : 1;
}
