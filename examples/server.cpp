// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/server.md shows this example.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory_resource>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <nebula/construct/memory_resource.hpp>
#include <nebula/kernel.hpp>
#include <nebula/services/allocator_statistics.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/logged.hpp>
#include <nebula/services/memory_config_text.hpp>
#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/monitored.hpp>
#include <nebula/services/page_mapping.hpp>
#include <nebula/services/runtime_statistics.hpp>
#include <nebula/services/state_publisher.hpp>
#include <nebula/services/statistics_csv.hpp>
#include <nebula/services/stats_collector.hpp>
#include <nebula/services/stream_sink.hpp>
#include <nebula/services/thread_counters.hpp>

// A server that keeps values by their keys, in the memory that it has been given when it was started, and no more:
// set KEY VALUE, get KEY, drop KEY, health, statistics, quit; a line each. It ends by SIGTERM or SIGINT.
namespace {

namespace services = nebula::services;

constexpr std::size_t worker_count = 4;
constexpr std::size_t line_bytes_max = 2000; // its end included
// Whoever asks nothing, or does not take what it has asked for, does not keep others waiting for ever.
using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds line_time_max{30}; // for a line to come whole
constexpr std::chrono::seconds send_time_max{5};  // for a part of an answer, and after which none is begun

template <class Failure>
int fail(const char* what, const Failure& failure) {
  std::array<char, 256> text{};
  services::describe(failure, text.data(), text.size());
  std::fprintf(stderr, "server: %s: %s\n", what, text.data());
  return 1;
}
int fail_with_errno(const char* what) {
  std::fprintf(stderr, "server: %s: %s\n", what, std::strerror(errno));
  return 1;
}

/// A descriptor that is closed when its owner ends.
class descriptor {
public:
  explicit descriptor(int number = -1) : number_(number) {}
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  [[nodiscard]] int number() const { return number_; }
  void close() {
    if (number_ >= 0) {
      ::close(std::exchange(number_, -1));
    }
  }

private:
  int number_;
};

/// Keys and values: a map of the standard library, whose nodes and words come from the allocator that it is given.
template <class Allocator>
class store {
public:
  explicit store(Allocator& memory) : memory_(memory, nebula::on_refusal::throw_bad_alloc), words_(&memory_) {}

  /// False iff there is no memory; what was there before is as it was.
  [[nodiscard]] bool set(std::string_view key, std::string_view value) {
    const std::lock_guard<std::mutex> lock(mutex_);
    try {
      std::pmr::string kept(value, &memory_);
      words_[std::pmr::string(key, &memory_)].swap(kept);
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  }
  template <class Use>
  [[nodiscard]] bool get(std::string_view key, Use use) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = words_.find(key);
    if (found != words_.end()) {
      use(std::string_view(found->second));
    }
    return found != words_.end();
  }
  [[nodiscard]] bool drop(std::string_view key) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = words_.find(key);
    if (found == words_.end()) {
      return false;
    }
    words_.erase(found);
    return true;
  }

private:
  nebula::resource<Allocator> memory_;
  std::mutex mutex_;
  std::pmr::map<std::pmr::string, std::pmr::string, std::less<>> words_;
};

/// The last layer around the pools: requests are shed while memory is short, and failures are logged.
using pools = nebula::segregated_allocator;
using shed_pools = services::monitored<pools>;
using server_allocator = services::logged<shed_pools, services::log_level::trace>;

/// What one thread has for one request: emptied after each, so that it cannot leak.
struct worker_memory {
  std::array<char, line_bytes_max> line{};
  std::size_t filled = 0;
  nebula::static_bump<8192> scratch{};
  services::state_publisher shown{};
};

enum request_counter : std::size_t { answered, refused, request_counters };

class server {
public:
  server(store<server_allocator>& words, const services::memory_runtime& runtime, services::stats_collector& collector,
         int listener, int stop)
      : words_(words), runtime_(runtime), collector_(collector), listener_(listener), stop_(stop) {}

  /// Until `stop` can be read from: one connection after the other.
  void work(worker_memory& own) {
    for (;;) {
      if (!wait_for(listener_, std::chrono::hours(1))) {
        if (is_to_end()) {
          return;
        }
        continue;
      }
      const descriptor client(::accept(listener_, nullptr, nullptr));
      if (client.number() >= 0) { // else another worker was quicker
        const timeval patience{send_time_max.count(), 0};
        ::setsockopt(client.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        serve(client.number(), own);
      }
    }
  }
  void report(services::source_report& report) const noexcept {
    const services::metric_description requests{"requests", "Requests, by their outcome.", "outcome"};
    report.counter(requests, requests_.total(answered), "answered");
    report.counter(requests, requests_.total(refused), "refused");
  }

private:
  /// False iff the server is to end, or nothing has come for so long.
  [[nodiscard]] bool wait_for(int what, std::chrono::milliseconds patience) const {
    std::array<pollfd, 2> both{pollfd{what, POLLIN, 0}, pollfd{stop_, POLLIN, 0}};
    int ready = -1;
    do {
      ready = ::poll(both.data(), both.size(), std::max(0, static_cast<int>(patience.count())));
    } while (ready < 0 && errno == EINTR);
    return ready > 0 && both[1].revents == 0;
  }
  [[nodiscard]] bool is_to_end() const {
    pollfd look{stop_, POLLIN, 0};
    return ::poll(&look, 1, 0) != 0;
  }
  void serve(int client, worker_memory& own) {
    own.filled = 0;
    bool is_too_long = false; // the line that is being read
    auto until = clock::now() + line_time_max;
    while (wait_for(client, std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()))) {
      const ssize_t count = ::recv(client, own.line.data() + own.filled, own.line.size() - own.filled, 0);
      if (count <= 0) {
        return; // the other side has gone
      }
      own.filled += static_cast<std::size_t>(count);
      std::string_view rest(own.line.data(), own.filled);
      for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        std::string_view line = rest.substr(0, end);
        rest.remove_prefix(end + 1);
        if (line.ends_with('\r')) {
          line.remove_suffix(1);
        }
        const bool is_end_of_refused = std::exchange(is_too_long, false);
        if (!is_end_of_refused && (line == "quit" || !answer(client, line, own))) {
          return;
        }
        until = clock::now() + line_time_max;
      }
      if (rest.size() == own.line.size()) { // what follows up to its end is thrown away
        if (!std::exchange(is_too_long, true) && !refuse_line(client)) {
          return;
        }
        rest.remove_prefix(rest.size());
      }
      own.filled = rest.size();
      std::memmove(own.line.data(), rest.data(), rest.size());
    }
  }
  /// Before the answer is sent: whoever has it finds it counted.
  void count(bool is_answered) noexcept { requests_.add(is_answered ? answered : refused); }
  /// False iff the other side has gone.
  [[nodiscard]] bool answer(int client, std::string_view line, worker_memory& own) {
    nebula::resource<nebula::static_bump<8192>> request_memory(own.scratch, nebula::on_refusal::throw_bad_alloc);
    bool is_sent = false;
    if (line == "statistics") {
      is_sent = send_statistics(client);
    } else {
      try {
        std::pmr::string text(&request_memory);
        text.reserve(line_bytes_max); // once: a bump allocator takes back its last block only
        count(make_answer(line, text));
        is_sent = send(client, text);
      } catch (const std::bad_alloc&) { // no more than a line's length is ever answered
        count(false);
        is_sent = send(client, "error: no memory for the answer\n");
      }
    }
    own.shown.publish(own.scratch.state());
    static_cast<void>(own.scratch.reset());
    return is_sent;
  }
  [[nodiscard]] bool make_answer(std::string_view line, std::pmr::string& text) {
    const std::string_view command = word_of(line);
    const std::string_view key = word_of(line);
    if (command == "set" && !key.empty() && !line.empty()) {
      const bool is_kept = words_.set(key, line);
      text = is_kept ? "stored\n" : "error: no memory for it; drop something, or try again later\n";
      return is_kept;
    }
    if (command == "get" && !key.empty() && line.empty()) {
      const bool is_there = words_.get(key, [&text](std::string_view value) { text.append(value) += '\n'; });
      text.append(is_there ? "" : "error: there is no such key\n");
      return is_there;
    }
    if (command == "drop" && !key.empty() && line.empty()) {
      const bool was_there = words_.drop(key);
      text = was_there ? "dropped\n" : "error: there is no such key\n";
      return was_there;
    }
    if (command == "health" && key.empty()) {
      std::array<char, 256> report{};
      services::describe(runtime_.health_check(), report.data(), report.size());
      text.append(report.data()) += '\n';
      return true;
    }
    text = "error: a line is set KEY VALUE, get KEY, drop KEY, health, statistics, or quit\n";
    return false;
  }
  /// A table that ends with an empty line. Services take their own memory from the heap, for whoever asks.
  [[nodiscard]] bool send_statistics(int client) {
    const auto taken = collector_.snapshot();
    const auto table = taken ? services::to_csv(taken.value()) : taken.failure();
    count(table.has_value());
    return table.has_value() ? send(client, table.value()) && send(client, "\r\n")
                             : send(client, "error: no memory for the statistics\n");
  }
  [[nodiscard]] bool refuse_line(int client) {
    requests_.add(refused);
    return send(client, "error: a line has at most 1999 bytes\n");
  }
  /// The first word, which is taken off the line, with the space behind it.
  [[nodiscard]] static std::string_view word_of(std::string_view& line) {
    const std::size_t end = line.find(' ');
    const std::string_view word = line.substr(0, end);
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return word;
  }
  [[nodiscard]] static bool send(int client, std::string_view text) {
    const auto until = clock::now() + send_time_max;
    while (!text.empty()) {
      if (clock::now() > until) {
        return false;
      }
      const ssize_t count = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
      if (count <= 0) {
        return false;
      }
      text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  store<server_allocator>& words_;
  const services::memory_runtime& runtime_;
  services::stats_collector& collector_;
  int listener_;
  int stop_;
  services::thread_counters<request_counters> requests_;
};

/// On loopback, on a free port, which it prints.
[[nodiscard]] int listen_on_free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (listener < 0 || ::bind(listener, any, size) != 0 || ::getsockname(listener, any, &size) != 0 ||
      ::listen(listener, SOMAXCONN) != 0) {
    fail_with_errno("listening");
    ::close(listener);
    return -1;
  }
  std::printf("listening on 127.0.0.1:%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
  std::fflush(stdout);
  return listener;
}

/// Serves until a signal comes. 0 iff every block had come back by then.
int run(const services::memory_config& config) {
  const auto machine = services::system_memory::detect();
  if (!machine) {
    return fail("memory of the system", machine.failure());
  }
  // All memory for keys and values, from the system, as the configuration has it: between guard pages, locked, huge, …
  static constexpr std::array<nebula::size_class, 5> classes{
      {{48, 16, 2048}, {128, 16, 1024}, {256, 16, 512}, {512, 16, 128}, {2048, 16, 32}}};
  const auto storage_bytes =
      pools::config_type::storage_bytes(classes.data(), classes.size(), config.kernel_check_level);
  const auto mapping_plan = config.pages(storage_bytes.value()).validate(machine.value());
  auto mapping = mapping_plan ? services::page_mapping::make(mapping_plan.value()) : mapping_plan.failure();
  if (!mapping) {
    return fail("memory for keys and values", mapping.failure());
  }
  services::stream_sink sink(stderr, services::log_format::text);
  const auto log_plan = config.log("words").validate();
  if (!log_plan) {
    return fail("log", log_plan.failure());
  }
  services::event_log log(log_plan.value(), sink);

  auto runtime = services::memory_runtime::initialize(config.runtime(machine.value()).validate().value());
  if (!runtime) {
    return fail("runtime", runtime.failure());
  }
  pools::config_type pools_config;
  pools_config.storage = mapping.value().bytes();
  pools_config.classes = classes.data();
  pools_config.class_count = classes.size();
  pools_config.fallback_classes = 1;
  pools_config.hook = log.hook();
  pools_config.level = config.kernel_check_level;
  pools words(pools_config.validate().value());
  const services::machine_pressure pressure{machine.value(), config.pressure()};
  const auto shedding = config.shedding(pressure.probe()).validate();
  const auto registration = runtime.value().registry().add("words", {words, services::allocator_threads::any});
  if (!shedding || !registration) {
    return fail("words", shedding ? registration.failure() : shedding.failure());
  }
  shed_pools shed(words, shedding.value());
  server_allocator logged(shed, log);

  std::array<worker_memory, worker_count> own;
  auto collector = services::stats_collector::make();
  if (!collector) {
    return fail("statistics", collector.failure());
  }
  std::array<int, 2> stop{};
  if (::pipe(stop.data()) != 0) {
    return fail_with_errno("a pipe");
  }
  const descriptor stop_reading(stop[0]);
  descriptor stop_writing(stop[1]);
  const descriptor listener(listen_on_free_port());
  if (listener.number() < 0) {
    return 1;
  }
  {
    store<server_allocator> kept(logged);
    server serving(kept, runtime.value(), collector.value(), listener.number(), stop_reading.number());
    const services::runtime_statistics all(runtime.value());
    std::vector<services::statistics_registration> sources;
    const auto show = [&](const std::string& name, const char* kind, services::statistics_source source) {
      auto joined = collector.value().add(name, kind, source);
      if (joined) {
        sources.push_back(std::move(joined.value()));
      }
      return joined.has_value();
    };
    bool are_shown = show("memory", "memory_runtime", services::source_of_reporter(all)) &&
                     show("requests", "server", services::source_of_reporter(serving));
    for (std::size_t index = 0; index < worker_count; ++index) {
      own[index].shown.publish(own[index].scratch.state());
      are_shown = are_shown && show("scratch of worker " + std::to_string(index), "bump_allocator",
                                    services::source_of_owned(own[index].shown));
    }
    if (!are_shown) {
      return fail("statistics", services::statistics_failure{services::statistics_failure_code::out_of_memory});
    }
    std::array<std::thread, worker_count> workers;
    for (std::size_t index = 0; index < worker_count; ++index) {
      workers[index] = std::thread([&serving, &memory = own[index]] { serving.work(memory); });
    }
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    int which = 0;
    sigwait(&signals, &which);
    stop_writing.close(); // wakes whoever waits
    for (std::thread& each : workers) {
      each.join();
    }
  } // the store gives its blocks back
  if (const auto ended = runtime.value().shutdown(); !ended) {
    return fail("shutdown", ended.failure()); // and the end of the runtime says whose blocks they are
  }
  std::puts("ended, and every block has come back");
  return 0;
}

} // namespace

int main() {
  sigset_t signals; // blocked before there are threads: sigwait() takes them
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto config = services::read_environment(services::memory_config::production(), environ);
  return config ? run(config.value()) : fail("configuration", config.failure());
}
