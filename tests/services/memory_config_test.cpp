// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_config.hpp>

#include <string>

#include <nebula/kernel.hpp>

#include "config_rig.hpp"

namespace nebula::services {
namespace {

using test::text_of;

std::string refusal_of(const memory_config& config) { return text_of(config.validate().failure()); }

// [SR-CONFIG-001]
TEST(memory_presets, are_valid_and_drop_no_check) {
  for (const memory_preset preset : {memory_preset::production, memory_preset::development, memory_preset::paranoid}) {
    const memory_config config = memory_config::of(preset);
    EXPECT_TRUE(config.validate().has_value()) << name(preset) << ": " << config.validate().failure();
    EXPECT_GE(config.kernel_check_level, check_level::standard);
  }
  EXPECT_EQ(memory_config::production(), memory_config{});
  EXPECT_EQ(memory_config::of(memory_preset::development), memory_config::development());
  EXPECT_EQ(memory_config::of(memory_preset::paranoid), memory_config::paranoid());
}

TEST(memory_presets, are_those_of_the_kernel) {
  const auto same = [](const settings& left, const settings& right) {
    return left.level == right.level && left.hook.function == right.hook.function &&
           left.hook.context == right.hook.context;
  };
  EXPECT_TRUE(same(memory_config::production().kernel(), settings::production()));
  EXPECT_TRUE(same(memory_config::development().kernel(), settings::development()));
  if (has_paranoid_level) {
    EXPECT_TRUE(same(memory_config::paranoid().kernel(), settings::paranoid()));
  }
}

// [SR-CONFIG-002]
TEST(memory_config_of, names_the_first_value_that_is_out_of_range) {
  memory_config config;
  config.log_near_percent = 101;
  config.registry_allocator_count_max = 0;
  EXPECT_EQ(refusal_of(config), "registry.allocator_count_max is '0'; accepted is 1...65536");
  config.registry_allocator_count_max = 1;
  EXPECT_EQ(refusal_of(config), "log.near_percent is '101'; accepted is 0...100");
  config.log_near_percent = 100;
  EXPECT_TRUE(config.validate().has_value());
}

TEST(memory_config_of, refuses_what_is_no_enumerator) {
  memory_config config;
  config.log_level = static_cast<services::log_level>(6);
  EXPECT_EQ(refusal_of(config), "log.level is '6'; accepted is trace, debug, info, warning, error, off");
}

TEST(memory_config_of, refuses_values_that_do_not_go_together) {
  memory_config config;
  config.pressure_high_per_mille = 951;
  EXPECT_EQ(refusal_of(config), "pressure.high_per_mille is above pressure.critical_per_mille; it must not be");
  config = {};
  config.shedding_above_high_bytes = 10;
  EXPECT_EQ(refusal_of(config), "shedding.above_critical_bytes is above shedding.above_high_bytes; it must not be");
  config = {};
  config.pages_kind_least = page_kind::transparent_huge;
  EXPECT_EQ(refusal_of(config), "pages.kind_least is above pages.kind; it must not be");
}

TEST(memory_config_of, is_what_the_layers_take) {
  memory_config config = memory_config::development();
  config.registry_allocator_count_max = 7;
  config.health_near_capacity_per_mille = 800;
  config.health_misuse_count_max = 3;
  config.pressure_high_per_mille = 600;
  config.pressure_critical_per_mille = 700;
  config.shedding_above_high_bytes = 4096;
  config.shedding_above_critical_bytes = 64;
  config.shedding_calls_between_probes = 9;
  config.shedding_on_failed_probe = after_failed_probe::assume_critical;
  config.log_sample_every = 5;
  config.log_events_per_second = 100;
  config.log_burst_events = 10;
  config.log_near_percent = 75;
  config.statistics_precision_bits = 14;
  config.statistics_value_bits = 15;
  config.pages_kind = page_kind::transparent_huge;
  config.pages_guard_pages = 2;
  config.pages_prefault = true;
  config.pages_lock = demand::preferred;
  ASSERT_TRUE(config.validate().has_value());

  const runtime_config runtime = config.runtime();
  EXPECT_TRUE(runtime.validate().has_value());
  EXPECT_EQ(runtime.registry.allocator_count_max, 7U);
  EXPECT_EQ(runtime.near_capacity_per_mille, 800U);
  EXPECT_EQ(runtime.misuse_count_max, 3U);
  EXPECT_EQ(runtime.pressure.high_per_mille(), 600U);
  EXPECT_EQ(runtime.pressure.critical_per_mille(), 700U);

  const shedding_config shedding = config.shedding({});
  EXPECT_TRUE(shedding.validate().has_value());
  EXPECT_EQ(shedding.shed_above_high_bytes, 4096U);
  EXPECT_EQ(shedding.shed_above_critical_bytes, 64U);
  EXPECT_EQ(shedding.calls_between_probes, 9U);
  EXPECT_EQ(shedding.on_failure, after_failed_probe::assume_critical);

  const event_log_config log = config.log("pages");
  EXPECT_TRUE(log.validate().has_value());
  EXPECT_EQ(log.name, "pages");
  EXPECT_EQ(log.level, services::log_level::debug);
  EXPECT_EQ(log.near_percent, 75U);
  for (const log_limit& limit : log.limits) {
    EXPECT_EQ(limit.sample_every, 5U);
    EXPECT_EQ(limit.events_per_second, 100U);
    EXPECT_EQ(limit.burst_events, 10U);
  }

  const histogram_layout statistics = config.statistics();
  EXPECT_TRUE(statistics.validate().has_value());
  EXPECT_EQ(statistics.precision_bits, 14U);
  EXPECT_EQ(statistics.value_bits, 15U);

  const page_mapping_config pages = config.pages(8192);
  EXPECT_EQ(pages.bytes, 8192U);
  EXPECT_EQ(pages.pages, page_kind::transparent_huge);
  EXPECT_EQ(pages.pages_least, page_kind::normal);
  EXPECT_EQ(pages.guard_pages, 2U);
  EXPECT_TRUE(pages.prefault);
  EXPECT_EQ(pages.lock, demand::preferred);
}

TEST(memory_config_names, are_those_of_the_enumerators) {
  EXPECT_STREQ(name(misuse_reaction::trap), "trap");
  EXPECT_STREQ(name(memory_preset::development), "development");
  EXPECT_STREQ(name(static_cast<misuse_reaction>(9)), "unknown");
  EXPECT_STREQ(name(static_cast<memory_preset>(9)), "unknown");
}

} // namespace
} // namespace nebula::services
