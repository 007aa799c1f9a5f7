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
constexpr std::string_view long_variable = "NEBULA_RACE_LONG";

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

constexpr std::string_view weakening_form = "FILE:FIRST-LAST:ROLE:FROM:TO";

/// The part of the text in front of the mark, which is taken off it together with the mark; all of it iff there is none.
[[nodiscard]] std::string_view taken_off(std::string_view& text, char mark) {
  const std::string_view part = text.substr(0, text.find(mark));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}
[[nodiscard]] std::optional<int> line_number(std::string_view digits) {
  int number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_whole = failure == std::errc{} && end == digits.data() + digits.size() && number > 0;
  return is_whole ? std::optional<int>(number) : std::nullopt;
}
/// As --weaken takes it; nothing iff the text is not of that form.
[[nodiscard]] std::optional<nebula::race::weakening> weakening_of(std::string_view text) {
  const std::string_view file = taken_off(text, ':');
  const std::optional<int> first_line = line_number(taken_off(text, '-'));
  const std::optional<int> last_line = line_number(taken_off(text, ':'));
  const std::string_view role = taken_off(text, ':');
  const std::string_view from = taken_off(text, ':');
  const bool is_role = role == "order" || role == "success" || role == "failure";
  const bool is_weaker = from == "acquire_release" ? text == "acquire" || text == "release"
                                                   : (from == "acquire" || from == "release") && text == "relaxed";
  if (file.empty() || !first_line || !last_line || !is_role || !is_weaker) {
    return std::nullopt;
  }
  return nebula::race::weakening{std::string(file), *first_line,       *last_line,
                                 role == "failure", std::string(from), std::string(text)};
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
  if (!request.weaken.file.empty()) {
    std::printf("weakened operations: %llu\n", static_cast<unsigned long long>(found.weakened_operations));
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
  std::optional<unsigned> long_bound;
  std::uint64_t long_pin = 0;
  std::string weaken;
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
  app.add_option("--long-bound", long_bound, "bound: what --bound is if the environment has NEBULA_RACE_LONG=1");
  app.add_option("--long-pin", long_pin, "The same of --pin");
  app.add_option("--replay", request.replay, "Run only the failing execution with this state, and print its history");
  app.add_option("--weaken", weaken,
                 "Carry out one memory order of the kernel as a weaker one: " + std::string(weakening_form) +
                     ", where ROLE is order, success or failure, and TO is one step weaker");
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
  const char* const longer = std::getenv(long_variable.data());
  if (longer != nullptr && std::string_view(longer) != "1" && std::string_view(longer) != "0") {
    std::fprintf(stderr, "race_pool: %s=%s: must be 1 or 0\n", long_variable.data(), longer);
    return exit_usage;
  }
  if (longer != nullptr && *longer == '1' && long_bound) {
    request.bound = *long_bound;
    pin = long_pin;
  }
  request.kind = kinds.at(how);
  request.executions = overriding.value_or(request.executions);
  request.show_progress = isatty(STDERR_FILENO) != 0;
  if (!is_replay_state(request.replay)) {
    std::fprintf(stderr, "race_pool: --replay %s: must be the state that a failing search has printed\n",
                 request.replay.c_str());
    return exit_usage;
  }
  if (!weaken.empty()) {
    const auto weakening = weakening_of(weaken);
    if (!weakening) {
      std::fprintf(stderr, "race_pool: --weaken %s: must be %s, as in free_list.hpp:84-84:order:acquire:relaxed\n",
                   weaken.c_str(), weakening_form.data());
      return exit_usage;
    }
    request.weaken = *weakening;
  }
  return report(model, request, nebula::race::search(model, request), pin);
}
