// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/monitored.hpp>

#include "lifecycle_rig.hpp"
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

/// A probe that says what the test says.
struct said_pressure {
  [[nodiscard]] pressure_probe probe() {
    return {[](const void* context) noexcept -> memory_outcome<memory_pressure> {
              const auto& said = *static_cast<const said_pressure*>(context);
              ++said.asked;
              if (said.fails) {
                return refused_by_system(system_call::query_memory, test::no_memory, memory_field::none);
              }
              return said.pressure;
            },
            this};
  }
  memory_pressure pressure = memory_pressure::normal;
  bool fails = false;
  mutable int asked = 0;
};

class monitoring : public testing::Test {
protected:
  [[nodiscard]] shedding_plan plan(after_failed_probe on_failure = after_failed_probe::keep_last) {
    shedding_config config;
    config.probe = said_.probe();
    config.calls_between_probes = 1;
    config.shed_above_high_bytes = 48;
    config.shed_above_critical_bytes = 16;
    config.on_failure = on_failure;
    return config.validate().value();
  }
  template <class Monitored>
  static bool serves(Monitored& allocator, std::size_t bytes) {
    const auto block = allocator.allocate({bytes, 8});
    if (!block.has_value()) {
      EXPECT_EQ(block.code(), error_code::exhausted);
      EXPECT_EQ(block.error().reporter, component::none);
      return false;
    }
    EXPECT_TRUE(allocator.deallocate(block.value(), {bytes, 8}).has_value());
    return true;
  }

  said_pressure said_{};
  test::shared_pool owned_{};
};

TEST(shedding_config_of, refuses_what_is_out_of_range) {
  shedding_config config;
  config.calls_between_probes = 0;
  EXPECT_EQ(config.validate().failure().field, lifecycle_field::calls_between_probes);
  config = {};
  config.shed_above_high_bytes = 64;
  EXPECT_EQ(config.validate().failure(),
            out_of_range(lifecycle_field::shed_above_critical_bytes, static_cast<std::size_t>(-1), 0, 64));
}

// [SR-LC-009]
TEST_F(monitoring, sheds_large_requests_at_high_and_critical_pressure_only) {
  monitored<pool_allocator> allocator(owned_.pool, plan());
  EXPECT_TRUE(serves(allocator, 64));
  said_.pressure = memory_pressure::high;
  EXPECT_TRUE(serves(allocator, 48));
  EXPECT_FALSE(serves(allocator, 49));
  said_.pressure = memory_pressure::critical;
  EXPECT_TRUE(serves(allocator, 16));
  EXPECT_FALSE(serves(allocator, 17));
  EXPECT_EQ(allocator.pressure(), memory_pressure::critical);
  said_.pressure = memory_pressure::normal;
  EXPECT_TRUE(serves(allocator, 64));
  EXPECT_EQ(allocator.shed_count(), 2U);
  EXPECT_EQ(owned_.pool.state().failures.total(), 0U) << "what is shed never reaches the allocator";
}

TEST_F(monitoring, takes_frees_at_any_pressure) {
  monitored<pool_allocator> allocator(owned_.pool, plan());
  std::byte* const block = allocator.allocate({64, 8}).value();
  said_.pressure = memory_pressure::critical;
  EXPECT_FALSE(serves(allocator, 64));
  EXPECT_TRUE(allocator.owns(block));
  EXPECT_TRUE(allocator.deallocate(block, {64, 8}).has_value());
  EXPECT_EQ(allocator.state().live_blocks, 0U);
  EXPECT_FALSE(allocator.is_corrupted());
}

TEST_F(monitoring, asks_at_the_first_call_and_then_as_often_as_it_was_told) {
  shedding_config config;
  config.probe = said_.probe();
  config.calls_between_probes = 4;
  monitored<pool_allocator> allocator(owned_.pool, config.validate().value());
  for (int call = 0; call < 9; ++call) {
    EXPECT_TRUE(serves(allocator, 64));
  }
  EXPECT_EQ(said_.asked, 3);
}

TEST_F(monitoring, keeps_or_assumes_a_pressure_while_the_probe_fails) {
  monitored<pool_allocator> keeping(owned_.pool, plan(after_failed_probe::keep_last));
  monitored<pool_allocator> trusting(owned_.pool, plan(after_failed_probe::assume_normal));
  monitored<pool_allocator> careful(owned_.pool, plan(after_failed_probe::assume_critical));
  said_.pressure = memory_pressure::high;
  EXPECT_FALSE(serves(keeping, 49));
  EXPECT_FALSE(serves(trusting, 49));
  EXPECT_TRUE(serves(careful, 48));
  said_.fails = true;
  EXPECT_FALSE(serves(keeping, 49));
  EXPECT_TRUE(serves(trusting, 64));
  EXPECT_FALSE(serves(careful, 48));
  EXPECT_EQ(keeping.failed_probe_count(), 1U);
}

TEST_F(monitoring, of_nobody_sheds_nothing) {
  monitored<pool_allocator> allocator(owned_.pool, shedding_plan{});
  EXPECT_TRUE(serves(allocator, 64));
  EXPECT_EQ(allocator.pressure(), memory_pressure::normal);
}

TEST(the_machines_pressure, is_asked_through_its_calls) {
  test::machine_rig rig;
  rig.have_everything();
  const machine_pressure machine{rig.machine(), {}};
  const pressure_probe probe = machine.probe();
  EXPECT_EQ(probe.function(probe.context).value(), memory_pressure::normal);
  rig.files["/proc/meminfo"] = "MemTotal: 1000 kB\nMemFree: 0 kB\nMemAvailable: 100 kB\n";
  EXPECT_EQ(probe.function(probe.context).value(), memory_pressure::high);
  rig.files.erase("/proc/meminfo");
  rig.fail(system_call::query_memory, 1, true, test::no_memory);
  EXPECT_FALSE(probe.function(probe.context).has_value());
}

} // namespace
} // namespace nebula::services
