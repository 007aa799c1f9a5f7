// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_config_text.hpp>

#include <string>
#include <vector>

#include "config_rig.hpp"
#include "heap_watch.hpp"

namespace nebula::services {
namespace {

using test::text_of;

memory_config read(std::string_view text) {
  const auto config = read_json(text);
  EXPECT_TRUE(config.has_value()) << config.failure();
  return config.value();
}
std::string refusal_of(std::string_view text) {
  const auto config = read_json(text);
  EXPECT_FALSE(config.has_value()) << text;
  return text_of(config.failure());
}
using variables = std::vector<const char*>;
memory_config from(variables environment, const memory_config& base = {}) {
  environment.push_back(nullptr);
  const auto config = read_environment(base, environment.data());
  EXPECT_TRUE(config.has_value()) << config.failure();
  return config.value();
}
std::string refusal_from(variables environment) {
  environment.push_back(nullptr);
  const auto config = read_environment({}, environment.data());
  EXPECT_FALSE(config.has_value());
  return text_of(config.failure());
}

// [SR-CONFIG-003]
TEST(json_configuration, names_what_is_other_than_in_the_preset) {
  EXPECT_EQ(read("{}"), memory_config::production());
  EXPECT_EQ(read(R"({"preset": "development"})"), memory_config::development());
  memory_config expected = memory_config::development();
  expected.log_level = log_level::error;
  expected.log_near_percent = 80;
  expected.tracking_backtraces = false;
  EXPECT_EQ(read(R"({"log": {"level": "error", "near_percent": 80}, "preset": "development",
                     "tracking": {"backtraces": false}})"),
            expected)
      << "the preset may stand behind";
}

TEST(json_configuration, refuses_keys_that_there_are_not) {
  EXPECT_EQ(refusal_of(R"({"log": {"levle": "off"}})"),
            "'log.levle' is no key of the configuration; is log.level meant?");
  EXPECT_EQ(refusal_of(R"({"logs": {"level": "off"}})"), "'logs' is no key of the configuration");
  EXPECT_EQ(refusal_of(R"({"log": {"": 1}})"), "'log.' is no key of the configuration");
  EXPECT_EQ(refusal_of(R"({"": 1})"), "'' is no key of the configuration");
  EXPECT_EQ(refusal_of(R"({"log.level": "off", "x": 1})"), "'x' is no key of the configuration");
  EXPECT_EQ(refusal_of(R"({"log": {"level.off": "off"}})"),
            "'log.level.off' is no key of the configuration; is log.level meant?");
}

TEST(json_configuration, refuses_values_of_another_kind) {
  const std::string number = "; accepted is a whole number";
  for (const char* const given : {"1.5", "\"80\"", "true", "null", "[1]", "{\"a\": 1}"}) {
    const std::string refusal = refusal_of(std::string(R"({"log": {"near_percent": )") + given + "}}");
    EXPECT_EQ(refusal.substr(refusal.find(';')), number) << given;
  }
  EXPECT_EQ(refusal_of(R"({"tracking": {"enabled": 1}})"), "tracking.enabled is '1'; accepted is true or false");
  EXPECT_EQ(refusal_of(R"({"log": {"level": 3}})"),
            "log.level is '3'; accepted is trace, debug, info, warning, error, off");
  EXPECT_EQ(refusal_of(R"({"log": 3})"), "log is '3'; accepted is an object with the keys of the group");
  EXPECT_EQ(refusal_of(R"({"preset": 1})"), "preset is '1'; accepted is production, development, paranoid");
  EXPECT_EQ(refusal_of("[]"), "the configuration is '[…]'; accepted is an object of objects");
  EXPECT_EQ(refusal_of("3"), "the configuration is '3'; accepted is an object of objects");
}

TEST(json_configuration, refuses_words_and_numbers_that_are_out_of_range) {
  EXPECT_EQ(refusal_of(R"({"log": {"level": "loud"}})"),
            "log.level is 'loud'; accepted is trace, debug, info, warning, error, off");
  EXPECT_EQ(refusal_of(R"({"preset": "fast"})"), "preset is 'fast'; accepted is production, development, paranoid");
  EXPECT_EQ(refusal_of(R"({"log": {"near_percent": 101}})"), "log.near_percent is '101'; accepted is 0...100");
  EXPECT_EQ(refusal_of(R"({"log": {"near_percent": -1}})"), "log.near_percent is '-1'; accepted is 0...100");
  EXPECT_EQ(refusal_of(R"({"health": {"misuse_count_max": 18446744073709551616}})"),
            "health.misuse_count_max is '18446744073709551616'; accepted is 0...18446744073709551615");
  for (const std::string& given :
       {std::string("-99999999999999999999"), std::string(40, '9'), "-" + std::string(40, '9')}) {
    EXPECT_EQ(refusal_of(R"({"log": {"near_percent": )" + given + "}}"),
              "log.near_percent is '" + given + "'; accepted is 0...100");
  }
  EXPECT_EQ(refusal_of(R"({"log": {"near_percent": 1e999}})"),
            "log.near_percent is '1e999'; accepted is a whole number");
  EXPECT_EQ(read(R"({"log": {"near_percent": -0}})").log_near_percent, 0U);
  if (!has_paranoid_level) {
    EXPECT_EQ(refusal_of(R"({"kernel": {"check_level": "paranoid"}})"),
              "kernel.check_level is 'paranoid'; accepted is standard");
  }
  EXPECT_EQ(read(R"({"health": {"misuse_count_max": 18446744073709551615}})").health_misuse_count_max,
            18446744073709551615U);
}

TEST(json_configuration, refuses_what_is_given_twice) {
  EXPECT_EQ(refusal_of(R"({"log": {"level": "off", "level": "off"}})"), "log.level is given twice");
  EXPECT_EQ(refusal_of(R"({"log": {"level": "off"}, "log": {"near_percent": 1}})"), "log is given twice");
  EXPECT_EQ(refusal_of(R"({"preset": "paranoid", "preset": "paranoid"})"), "preset is given twice");
}

TEST(json_configuration, refuses_what_does_not_go_together) {
  EXPECT_EQ(refusal_of(R"({"pressure": {"high_per_mille": 960}})"),
            "pressure.high_per_mille is above pressure.critical_per_mille; it must not be");
}

TEST(json_configuration, says_where_it_is_no_json) {
  EXPECT_EQ(refusal_of(""), "not JSON, at byte 0");
  EXPECT_EQ(refusal_of("{\"log\": }"), "not JSON, at byte 8");
  EXPECT_EQ(refusal_of("{} {}"), "not JSON, at byte 3");
  std::string behind_a_zero = "{}";
  behind_a_zero += '\0';
  behind_a_zero += R"({"log": {"levle": 1}})";
  EXPECT_EQ(refusal_of(behind_a_zero), "not JSON, at byte 2");
}

TEST(json_configuration, comes_back_as_it_was_written) {
  for (const memory_config& config :
       {memory_config::production(), memory_config::development(), memory_config::paranoid()}) {
    EXPECT_EQ(read(to_json(config).value()), config);
  }
}

TEST(json_configuration, says_that_there_is_no_memory) {
  if (!heap_is_watched()) {
    GTEST_SKIP() << "a checker has replaced the heap";
  }
  const std::string text = R"({"registry": {"allocator_count_max": 1}, "log": {"level": "off"}})";
  const heap_refusal refusing;
  EXPECT_EQ(to_json({}).failure().code, config_failure_code::out_of_memory);
  EXPECT_EQ(read_json(text).failure().code, config_failure_code::out_of_memory);
}

// [SR-CONFIG-004]
TEST(configuration_of_an_environment, changes_what_its_variables_name) {
  EXPECT_EQ(read_environment(memory_config::paranoid(), nullptr).value(), memory_config::paranoid());
  EXPECT_EQ(from({"PATH=/bin", "NEBULA=1", "NEBULA_MEMORYLOG_LEVEL=off"}), memory_config::production());
  memory_config expected = memory_config::paranoid();
  expected.log_level = log_level::off;
  expected.registry_allocator_count_max = 12;
  expected.tracking_backtraces = false;
  EXPECT_EQ(from({"NEBULA_MEMORY_LOG_LEVEL=off", "NEBULA_MEMORY_REGISTRY_ALLOCATOR_COUNT_MAX=12",
                  "NEBULA_MEMORY_TRACKING_BACKTRACES=false", "NEBULA_MEMORY_PRESET=paranoid"}),
            expected)
      << "the preset may stand behind";
}

TEST(configuration_of_an_environment, refuses_what_it_cannot_read_by_the_variables_name) {
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_LOG_LEVLE=off"}),
            "'NEBULA_MEMORY_LOG_LEVLE' is no key of the configuration; is log.level meant?");
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_"}), "'NEBULA_MEMORY_' is no key of the configuration");
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_LOG_LEVEL=loud"}),
            "NEBULA_MEMORY_LOG_LEVEL is 'loud'; accepted is trace, debug, info, warning, error, off");
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_TRACKING_ENABLED=yes"}),
            "NEBULA_MEMORY_TRACKING_ENABLED is 'yes'; accepted is true or false");
  for (const char* const wrong : {"", " 1", "1 ", "+1", "0x10", "1.0", "one"}) {
    const std::string entry = std::string("NEBULA_MEMORY_LOG_NEAR_PERCENT=") + wrong;
    EXPECT_EQ(refusal_from({entry.c_str()}),
              "NEBULA_MEMORY_LOG_NEAR_PERCENT is '" + std::string(wrong) + "'; accepted is a whole number");
  }
  for (const char* const wrong : {"101", "18446744073709551616"}) {
    const std::string entry = std::string("NEBULA_MEMORY_LOG_NEAR_PERCENT=") + wrong;
    EXPECT_EQ(refusal_from({entry.c_str()}),
              "NEBULA_MEMORY_LOG_NEAR_PERCENT is '" + std::string(wrong) + "'; accepted is 0...100");
  }
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_LOG_LEVEL=off", "NEBULA_MEMORY_LOG_LEVEL=off"}),
            "NEBULA_MEMORY_LOG_LEVEL is given twice");
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_PRESET=fast"}),
            "NEBULA_MEMORY_PRESET is 'fast'; accepted is production, development, paranoid");
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_PRESET=paranoid", "NEBULA_MEMORY_PRESET=paranoid"}),
            "NEBULA_MEMORY_PRESET is given twice");
  EXPECT_EQ(refusal_from({"NEBULA_MEMORY_PRESSURE_HIGH_PER_MILLE=1000"}),
            "pressure.high_per_mille is above pressure.critical_per_mille; it must not be");
}

TEST(configuration_of_an_environment, needs_no_memory) {
  if (!heap_is_watched()) {
    GTEST_SKIP() << "a checker has replaced the heap";
  }
  const char* const environment[] = {"NEBULA_MEMORY_LOG_LEVEL=off", nullptr};
  const heap_refusal refusing;
  EXPECT_EQ(read_environment({}, environment).value().log_level, log_level::off);
}

TEST(the_keys_of_the_configuration, are_listed_with_their_ranges_and_presets) {
  const std::string text = config_keys_text();
  EXPECT_NE(text.find("log.level "), std::string::npos);
  std::size_t lines = 0;
  for (const char each : text) {
    lines += each == '\n' ? 1U : 0U;
  }
  EXPECT_EQ(lines, 27U) << text;
}

} // namespace
} // namespace nebula::services
