// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_config.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include <nebula/kernel/check_level.hpp>
#include <nebula/kernel/configuration.hpp>
#include <nebula/kernel/fault.hpp>
#include <nebula/services/allocator_registry.hpp>
#include <nebula/services/config_failure.hpp>
#include <nebula/services/event_log.hpp>
#include <nebula/services/histogram_layout.hpp>
#include <nebula/services/log_event.hpp>
#include <nebula/services/memory_pressure.hpp>
#include <nebula/services/memory_runtime.hpp>
#include <nebula/services/monitored.hpp>
#include <nebula/services/page_mapping_config.hpp>
#include <nebula/services/rate_limit.hpp>
#include <nebula/services/system_memory.hpp>
#include <nebula/services/tracking_table.hpp>

#include "memory_config_keys.hpp"
#include "name_at.hpp"

namespace nebula::services {
namespace {

constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();

template <auto Member>
std::uint64_t get(const memory_config& config) noexcept {
  return static_cast<std::uint64_t>(config.*Member);
}
template <auto Member>
void set(memory_config& config, std::uint64_t value) noexcept {
  using field = std::remove_reference_t<decltype(config.*Member)>;
  config.*Member = static_cast<field>(value);
}
template <auto Member>
constexpr config_key number(const char* name, const char* variable, std::uint64_t lowest,
                            std::uint64_t highest) noexcept {
  return {name, variable, config_kind::number, "", lowest, highest, &get<Member>, &set<Member>};
}
template <auto Member>
constexpr config_key truth(const char* name, const char* variable) noexcept {
  return {name, variable, config_kind::truth, "", 0, 1, &get<Member>, &set<Member>};
}
template <auto Member>
constexpr config_key word(const char* name, const char* variable, const char* words, std::uint64_t last) noexcept {
  return {name, variable, config_kind::word, words, 0, last, &get<Member>, &set<Member>};
}

/// More than any precision has, so that the two always go together.
constexpr unsigned value_bits_least = histogram_layout::precision_bits_max + 1;

constexpr const char* check_level_words = has_paranoid_level ? "standard, paranoid" : "standard";
constexpr const char* page_kind_words = "normal, transparent_huge, explicit_huge";

/// A template, so that each machine compiles what is meant for it.
template <class Size = std::size_t>
Size as_size(std::uint64_t value) noexcept {
  if constexpr (sizeof(Size) < sizeof value) {
    constexpr Size largest = std::numeric_limits<Size>::max();
    return value > largest ? largest : static_cast<Size>(value);
  } else {
    return value;
  }
}

config_failure wrong(config_failure_code code, const config_key& key, std::uint64_t value) noexcept {
  char digits[20];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  config_failure failure;
  failure.code = code;
  failure.key = std::string_view(key.name);
  failure.value = std::string_view(digits, static_cast<std::size_t>(end - digits));
  failure.accepted = accepted_by(key);
  failure.lowest = key.lowest;
  failure.highest = key.highest;
  return failure;
}

config_failure conflict(const char* key, std::uint64_t value, const char* other) noexcept {
  config_failure failure = wrong(config_failure_code::conflict, *find_key(key), value);
  failure.other = other;
  return failure;
}

} // namespace

const char* const preset_words = "production, development, paranoid";

const config_key config_keys[] = {
    word<&memory_config::kernel_check_level>("kernel.check_level", "KERNEL_CHECK_LEVEL", check_level_words,
                                             has_paranoid_level ? 1 : 0),
    word<&memory_config::kernel_on_misuse>("kernel.on_misuse", "KERNEL_ON_MISUSE", "return_error, trap", 1),
    number<&memory_config::registry_allocator_count_max>("registry.allocator_count_max", "REGISTRY_ALLOCATOR_COUNT_MAX",
                                                         1, registry_config::allocator_count_highest),
    number<&memory_config::health_near_capacity_per_mille>("health.near_capacity_per_mille",
                                                           "HEALTH_NEAR_CAPACITY_PER_MILLE", 1, 1000),
    number<&memory_config::health_misuse_count_max>("health.misuse_count_max", "HEALTH_MISUSE_COUNT_MAX", 0, most),
    number<&memory_config::pressure_high_per_mille>("pressure.high_per_mille", "PRESSURE_HIGH_PER_MILLE", 0, 1000),
    number<&memory_config::pressure_critical_per_mille>("pressure.critical_per_mille", "PRESSURE_CRITICAL_PER_MILLE", 0,
                                                        1000),
    number<&memory_config::shedding_above_high_bytes>("shedding.above_high_bytes", "SHEDDING_ABOVE_HIGH_BYTES", 0,
                                                      most),
    number<&memory_config::shedding_above_critical_bytes>("shedding.above_critical_bytes",
                                                          "SHEDDING_ABOVE_CRITICAL_BYTES", 0, most),
    number<&memory_config::shedding_calls_between_probes>("shedding.calls_between_probes",
                                                          "SHEDDING_CALLS_BETWEEN_PROBES", 1, most),
    word<&memory_config::shedding_on_failed_probe>("shedding.on_failed_probe", "SHEDDING_ON_FAILED_PROBE",
                                                   "keep_last, assume_normal, assume_critical", 2),
    truth<&memory_config::tracking_enabled>("tracking.enabled", "TRACKING_ENABLED"),
    number<&memory_config::tracking_live_blocks_max>("tracking.live_blocks_max", "TRACKING_LIVE_BLOCKS_MAX", 1,
                                                     tracking_table::live_blocks_highest),
    truth<&memory_config::tracking_backtraces>("tracking.backtraces", "TRACKING_BACKTRACES"),
    word<&memory_config::log_level>("log.level", "LOG_LEVEL", "trace, debug, info, warning, error, off", 5),
    number<&memory_config::log_sample_every>("log.sample_every", "LOG_SAMPLE_EVERY", 1,
                                             std::numeric_limits<std::uint32_t>::max()),
    number<&memory_config::log_events_per_second>("log.events_per_second", "LOG_EVENTS_PER_SECOND", 0,
                                                  rate_limit::rate_max),
    number<&memory_config::log_burst_events>("log.burst_events", "LOG_BURST_EVENTS", 1,
                                             std::numeric_limits<std::uint32_t>::max()),
    number<&memory_config::log_near_percent>("log.near_percent", "LOG_NEAR_PERCENT", 0, 100),
    number<&memory_config::statistics_precision_bits>("statistics.precision_bits", "STATISTICS_PRECISION_BITS", 1,
                                                      histogram_layout::precision_bits_max),
    number<&memory_config::statistics_value_bits>("statistics.value_bits", "STATISTICS_VALUE_BITS", value_bits_least,
                                                  64),
    word<&memory_config::pages_kind>("pages.kind", "PAGES_KIND", page_kind_words, 2),
    word<&memory_config::pages_kind_least>("pages.kind_least", "PAGES_KIND_LEAST", page_kind_words, 2),
    number<&memory_config::pages_guard_pages>("pages.guard_pages", "PAGES_GUARD_PAGES", 0,
                                              page_mapping_config::guard_pages_max),
    truth<&memory_config::pages_prefault>("pages.prefault", "PAGES_PREFAULT"),
    word<&memory_config::pages_lock>("pages.lock", "PAGES_LOCK", "none, preferred, required", 2),
};
const std::size_t config_key_count = sizeof config_keys / sizeof config_keys[0];
static_assert(sizeof config_keys / sizeof config_keys[0] <= config_key_count_max,
              "readers note which keys they have seen");

std::size_t word_count(std::string_view words) noexcept {
  std::size_t count = words.empty() ? 0 : 1;
  for (const char each : words) {
    count += each == ',' ? 1U : 0U;
  }
  return count;
}

std::string_view word_at(std::string_view words, std::size_t index) noexcept {
  for (; index != 0 && words.find(',') != std::string_view::npos; --index) {
    words.remove_prefix(words.find(',') + 2);
  }
  return index == 0 ? words.substr(0, words.find(',')) : std::string_view{};
}

std::size_t index_of_word(std::string_view words, std::string_view wanted) noexcept {
  const std::size_t count = word_count(words);
  std::size_t index = 0;
  while (index < count && word_at(words, index) != wanted) {
    ++index;
  }
  return index;
}

const config_key* find_key(std::string_view name) noexcept {
  for (const config_key& each : config_keys) {
    if (name == each.name) {
      return &each;
    }
  }
  return nullptr;
}

/// By the least number of bytes to be put in, left out or changed (Wagner and Fischer, 1974), of names no longer than keys
/// are; at most a third of the name may differ.
const char* nearest_key(std::string_view name) noexcept {
  constexpr std::size_t longest = 40;
  const char* nearest = "";
  std::size_t least = name.size() / 3 + 1;
  if (name.size() > longest) {
    return nearest;
  }
  for (const config_key& each : config_keys) {
    const std::string_view key = each.name;
    std::array<std::size_t, longest + 1> row{};
    for (std::size_t column = 0; column <= name.size(); ++column) {
      row[column] = column;
    }
    for (std::size_t line = 1; line <= key.size(); ++line) {
      std::size_t diagonal = row[0];
      row[0] = line;
      for (std::size_t column = 1; column <= name.size(); ++column) {
        const std::size_t changed = diagonal + (key[line - 1] == name[column - 1] ? 0U : 1U);
        diagonal = row[column];
        row[column] = std::min({changed, row[column] + 1, row[column - 1] + 1});
      }
    }
    if (row[name.size()] < least) {
      least = row[name.size()];
      nearest = each.name;
    }
  }
  return nearest;
}

const char* accepted_by(const config_key& key) noexcept {
  switch (key.kind) {
  case config_kind::number: return "a whole number";
  case config_kind::truth: return "true or false";
  case config_kind::word: break;
  }
  return key.words;
}

const char* name(misuse_reaction reaction) noexcept {
  constexpr const char* names[] = {"return_error", "trap"};
  return name_at(names, reaction);
}

const char* name(memory_preset preset) noexcept {
  constexpr const char* names[] = {"production", "development", "paranoid"};
  return name_at(names, preset);
}

memory_config memory_config::development() noexcept {
  memory_config config;
  config.kernel_on_misuse = misuse_reaction::trap;
  config.tracking_enabled = true;
  config.log_level = services::log_level::debug;
  return config;
}

memory_config memory_config::paranoid() noexcept {
  memory_config config = development();
  config.kernel_check_level = has_paranoid_level ? check_level::paranoid : check_level::standard;
  config.log_level = services::log_level::trace;
  return config;
}

memory_config memory_config::of(memory_preset preset) noexcept {
  switch (preset) {
  case memory_preset::production: break;
  case memory_preset::development: return development();
  case memory_preset::paranoid: return paranoid();
  }
  return production();
}

config_outcome<void> memory_config::validate() const noexcept {
  for (const config_key& each : config_keys) {
    const std::uint64_t value = each.get(*this);
    if (value < each.lowest || value > each.highest) {
      return wrong(each.kind == config_kind::word ? config_failure_code::not_a_word : config_failure_code::out_of_range,
                   each, value);
    }
  }
  if (pressure_high_per_mille > pressure_critical_per_mille) {
    return conflict("pressure.high_per_mille", pressure_high_per_mille, "pressure.critical_per_mille");
  }
  if (shedding_above_critical_bytes > shedding_above_high_bytes) {
    return conflict("shedding.above_critical_bytes", shedding_above_critical_bytes, "shedding.above_high_bytes");
  }
  if (pages_kind_least > pages_kind) {
    return conflict("pages.kind_least", static_cast<std::uint64_t>(pages_kind_least), "pages.kind");
  }
  return {};
}

settings memory_config::kernel() const noexcept {
  settings made;
  made.level = kernel_check_level;
  if (kernel_on_misuse == misuse_reaction::trap) {
    made.hook = {&trap_on_fault, nullptr};
  }
  return made;
}

pressure_scale memory_config::pressure() const noexcept {
  pressure_config config;
  config.high_per_mille = pressure_high_per_mille;
  config.critical_per_mille = pressure_critical_per_mille;
  return config.validate().value(); // the default scale, iff this configuration is not valid
}

runtime_config memory_config::runtime(const system_memory& machine) const noexcept {
  runtime_config config;
  config.registry.allocator_count_max = registry_allocator_count_max;
  config.near_capacity_per_mille = health_near_capacity_per_mille;
  config.misuse_count_max = health_misuse_count_max;
  config.machine = machine;
  config.pressure = pressure();
  return config;
}

shedding_config memory_config::shedding(pressure_probe probe) const noexcept {
  shedding_config config;
  config.probe = probe;
  config.calls_between_probes = shedding_calls_between_probes;
  config.shed_above_high_bytes = as_size(shedding_above_high_bytes);
  config.shed_above_critical_bytes = as_size(shedding_above_critical_bytes);
  config.on_failure = shedding_on_failed_probe;
  return config;
}

event_log_config memory_config::log(std::string_view allocator) const noexcept {
  event_log_config config;
  config.name = allocator;
  config.level = log_level;
  config.near_percent = log_near_percent;
  config.limits.fill({log_sample_every, log_events_per_second, log_burst_events});
  return config;
}

histogram_layout memory_config::statistics() const noexcept {
  return {statistics_precision_bits, statistics_value_bits};
}

page_mapping_config memory_config::pages(std::size_t bytes) const noexcept {
  page_mapping_config config;
  config.bytes = bytes;
  config.pages = pages_kind;
  config.pages_least = pages_kind_least;
  config.guard_pages = pages_guard_pages;
  config.prefault = pages_prefault;
  config.lock = pages_lock;
  return config;
}

} // namespace nebula::services
