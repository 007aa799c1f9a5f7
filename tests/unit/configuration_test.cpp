// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

using namespace nebula;
using namespace nebula::test;

constexpr std::size_t size_max = std::numeric_limits<std::size_t>::max();
constexpr std::size_t highest_power = size_max / 2 + 1;
const std::string highest_power_words = std::to_string(highest_power);

// --- presets -----------------------------------------------------------------------------------------------------------

// SR-CONF-001
TEST(presets, drop_no_check) {
  EXPECT_EQ(settings::production().level, check_level::standard) << "there is no level below";
  EXPECT_EQ(settings::development().level, check_level::standard) << "the same checks as in production";
  EXPECT_EQ(settings::paranoid().level, check_level::paranoid) << "all of them";
  EXPECT_EQ(settings::production().hook.function, nullptr) << "the program's hook, or the built-in reaction";
}

/// The program-wide hook of one test.
class program_hook {
public:
  explicit program_hook(fault_hook hook) : hook_(hook) { set_program_fault_hook(&hook_); }
  ~program_hook() { set_program_fault_hook(nullptr); }
  program_hook(const program_hook&) = delete;
  program_hook& operator=(const program_hook&) = delete;

private:
  fault_hook hook_;
};

result<void> misuse_with(const settings& preset) {
  storage<256> lent;
  bump_allocator bump(bump_builder{}.storage(lent.span()).preset(preset).build().value());
  return bump.deallocate(nullptr, {8, 8});
}

// SR-CONF-001, SR-FAULT-004
TEST(presets, differ_in_what_misuse_does_when_the_program_has_no_hook) {
  EXPECT_TRUE(failed_with(misuse_with(settings::production()), error_code::null_pointer));
  EXPECT_DEATH(static_cast<void>(misuse_with(settings::development())), "");
  EXPECT_DEATH(static_cast<void>(misuse_with(settings::paranoid())), "");
}

// SR-CONF-001, SR-FAULT-004
TEST(presets, all_report_to_the_hook_of_the_program) {
  fault_log log;
  const program_hook program(log.hook());
  for (const settings& preset : {settings::production(), settings::development(), settings::paranoid()}) {
    const std::size_t before = log.count();
    EXPECT_TRUE(failed_with(misuse_with(preset), error_code::null_pointer));
    EXPECT_EQ(log.count(), before + 1);
    EXPECT_EQ(log.last().what.code, error_code::null_pointer);
  }
}

// --- the range of a field, against validate() --------------------------------------------------------------------------

template <class Config>
configuration_field refused_field(const Config& config) {
  return config.validate().error().field;
}

/// A value of the field as the report has it; another is put in its place.
template <class Config>
std::size_t& value_in(Config& config, configuration_field /*storage*/) {
  return config.storage.size;
}
template <class Atomics>
std::size_t& value_in(basic_pool_config<Atomics>& config, configuration_field field) {
  if (field == configuration_field::block_size_bytes) {
    return config.block_size_bytes;
  }
  if (field == configuration_field::block_align_bytes) {
    return config.block_align_bytes;
  }
  if (field == configuration_field::cache_count) {
    return config.cache_count;
  }
  return field == configuration_field::block_count ? config.block_count : config.storage.size;
}

inline std::size_t& value_in(arena_config& config, configuration_field field) {
  if (field == configuration_field::growth_bytes) {
    return config.growth_bytes;
  }
  return field == configuration_field::chunk_bytes ? config.chunk_bytes : config.capacity_max_bytes;
}

/// True iff validate() names the field when it has this value.
template <class Config>
bool is_refused(Config config, configuration_field field, std::size_t value) {
  value_in(config, field) = value;
  return refused_field(config) == field;
}

/// The report is right: it has the value, the value is outside of the range, both ends of the range are accepted, and
/// what is just outside of them is not.
template <class Config>
testing::AssertionResult has_exact_range(const Config& config) {
  const error failure = config.validate().error();
  const configuration_field field = failure.field;
  const configuration_report report = range_of(config, failure);
  const auto failed = [&](const char* what, std::size_t value) {
    return testing::AssertionFailure() << failure << ": " << what << ' ' << value << ", allowed " << report.lowest
                                       << " to " << report.highest;
  };
  if (report.field != field || report.accepts_value()) {
    return failed("another field, or a right value,", report.value);
  }
  if (field == configuration_field::none || field == configuration_field::check_level || report.is_null) {
    return testing::AssertionSuccess();
  }
  Config same = config;
  if (value_in(same, field) != report.value) {
    return failed("another value than", value_in(same, field));
  }
  if (report.lowest > report.highest) {
    for (const std::size_t sample : {std::size_t{1}, std::size_t{4096}, size_max / 2, size_max}) {
      if (!is_refused(config, field, sample)) {
        return failed("no value would do, and there is", sample);
      }
    }
    return testing::AssertionSuccess();
  }
  if (is_refused(config, field, report.lowest)) {
    return failed("refused", report.lowest);
  }
  if (report.highest != size_max && is_refused(config, field, report.highest)) { // SIZE_MAX is no bound
    return failed("refused", report.highest);
  }
  if (report.lowest != 0 && !is_refused(config, field, report.lowest - 1)) {
    return failed("accepted", report.lowest - 1);
  }
  if (report.highest != size_max && !is_refused(config, field, report.highest + 1)) {
    return failed("accepted", report.highest + 1);
  }
  return testing::AssertionSuccess();
}

// SR-CONF-003
TEST(configuration_range, of_a_pool_is_what_validate_accepts) {
  static storage<8192> lent;
  for (const byte_span span : {byte_span{nullptr, 8192}, lent.span(3, 0), lent.span(3, 100), lent.span(3, 8000),
                               byte_span{lent.span(3).data, size_max}, byte_span{lent.span(3).data, size_max / 2}}) {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{24}, size_max / 4, size_max - 7, size_max}) {
      for (const std::size_t align : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{8}, std::size_t{64},
                                      highest_power, highest_power + 1, size_max}) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}, pool_config::block_count_max,
                                        pool_config::block_count_max + 1, size_max}) {
          for (const check_level level : {check_level::standard, check_level::paranoid, static_cast<check_level>(7)}) {
            pool_config config;
            config.storage = span;
            config.block_size_bytes = size;
            config.block_align_bytes = align;
            config.block_count = count;
            config.level = level;
            ASSERT_TRUE(has_exact_range(config))
                << span.size << " bytes, blocks " << size << " align " << align << " count " << count;
          }
        }
      }
    }
  }
}

template <class Config>
void expect_exact_ranges_with_caches() {
  static storage<8192> lent;
  for (const std::size_t caches : {std::size_t{0}, std::size_t{1}, std::size_t{3}, Config::cache_count_max,
                                   Config::cache_count_max + 1, size_max}) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{300}, std::size_t{8000}, size_max}) {
      for (const std::size_t count : {std::size_t{0}, std::size_t{5}}) {
        Config config;
        config.storage = {lent.span(3).data, size};
        config.block_size_bytes = 24;
        config.block_count = count;
        config.cache_count = caches;
        ASSERT_TRUE(has_exact_range(config)) << size << " bytes, " << caches << " caches";
      }
    }
  }
}

// SR-CONF-003
TEST(configuration_range, of_a_pool_with_caches_is_what_validate_accepts) {
  expect_exact_ranges_with_caches<pool_config>();
  expect_exact_ranges_with_caches<local_pool_config>();
}

// SR-CONF-003
TEST(configuration_range, of_a_bump_and_of_a_stack_is_what_validate_accepts) {
  static storage<256> lent;
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{32}, std::size_t{33}, size_max / 2, size_max}) {
    for (std::byte* const data : {static_cast<std::byte*>(nullptr), lent.span(1).data}) {
      bump_config bump;
      bump.storage = {data, size};
      ASSERT_TRUE(has_exact_range(bump));
      stack_config stack;
      stack.storage = {data, size};
      ASSERT_TRUE(has_exact_range(stack));
      stack.level = static_cast<check_level>(2);
      ASSERT_TRUE(has_exact_range(stack));
    }
  }
}

local_segregated_config segregated(byte_span span, const std::vector<size_class>& classes) {
  local_segregated_config config;
  config.storage = span;
  config.classes = classes.data();
  config.class_count = classes.size();
  return config;
}

// SR-CONF-003
TEST(configuration_range, of_classes_names_the_class_and_what_its_size_may_be) {
  static storage<8192> lent;
  // Every pair and triple of sizes about the bounds of buckets.
  for (std::size_t first = 1; first < 70; ++first) {
    for (std::size_t second = 1; second < 90; ++second) {
      std::vector<size_class> classes = {{first, 1, 1}, {second, 1, 1}, {1000, 1, 1}};
      const local_segregated_config config = segregated(lent.span(), classes);
      const error failure = config.validate().error();
      if (failure.code == error_code::none) {
        continue;
      }
      const configuration_report report = range_of(config, failure);
      ASSERT_EQ(report.field, configuration_field::classes);
      ASSERT_EQ(report.position, 1U);
      ASSERT_EQ(report.value, second);
      ASSERT_FALSE(report.accepts_value());
      classes[1].block_size_bytes = report.lowest;
      ASSERT_EQ(refused_field(segregated(lent.span(), classes)), configuration_field::none) << first << ' ' << second;
      classes[1].block_size_bytes = report.lowest - 1;
      ASSERT_EQ(refused_field(segregated(lent.span(), classes)), configuration_field::classes)
          << first << ' ' << second;
    }
  }
  // And every triple: what is in the range is accepted, up to its ends, and where it is empty nothing is.
  for (std::size_t last = 1; last < 60; ++last) {
    for (std::size_t first = 1; first < 40; ++first) {
      std::vector<size_class> classes = {{first, 1, 1}, {first, 1, 1}, {last, 1, 1}};
      const local_segregated_config config = segregated(lent.span(), classes);
      const configuration_report report = range_of(config, config.validate().error());
      ASSERT_EQ(report.position, 1U);
      std::size_t accepted = 0;
      for (std::size_t middle = 1; middle < 70; ++middle) {
        classes[1].block_size_bytes = middle;
        const bool is_right = refused_field(segregated(lent.span(), classes)) == configuration_field::none;
        ASSERT_EQ(is_right, middle >= report.lowest && middle <= report.highest)
            << first << ' ' << middle << ' ' << last;
        accepted += is_right ? 1U : 0U;
      }
      ASSERT_EQ(accepted == 0, report.lowest > report.highest) << first << ' ' << last;
    }
  }
  const std::vector<size_class> at_the_end = {{size_max, 1, 1}, {size_max, 1, 1}};
  const local_segregated_config config = segregated(lent.span(), at_the_end);
  const configuration_report report = range_of(config, config.validate().error());
  EXPECT_GT(report.lowest, report.highest) << "no class can be larger than the largest";
}

// SR-CONF-003
TEST(configuration_range, of_a_segregated_allocator_is_what_validate_accepts) {
  static storage<8192> lent;
  const std::vector<size_class> classes = {{16, 8, 4}, {64, 8, 4}};
  for (const byte_span span :
       {byte_span{nullptr, 8192}, lent.span(3, 0), lent.span(3, 100), byte_span{lent.span(3).data, size_max}}) {
    ASSERT_TRUE(has_exact_range(segregated(span, classes)));
  }
  local_segregated_config config = segregated(lent.span(), classes);
  for (const std::size_t fallback : {std::size_t{2}, size_max}) {
    config.fallback_classes = fallback;
    const configuration_report report = range_of(config, config.validate().error());
    EXPECT_EQ(report.field, configuration_field::fallback_classes);
    EXPECT_EQ(report.value, fallback);
    EXPECT_EQ(report.lowest, 0U);
    EXPECT_EQ(report.highest, 1U);
  }
  const std::vector<size_class> too_large = {{16, 8, 4}, {size_max / 4, 8, 8}};
  config = segregated(lent.span(), too_large);
  EXPECT_EQ(config.validate().code(), error_code::size_overflow);
  EXPECT_EQ(range_of(config, config.validate().error()).rule, value_rule::none) << "no one field is to blame";
}

result<byte_span> give_nothing(void* /*context*/, std::size_t /*bytes*/,
                               std::size_t /*align*/) noexcept NEBULA_NONBLOCKING {
  return byte_span{};
}
result<void> take_nothing(void* /*context*/, byte_span /*chunk*/) noexcept NEBULA_NONBLOCKING { return {}; }
constexpr chunk_source empty_source{&give_nothing, &take_nothing, nullptr};

// SR-CONF-003
TEST(configuration_range, of_an_arena_is_what_validate_accepts) {
  for (const chunk_source& source : {chunk_source{}, chunk_source{&give_nothing, nullptr, nullptr}, empty_source}) {
    for (const std::size_t chunk : {std::size_t{0}, arena_config::chunk_bytes_min() - 1, std::size_t{4096}, size_max}) {
      for (const std::size_t growth_bytes : {std::size_t{0}, std::size_t{1}}) {
        for (const std::size_t most : {std::size_t{0}, std::size_t{4095}, std::size_t{4096}, size_max}) {
          for (const arena_growth growth : {arena_growth::fixed, arena_growth::incremental}) {
            arena_config config;
            config.source = source;
            config.chunk_bytes = chunk;
            config.growth = growth;
            config.growth_bytes = growth_bytes;
            config.capacity_max_bytes = most;
            ASSERT_TRUE(has_exact_range(config)) << chunk << " by " << growth_bytes << " to " << most;
          }
        }
      }
    }
  }
}

/// Sixteen values of each field of a budget, with and without a parent, by the three rules of a range.
TEST(configuration_range, of_a_budget_is_what_validate_accepts) {
  local_budget root(local_budget_builder{}.limit_bytes(1000).build().value());
  const auto refused = [](const local_budget_config& config) { return config.validate().error().field; };
  std::size_t wrong = 0;
  for (local_budget* const parent : {static_cast<local_budget*>(nullptr), &root}) {
    for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1001}, size_max}) {
      for (const std::size_t block_limit :
           {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1001}, size_max}) {
        for (const unsigned high : {0U, 70U, 90U, 91U, 100U, 101U}) {
          for (const unsigned critical : {0U, 90U, 100U, 101U}) {
            local_budget_config config;
            config.limit_bytes = limit;
            config.block_limit_bytes = block_limit;
            config.parent = parent;
            config.high_percent = high;
            config.critical_percent = critical;
            const configuration_field field = refused(config);
            const configuration_report report = range_of(config, config.validate().error());
            ASSERT_EQ(report.field, field);
            if (field == configuration_field::none) {
              continue;
            }
            ++wrong;
            ASSERT_FALSE(report.accepts_value());
            const auto refused_with = [&](std::size_t value) {
              local_budget_config other = config;
              other.limit_bytes = field == configuration_field::limit_bytes ? value : limit;
              other.block_limit_bytes = field == configuration_field::block_limit_bytes ? value : block_limit;
              other.high_percent = field == configuration_field::high_percent ? static_cast<unsigned>(value) : high;
              other.critical_percent =
                  field == configuration_field::critical_percent ? static_cast<unsigned>(value) : critical;
              return refused(other) == field;
            };
            ASSERT_FALSE(refused_with(report.lowest));
            ASSERT_TRUE(report.lowest == 0 || refused_with(report.lowest - 1));
            ASSERT_TRUE(report.highest == size_max || !refused_with(report.highest));
            ASSERT_TRUE(report.highest == size_max || refused_with(report.highest + 1));
          }
        }
      }
    }
  }
  EXPECT_GT(wrong, 500U);
}

TEST(configuration_range, of_what_did_not_fail_is_none) {
  EXPECT_EQ(range_of(budget_config{}, {}).rule, value_rule::none);
  EXPECT_EQ(range_of(arena_config{}, {}).rule, value_rule::none);
  EXPECT_EQ(range_of(bump_config{}, {}).rule, value_rule::none);
  EXPECT_EQ(range_of(stack_config{}, {}).rule, value_rule::none);
  EXPECT_EQ(range_of(pool_config{}, {}).rule, value_rule::none);
  EXPECT_EQ(range_of(segregated_config{}, {}).rule, value_rule::none);
  EXPECT_FALSE(configuration_report{}.accepts_value());
}

// --- the report, byte for byte -----------------------------------------------------------------------------------------

std::string words_of(error failure, const configuration_report& wrong) {
  std::vector<char> buffer(1024);
  const std::size_t length = describe(failure, wrong, buffer.data(), buffer.size());
  EXPECT_LT(length, buffer.size());
  return buffer.data();
}
template <class Config>
std::string report_of(const Config& config) {
  const error failure = config.validate().error();
  return words_of(failure, range_of(config, failure));
}
std::string expected(const std::string& reporter, const std::string& field, const std::string& lines) {
  return reporter + ": configure failed: invalid_configuration (field " + field + ")\n" + lines +
         "  retry:     never succeeds\n";
}
std::string value_and_range(const std::string& value, const std::string& allowed) {
  return "  value:     " + value + "\n  allowed:   " + allowed + "\n";
}

static storage<4096> page;

// SR-CONF-003
TEST(configuration_report, of_a_bump_allocator) {
  bump_config config;
  config.storage = {nullptr, 4096};
  EXPECT_EQ(report_of(config),
            expected("bump_allocator", "storage", value_and_range("null, 4096 bytes", "not null, at least 1 byte")));
  config.storage = page.span(0, 0);
  EXPECT_EQ(report_of(config),
            expected("bump_allocator", "storage", value_and_range("not null, 0 bytes", "not null, at least 1 byte")));
  config.storage.size = size_max;
  const std::string room = std::to_string(size_max - reinterpret_cast<std::uintptr_t>(page.span().data));
  EXPECT_EQ(report_of(config), expected("bump_allocator", "storage",
                                        value_and_range("not null, " + std::to_string(size_max) + " bytes",
                                                        "not null, from 1 to " + room + " bytes")));
  config.storage = page.span();
  config.level = static_cast<check_level>(2);
  EXPECT_EQ(report_of(config),
            expected("bump_allocator", "check_level", value_and_range("2", "standard (0) or paranoid (1)")));
}

// SR-CONF-003
TEST(configuration_report, of_a_stack_allocator) {
  stack_config config;
  config.storage = page.span(0, stack_allocator::record_bytes());
  const std::string record = std::to_string(stack_allocator::record_bytes());
  const std::string least = std::to_string(stack_allocator::record_bytes() + 1);
  EXPECT_EQ(report_of(config),
            expected("stack_allocator", "storage",
                     value_and_range("not null, " + record + " bytes", "not null, at least " + least + " bytes")));
  config.storage.data = nullptr;
  EXPECT_EQ(report_of(config),
            expected("stack_allocator", "storage",
                     value_and_range("null, " + record + " bytes", "not null, at least " + least + " bytes")));
  config.level = static_cast<check_level>(2);
  EXPECT_EQ(report_of(config),
            expected("stack_allocator", "check_level", value_and_range("2", "standard (0) or paranoid (1)")));
}

template <class Config>
void expect_reports_of_a_pool(const char* reporter) {
  Config good;
  good.storage = page.span();
  good.block_size_bytes = 64;
  good.block_align_bytes = 16;
  good.block_count = 10;

  Config config = good;
  config.block_align_bytes = 24;
  EXPECT_EQ(report_of(config),
            expected(reporter, "block_align_bytes",
                     value_and_range("24 bytes", "a power of two from 1 to " + highest_power_words + " bytes")));
  config = good;
  config.block_size_bytes = 0;
  EXPECT_EQ(report_of(config),
            expected(reporter, "block_size_bytes",
                     value_and_range("0 bytes", "from 1 to " + std::to_string(size_max - 15) + " bytes")));
  config = good;
  config.block_count = Config::block_count_max + 1;
  EXPECT_EQ(report_of(config),
            expected(reporter, "block_count",
                     value_and_range(std::to_string(Config::block_count_max + 1) + " blocks",
                                     "from 0 to " + std::to_string(Config::block_count_max) + " blocks")));
  config = good;
  config.cache_count = Config::cache_count_max + 1;
  EXPECT_EQ(report_of(config),
            expected(reporter, "cache_count",
                     value_and_range(std::to_string(Config::cache_count_max + 1) +
                                         (Config::cache_count_max == 0 ? " cache" : " caches"),
                                     "from 0 to " + std::to_string(Config::cache_count_max) + " caches")));
  config = good;
  config.storage.size = 100;
  const std::string needed = std::to_string(Config::storage_bytes(64, 16, 10).value());
  EXPECT_EQ(
      report_of(config),
      expected(reporter, "storage", value_and_range("not null, 100 bytes", "not null, at least " + needed + " bytes")));
  config.storage.data = nullptr;
  EXPECT_EQ(report_of(config), expected(reporter, "storage",
                                        value_and_range("null, 100 bytes", "not null, at least " + needed + " bytes")));
  config = good;
  config.block_size_bytes = size_max / 4;
  EXPECT_EQ(report_of(config),
            expected(reporter, "storage",
                     value_and_range("not null, 4096 bytes", "nothing, as long as the other fields stay as they are")));
  config = good;
  config.level = static_cast<check_level>(255);
  EXPECT_EQ(report_of(config),
            expected(reporter, "check_level", value_and_range("255", "standard (0) or paranoid (1)")));
}

// SR-CONF-003
TEST(configuration_report, of_a_pool) {
  expect_reports_of_a_pool<pool_config>("pool_allocator");
  expect_reports_of_a_pool<local_pool_config>("local_pool_allocator");
}

template <class Config>
void expect_reports_of_a_segregated_allocator(const char* reporter, std::size_t most_blocks) {
  static constexpr size_class good_classes[] = {{16, 8, 4}, {64, 8, 4}};
  Config good;
  good.storage = page.span();
  good.classes = good_classes;
  good.class_count = 2;

  Config config = good;
  config.classes = nullptr;
  EXPECT_EQ(report_of(config), expected(reporter, "classes", value_and_range("null", "not null")));
  config = good;
  config.class_count = 0;
  EXPECT_EQ(report_of(config), expected(reporter, "classes", value_and_range("0 classes", "from 1 to 128 classes")));
  config = good;
  config.fallback_classes = 2;
  EXPECT_EQ(report_of(config),
            expected(reporter, "fallback_classes", value_and_range("2 classes", "from 0 to 1 class")));
  config = good;
  config.storage.size = 1;
  const std::string needed = std::to_string(Config::storage_bytes(good_classes, 2).value());
  EXPECT_EQ(
      report_of(config),
      expected(reporter, "storage", value_and_range("not null, 1 byte", "not null, at least " + needed + " bytes")));

  const std::string second = "  class:     number 1, counted from 0\n";
  static constexpr size_class too_close[] = {{64, 8, 4}, {71, 8, 4}};
  config = good;
  config.classes = too_close;
  EXPECT_EQ(report_of(config),
            expected(reporter, "classes", second + value_and_range("71 bytes", "at least 72 bytes")));
  static constexpr size_class misaligned[] = {{16, 8, 4}, {64, 24, 4}};
  config.classes = misaligned;
  EXPECT_EQ(report_of(config), expected(reporter, "block_align_bytes",
                                        second + value_and_range("24 bytes", "a power of two from 1 to " +
                                                                                 highest_power_words + " bytes")));
  static constexpr size_class without_blocks[] = {{16, 8, 4}, {64, 8, 0}};
  config.classes = without_blocks;
  EXPECT_EQ(report_of(config),
            expected(reporter, "block_count",
                     second + value_and_range("0 blocks", "from 1 to " + std::to_string(most_blocks) + " blocks")));
  static constexpr size_class of_no_size[] = {{0, 8, 4}};
  config.classes = of_no_size;
  config.class_count = 1;
  EXPECT_EQ(report_of(config),
            expected(reporter, "block_size_bytes",
                     "  class:     number 0, counted from 0\n" +
                         value_and_range("0 bytes", "from 1 to " + std::to_string(size_max - 7) + " bytes")));
  static constexpr size_class too_large[] = {{16, 8, 4}, {size_max / 4, 8, 8}};
  config = good;
  config.classes = too_large;
  EXPECT_EQ(report_of(config), std::string(reporter) +
                                   ": configure failed: size_overflow\n"
                                   "  cause:     a size that the request implies does not fit in size_t\n"
                                   "  retry:     never succeeds\n");
  config = good;
  config.level = static_cast<check_level>(2);
  EXPECT_EQ(report_of(config), expected(reporter, "check_level", value_and_range("2", "standard (0) or paranoid (1)")));
}

// SR-CONF-003
TEST(configuration_report, of_a_segregated_allocator) {
  expect_reports_of_a_segregated_allocator<segregated_config>("segregated_allocator", pool_config::block_count_max);
  expect_reports_of_a_segregated_allocator<local_segregated_config>("local_segregated_allocator",
                                                                    local_pool_config::block_count_max);
}

// SR-CONF-003
TEST(configuration_report, of_an_arena) {
  const std::string least = std::to_string(arena_config::chunk_bytes_min());
  arena_config good;
  good.source = empty_source;
  good.chunk_bytes = 4096;

  arena_config config = good;
  config.level = static_cast<check_level>(2);
  EXPECT_EQ(report_of(config), expected("arena", "check_level", value_and_range("2", "standard (0) or paranoid (1)")));
  config = good;
  config.source.release = nullptr;
  EXPECT_EQ(report_of(config), expected("arena", "chunk_source", value_and_range("null", "not null")));
  config = good;
  config.chunk_bytes = 1;
  EXPECT_EQ(report_of(config),
            expected("arena", "chunk_bytes", value_and_range("1 byte", "at least " + least + " bytes")));
  config = good;
  config.growth = arena_growth::incremental;
  EXPECT_EQ(report_of(config), expected("arena", "growth_bytes", value_and_range("0 bytes", "at least 1 byte")));
  config.growth = static_cast<arena_growth>(3);
  EXPECT_EQ(report_of(config),
            expected("arena", "growth_bytes", value_and_range("3", "fixed (0), doubling (1) or incremental (2)")));
  config = good;
  config.capacity_max_bytes = 4095;
  EXPECT_EQ(report_of(config),
            expected("arena", "capacity_max_bytes", value_and_range("4095 bytes", "at least 4096 bytes")));
}

// SR-CONF-003
TEST(configuration_report, of_a_budget) {
  local_budget levels[] = {local_budget(local_budget_builder{}.limit_bytes(1000).build().value())};
  local_budget_config good;
  good.limit_bytes = 1000;
  good.parent = &levels[0];

  local_budget_config config = good;
  config.limit_bytes = 1001;
  EXPECT_EQ(report_of(config),
            expected("budget", "limit_bytes", value_and_range("1001 bytes", "from 1 to 1000 bytes")));
  config.parent = nullptr;
  config.limit_bytes = 0;
  EXPECT_EQ(report_of(config), expected("budget", "limit_bytes", value_and_range("0 bytes", "at least 1 byte")));
  config = good;
  config.block_limit_bytes = 2000;
  EXPECT_EQ(report_of(config),
            expected("budget", "block_limit_bytes", value_and_range("2000 bytes", "from 0 to 1000 bytes")));
  config = good;
  config.high_percent = 91;
  EXPECT_EQ(report_of(config), expected("budget", "high_percent", value_and_range("91%", "from 0 to 90%")));
  config.high_percent = 101;
  config.critical_percent = 200;
  EXPECT_EQ(report_of(config), expected("budget", "high_percent", value_and_range("101%", "from 0 to 100%")));
  config.high_percent = 90;
  EXPECT_EQ(report_of(config), expected("budget", "critical_percent", value_and_range("200%", "from 0 to 100%")));
}

// SR-CONF-003
TEST(configuration_report, of_a_budget_that_is_too_deep) {
  const auto below = [](local_budget& above) {
    return local_budget_builder{}.limit_bytes(1).parent(above).build().value();
  };
  local_budget first(local_budget_builder{}.limit_bytes(1).build().value());
  local_budget second(below(first));
  local_budget third(below(second));
  local_budget fourth(below(third));
  local_budget fifth(below(fourth));
  local_budget sixth(below(fifth));
  local_budget seventh(below(sixth));
  local_budget eighth(below(seventh));
  local_budget_config config;
  config.limit_bytes = 1;
  config.parent = &eighth;
  EXPECT_EQ(report_of(config), expected("budget", "parent", value_and_range("8 levels", "from 0 to 7 levels")));
}

// SR-ERR-004
TEST(configuration_report, is_cut_to_the_buffer) {
  pool_config config;
  config.storage = page.span();
  config.block_size_bytes = 64;
  config.block_align_bytes = 24;
  const error failure = config.validate().error();
  const configuration_report wrong = range_of(config, failure);
  const std::string whole = report_of(config);
  std::vector<char> buffer(whole.size() + 3);
  for (std::size_t size = 0; size <= whole.size() + 2; ++size) {
    buffer.assign(buffer.size(), '#');
    ASSERT_EQ(describe(failure, wrong, buffer.data(), size), whole.size());
    const std::size_t kept = size <= whole.size() ? (size == 0 ? 0 : size - 1) : whole.size();
    ASSERT_EQ(whole.compare(0, kept, buffer.data(), kept), 0);
    ASSERT_TRUE(size == 0 || buffer[kept] == '\0');
    ASSERT_EQ(buffer[size], '#') << "written beyond the buffer, size " << size;
  }
}

// SR-CONF-003
TEST(configuration_range, of_an_observer_names_the_percentage) {
  observer_config config;
  config.near_percent = 101;
  const error failure = config.validate().error();
  const configuration_report report = range_of(config, failure);
  EXPECT_EQ(report.field, configuration_field::high_percent);
  EXPECT_EQ(report.value, 101U);
  config.near_percent = static_cast<unsigned>(report.highest);
  EXPECT_TRUE(config.validate().has_value());
  EXPECT_EQ(range_of(config, {}).field, configuration_field::none);
}

} // namespace
