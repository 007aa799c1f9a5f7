// SPDX-License-Identifier: Apache-2.0 OR MIT
// race_pool: searches the executions of one race model, and says in one line what it explored and found.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include "search.hpp"

namespace {

using nebula::race::search_kind;
using nebula::race::search_request;
using nebula::race::search_result;

constexpr int exit_clean = 0;
constexpr int exit_found = 1;
constexpr int exit_usage = 2;
constexpr std::string_view executions_variable = "NEBULA_RACE_EXECUTIONS";

void list_models() {
  for (const auto& each : nebula::race::models()) {
    std::printf("%-28s  %s\n", std::string(each.name).c_str(), std::string(each.summary).c_str());
  }
}

/// The positive number that the environment gives for a long campaign; nothing iff the variable is not set, 0 iff it is no such number.
[[nodiscard]] std::optional<std::uint64_t> executions_from_environment() {
  const char* const text = std::getenv(executions_variable.data());
  if (text == nullptr) {
    return std::nullopt;
  }
  const std::string_view digits = text;
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return failure == std::errc{} && end == digits.data() + digits.size() ? number : 0;
}

/// As a failing search prints it: numbers with spaces in between, of which the first is the execution's.
[[nodiscard]] bool is_replay_state(std::string_view state) {
  constexpr std::size_t digits_max = 18; // what surely fits
  return state.find_first_not_of("0123456789 ") == std::string_view::npos && state.substr(0, 1) != " " &&
         state.substr(0, state.find(' ')).size() <= digits_max;
}

/// One line; for a failing execution a second one, which brings it back.
int report(const std::string& model, const search_request& request, const search_result& found, std::uint64_t pin) {
  const bool bounded = request.kind == search_kind::bounded;
  const std::string bound = std::to_string(request.bound);
  const std::string how = bounded ? "bound " + bound : request.kind == search_kind::full ? "full" : "random";
  const std::string search = bounded ? "bound --bound " + bound : how;
  const double seconds = std::max(found.elapsed_seconds, 1e-3);
  const double rate = static_cast<double>(found.executions) / seconds;
  const bool died = !found.verdict.empty();
  const bool off_pin = !died && pin != 0 && found.executions != pin;
  const std::string verdict = died
                                  ? "FAILED at execution " + std::to_string(found.last_execution) + ": " + found.verdict
                              : off_pin ? "FAILED: " + std::to_string(pin) + " executions are pinned"
                                        : "clean";
  std::printf("%-28s  %-8s  %10llu executions  %8.2f s  %8.0f/s  %s\n", model.c_str(), how.c_str(),
              static_cast<unsigned long long>(found.executions), found.elapsed_seconds, rate, verdict.c_str());
  if (died && !found.replay.empty()) {
    std::printf("its history: race_pool --model %s --search %s --replay '%s'\n", model.c_str(), search.c_str(),
                found.replay.c_str());
  }
  if (off_pin) {
    std::printf("the model or the kernel has changed what can happen: find out why before moving the pin\n");
  }
  return died || off_pin ? exit_found : exit_clean;
}

} // namespace

int main(int argument_count, char** arguments) {
  CLI::App app{"Race models of the shipped pool and segregated allocators and budgets, under the Relacy race detector"};
  const std::map<std::string, search_kind> kinds{
      {"random", search_kind::random}, {"bound", search_kind::bounded}, {"full", search_kind::full}};
  std::string model;
  std::string how = "random";
  search_request request;
  std::uint64_t pin = 0;
  bool list = false;
  app.add_flag("--list", list, "Print the models and what each one does");
  app.add_option("--model", model, "Which model to search");
  app.add_option("--search", how, "random: seeded executions; bound: all with few switches; full: all")
      ->check(CLI::IsMember({"random", "bound", "full"}))
      ->capture_default_str();
  app.add_option("--executions", request.executions, "random: how many; NEBULA_RACE_EXECUTIONS overrides it")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--first", request.first, "random: the number, and seed, of the first")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--bound", request.bound, "bound: how many switches away from a thread that could go on")
      ->capture_default_str();
  app.add_option("--pin", pin, "bound, full: fail unless exactly this many executions are explored")
      ->check(CLI::PositiveNumber);
  app.add_option("--replay", request.replay, "Run only the failing execution with this state, and print its history");
  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& wrong) {
    std::fprintf(stderr, "race_pool: %s\n", wrong.what());
    return exit_usage;
  }
  if (list) {
    list_models();
    return exit_clean;
  }
  const auto known = nebula::race::models();
  if (std::none_of(known.begin(), known.end(), [&](const auto& each) { return each.name == model; })) {
    std::fprintf(stderr, "race_pool: --model %s: there is no such model; --list names them\n", model.c_str());
    return exit_usage;
  }
  const auto overriding = executions_from_environment();
  if (overriding == 0U) {
    std::fprintf(stderr, "race_pool: %s=%s: must be a whole number above 0\n", executions_variable.data(),
                 std::getenv(executions_variable.data()));
    return exit_usage;
  }
  request.kind = kinds.at(how);
  request.executions = overriding.value_or(request.executions);
  request.show_progress = isatty(STDERR_FILENO) != 0;
  if (!is_replay_state(request.replay)) {
    std::fprintf(stderr, "race_pool: --replay %s: must be the state that a failing search has printed\n",
                 request.replay.c_str());
    return exit_usage;
  }
  return report(model, request, nebula::race::search(model, request), pin);
}
