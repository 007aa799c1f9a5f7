// SPDX-License-Identifier: Apache-2.0 OR MIT
// docs/services/cache.md shows it.
// A cache in front of a server that answers requests in the way of HTTP: answers are kept for as long as they say
// themselves, by Cache-Control: max-age, and weigh as many bytes as they have.
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nebula/services/cache/cache.hpp>
#include <nebula/services/cache/w_tiny_lfu_policy.hpp>

namespace {

using namespace std::chrono_literals;
namespace services = nebula::services;

/// The program's time: here it stands still until main() moves it. services::steady_cache_clock is the machine's.
struct program_clock {
  const std::chrono::nanoseconds* time;
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return *time; }
};

struct request {
  std::string_view method;
  std::string_view target;
};
struct response {
  int status = 0;
  std::string cache_control;
  std::string body;
};

/// The request line: a method, a target that begins with a slash, a version, each apart by one space; none iff it is not.
std::optional<request> parse_request(std::string_view text) {
  const std::string_view line = text.substr(0, text.find("\r\n"));
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (line.size() == text.size() || first == std::string_view::npos || first == last || first == 0) {
    return std::nullopt;
  }
  const request found{line.substr(0, first), line.substr(first + 1, last - first - 1)};
  const bool is_well_formed = found.target.starts_with('/') && found.target.find(' ') == std::string_view::npos &&
                              line.substr(last + 1).starts_with("HTTP/1.");
  return is_well_formed ? std::optional(found) : std::nullopt;
}

/// For how long an answer may be kept: max-age of its Cache-Control, in seconds; 0 iff it has none, or one that cannot be
/// read, or must not be stored.
std::chrono::seconds lifetime_of(std::string_view cache_control) {
  constexpr std::string_view name = "max-age=";
  constexpr std::int64_t longest = 365LL * 24 * 60 * 60;
  const std::size_t place = cache_control.find(name);
  if (place == std::string_view::npos || cache_control.find("no-store") != std::string_view::npos) {
    return 0s;
  }
  const std::string_view digits = cache_control.substr(place + name.size());
  std::int64_t seconds = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
  if (read.ec == std::errc::result_out_of_range) {
    return std::chrono::seconds(longest);
  }
  return std::chrono::seconds(read.ec != std::errc() || seconds < 0 ? 0 : seconds < longest ? seconds : longest);
}

/// What would be a program of its own.
class origin {
public:
  response answer(const request& to) {
    ++answers_;
    std::string body = "answer " + std::to_string(answers_) + " to ";
    body += to.target;
    if (to.target.starts_with("/images/")) {
      body.resize(20'000, '.');
      return {200, "public, max-age=3600", body};
    }
    if (to.target.starts_with("/account/")) {
      return {200, "no-store", body};
    }
    return to.target == "/missing" ? response{404, "", body} : response{200, "max-age=10", body};
  }
  [[nodiscard]] int answers() const { return answers_; }

private:
  int answers_ = 0;
};

class request_cache {
  using cache_type = services::cache<std::string, response, services::w_tiny_lfu_policy, program_clock>;

public:
  static constexpr std::size_t answers_max = 100;
  static constexpr std::uint64_t bytes_max = 64 * 1024;

  request_cache(origin& behind, program_clock clock)
      : behind_(behind),
        storage_(cache_type::config_type::storage_bytes(answers_max).value()),
        answers_(plan(), clock) {}

  response handle(std::string_view text) {
    const std::optional<request> parsed = parse_request(text);
    if (!parsed) {
      return {400, "", "bad request"};
    }
    if (parsed->method != "GET") {
      answers_.remove(std::string(parsed->target)); // whatever it does, what was kept is old now
      return behind_.answer(*parsed);
    }
    const std::string key(parsed->target);
    if (const response* const kept = answers_.get(key)) {
      return *kept;
    }
    response made = behind_.answer(*parsed);
    const std::chrono::seconds lifetime = lifetime_of(made.cache_control);
    if (lifetime > 0s) {
      const std::size_t bytes = key.size() + made.body.size();
      answers_.put(key, made, {bytes < UINT32_MAX ? static_cast<std::uint32_t>(bytes) : UINT32_MAX, lifetime});
    }
    return made;
  }
  [[nodiscard]] services::cache_stats stats() const { return answers_.stats(); }

private:
  cache_type::plan_type plan() {
    cache_type::config_type config;
    config.entry_count = answers_max;
    config.weight_max = bytes_max;
    config.storage = {storage_.data(), storage_.size()};
    const auto made = config.validate();
    if (!made) {
      char why[200];
      services::describe(made.failure(), why, sizeof why);
      std::fprintf(stderr, "request_cache: %s\n", why);
    }
    return made.value();
  }
  origin& behind_;
  std::vector<std::byte> storage_;
  cache_type answers_;
};

std::string get(std::string_view target) {
  std::string text = "GET ";
  text += target;
  text += " HTTP/1.1\r\nHost: example.org\r\n\r\n";
  return text;
}

} // namespace

int main() {
  std::chrono::nanoseconds now{0};
  origin behind;
  request_cache cache(behind, program_clock{&now});
  int mistakes = 0;
  const auto expect = [&](const char* what, bool is_so) {
    if (!is_so) {
      std::fprintf(stderr, "request_cache: not so: %s\n", what);
      ++mistakes;
    }
  };

  expect("the first request is answered by the origin", cache.handle(get("/news")).body == "answer 1 to /news");
  now += 9s;
  expect("the second one by the cache", cache.handle(get("/news")).body == "answer 1 to /news");
  now += 1s;
  expect("after max-age, by the origin again", cache.handle(get("/news")).body == "answer 2 to /news");
  expect("what must not be stored is not",
         cache.handle(get("/account/7")).body != cache.handle(get("/account/7")).body);
  expect("what does not say how long is not",
         cache.handle(get("/missing")).status == 404 && cache.stats().insertions == 2);
  expect("a request that is none", cache.handle("GET /news\r\n\r\n").status == 400);
  expect("a text without an end", cache.handle("GET /news HTTP/1.1").status == 400);
  cache.handle("POST /news HTTP/1.1\r\n\r\n");
  expect("what was changed is asked for again", cache.handle(get("/news")).body == "answer 7 to /news");
  for (int number = 0; number < 5; ++number) { // more than fit
    cache.handle(get("/images/" + std::to_string(number)));
    expect("the bytes are bounded", cache.stats().weight <= request_cache::bytes_max);
  }
  expect("lifetimes are read", lifetime_of("private, max-age=60") == 60s && lifetime_of("max-age=-5") == 0s &&
                                   lifetime_of("max-age=99999999999999999999") == 365 * 24h &&
                                   lifetime_of("max-age=x") == 0s);

  const services::cache_stats stats = cache.stats();
  std::printf(
      "%d requests to the origin; %.0f %% hits; %u answers of %llu bytes kept; %llu expired, %llu evicted, %llu "
      "removed\n",
      behind.answers(), 100 * stats.hit_rate(), stats.entry_count, static_cast<unsigned long long>(stats.weight),
      static_cast<unsigned long long>(stats.expired), static_cast<unsigned long long>(stats.evicted),
      static_cast<unsigned long long>(stats.removed));
  return mistakes == 0 && stats.hits == 1 && stats.expired == 1 && stats.removed == 1 && stats.evicted != 0 ? 0 : 1;
}
