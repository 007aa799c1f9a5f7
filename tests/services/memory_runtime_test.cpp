// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_runtime.hpp>

#include <cstdio>
#include <string>
#include <thread>
#include <utility>

#include "heap_watch.hpp"
#include "lifecycle_rig.hpp"
#include "machine_rig.hpp"

namespace nebula::services {
namespace {

constexpr layout request{64, 16};

std::string text_of(const health_report& report) {
  char text[256];
  EXPECT_LT(describe(report, text, sizeof text), sizeof text);
  return text;
}

/// A file whose text can be read back.
class text_file {
public:
  text_file() : file_(std::tmpfile()) {}
  ~text_file() { std::fclose(file_); }
  text_file(const text_file&) = delete;
  text_file& operator=(const text_file&) = delete;
  [[nodiscard]] std::FILE* get() const { return file_; }
  [[nodiscard]] std::string text() const {
    std::rewind(file_);
    char buffer[4096];
    return {buffer, std::fread(buffer, 1, sizeof buffer, file_)};
  }

private:
  std::FILE* file_;
};

memory_runtime initialized(const runtime_config& config = {}) {
  auto runtime = memory_runtime::initialize(config.validate().value());
  EXPECT_TRUE(runtime.has_value()) << runtime.failure();
  runtime.value().report_leaks_to(nullptr);
  return std::move(runtime).value();
}
template <class Allocator>
allocator_registration added(const memory_runtime& runtime, const char* name, Allocator& allocator,
                             allocator_traits traits = {}) {
  auto registration = runtime.registry().add(name, {allocator, allocator_threads::any}, traits);
  EXPECT_TRUE(registration.has_value()) << registration.failure();
  return std::move(registration).value();
}

TEST(runtime_config_of, refuses_what_is_out_of_range) {
  runtime_config config;
  config.registry.allocator_count_max = 0;
  EXPECT_EQ(config.validate().failure(), out_of_range(lifecycle_field::allocator_count_max, 0, 1, 65536));
  config = {};
  for (const unsigned wrong : {0U, 1001U}) {
    config.near_capacity_per_mille = wrong;
    EXPECT_EQ(config.validate().failure(), out_of_range(lifecycle_field::near_capacity_per_mille, wrong, 1, 1000));
  }
}

// [SR-LC-006]
TEST(shutdown, refuses_to_forget_live_blocks_and_says_which) {
  test::shared_pool clean;
  test::shared_pool first;
  test::shared_pool second;
  memory_runtime runtime = initialized();
  const auto of_clean = added(runtime, "clean", clean.pool);
  const auto of_first = added(runtime, "first", first.pool);
  const auto of_second = added(runtime, "second", second.pool);
  std::byte* const one = first.pool.allocate(request).value();
  std::byte* const two = second.pool.allocate(request).value();
  std::byte* const three = second.pool.allocate(request).value();
  const auto refused = runtime.shutdown();
  EXPECT_EQ(refused.failure().code, lifecycle_failure_code::blocks_live);
  EXPECT_EQ(refused.failure().allocator.view(), "first");
  EXPECT_EQ(refused.failure().value, 3U);
  EXPECT_EQ(refused.failure().count, 2U);
  EXPECT_TRUE(runtime.is_running());
  EXPECT_TRUE(first.pool.owns(one));
  ASSERT_TRUE(runtime.registry().deallocate(one, request).has_value());
  ASSERT_TRUE(runtime.registry().deallocate(two, request).has_value());
  ASSERT_TRUE(runtime.registry().deallocate(three, request).has_value());
  EXPECT_TRUE(runtime.shutdown().has_value());
  EXPECT_FALSE(runtime.is_running());
  EXPECT_TRUE(runtime.shutdown().has_value()) << "again";
}

TEST(shutdown, takes_blocks_that_are_dropped_as_a_whole_for_no_leaks) {
  test::owned_bump bump;
  memory_runtime runtime = initialized();
  const auto of_bump = added(runtime, "frame", bump.bump, {blocks_at_end::are_dropped, false});
  ASSERT_TRUE(bump.bump.allocate(request).has_value());
  EXPECT_TRUE(runtime.shutdown().has_value());
}

TEST(shutdown, refuses_while_another_threads_allocator_cannot_be_asked) {
  test::local_pool pool;
  memory_runtime runtime = initialized();
  allocator_registration of_other;
  std::thread([&] {
    of_other = runtime.registry().add("local", {pool.pool, allocator_threads::owner_only}).value();
  }).join();
  const auto refused = runtime.shutdown();
  EXPECT_EQ(refused.failure().code, lifecycle_failure_code::other_thread);
  EXPECT_EQ(refused.failure().allocator.view(), "local");
  of_other.end();
  EXPECT_TRUE(runtime.shutdown().has_value());
}

TEST(a_runtime_that_was_shut_down, serves_no_more_blocks_and_takes_up_no_allocator) {
  test::shared_pool pool;
  memory_runtime runtime = initialized();
  const auto registration = added(runtime, "pool", pool.pool);
  ASSERT_TRUE(runtime.shutdown().has_value());
  EXPECT_EQ(runtime.registry().allocate(registration.id(), request).failure().code, lifecycle_failure_code::shut_down);
  EXPECT_EQ(runtime.registry().add("late", {pool.pool, allocator_threads::any}).failure().code,
            lifecycle_failure_code::shut_down);
  std::byte* const block = pool.pool.allocate(request).value();
  EXPECT_TRUE(runtime.registry().deallocate(block, request).has_value()) << "blocks can be given back still";
  EXPECT_EQ(text_of(runtime.health_check()), "failed: shut_down; healthy 0, degraded 0, failed 0");
}

TEST(a_runtime_that_was_never_initialised, is_shut_down) {
  memory_runtime runtime;
  EXPECT_FALSE(runtime.is_running());
  EXPECT_TRUE(runtime.shutdown().has_value());
  EXPECT_EQ(runtime.health_check().reason, health_reason::shut_down);
  EXPECT_EQ(runtime.metrics().allocator_count, 0U);
}

// [SR-LC-005]
TEST(health, is_degraded_from_the_threshold_on) {
  test::shared_pool pool(8);
  runtime_config config;
  config.near_capacity_per_mille = 750;
  const memory_runtime runtime = initialized(config);
  const auto registration = added(runtime, "pool", pool.pool);
  for (int block = 0; block < 5; ++block) {
    ASSERT_TRUE(pool.pool.allocate(request).has_value());
  }
  EXPECT_EQ(text_of(runtime.health_check()), "healthy; healthy 1, degraded 0, failed 0");
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  const health_report report = runtime.health_check();
  EXPECT_EQ(report.state, health_state::degraded);
  EXPECT_EQ(report.reason, health_reason::near_capacity);
  EXPECT_EQ(report.allocator.view(), "pool");
  EXPECT_EQ(text_of(report), "degraded: 'pool' near_capacity, 384 B of 512 B; healthy 0, degraded 1, failed 0");
}

TEST(health, does_not_mind_a_full_allocator_that_grows) {
  test::shared_pool pool(1);
  const memory_runtime runtime = initialized();
  const auto registration = added(runtime, "arena", pool.pool, {blocks_at_end::are_dropped, true});
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  EXPECT_EQ(runtime.health_check().state, health_state::healthy);
}

TEST(health, is_degraded_by_misuse_beyond_what_is_allowed) {
  test::shared_pool pool;
  runtime_config config;
  config.misuse_count_max = 1;
  const memory_runtime runtime = initialized(config);
  const auto registration = added(runtime, "pool", pool.pool);
  std::byte* const block = pool.pool.allocate(request).value();
  ASSERT_TRUE(pool.pool.deallocate(block).has_value());
  EXPECT_FALSE(pool.pool.deallocate(block).has_value());
  EXPECT_EQ(runtime.health_check().state, health_state::healthy);
  EXPECT_FALSE(pool.pool.deallocate(block).has_value());
  EXPECT_EQ(text_of(runtime.health_check()), "degraded: 'pool' misuse, 2 wrong calls; healthy 0, degraded 1, failed 0");
}

/// An allocator of which the test says how it is.
struct said_allocator {
  [[nodiscard]] result<std::byte*> allocate(layout /*request*/) noexcept {
    return error{error_code::exhausted, operation::allocate, component::none, configuration_field::none};
  }
  [[nodiscard]] result<void> deallocate(std::byte* /*block*/, layout /*allocated*/) noexcept { return {}; }
  [[nodiscard]] bool owns(const std::byte* /*address*/) const noexcept { return false; }
  [[nodiscard]] allocator_state state() const noexcept { return said; }
  [[nodiscard]] bool is_corrupted() const noexcept { return is_broken; }

  allocator_state said{};
  bool is_broken = false;
};

TEST(health, is_failed_by_corruption_whatever_else_there_is) {
  said_allocator full;
  full.said.capacity_bytes = 100;
  full.said.used_bytes = 100;
  said_allocator broken;
  broken.is_broken = true;
  const memory_runtime runtime = initialized();
  const auto of_full = added(runtime, "full", full);
  const auto of_broken = added(runtime, "broken", broken);
  EXPECT_EQ(text_of(runtime.health_check()), "failed: 'broken' corrupted; healthy 0, degraded 1, failed 1");
}

TEST(health, is_exact_for_capacities_near_the_end_of_the_address_space) {
  said_allocator huge;
  huge.said.capacity_bytes = static_cast<std::size_t>(-1);
  const memory_runtime runtime = initialized();
  const auto registration = added(runtime, "huge", huge);
  const std::size_t threshold =
      huge.said.capacity_bytes / 1000 * 900 + (huge.said.capacity_bytes % 1000 * 900 + 999) / 1000;
  huge.said.used_bytes = threshold - 1;
  EXPECT_EQ(runtime.health_check().state, health_state::healthy);
  huge.said.used_bytes = threshold;
  EXPECT_EQ(runtime.health_check().state, health_state::degraded);
}

TEST(health, counts_allocators_of_other_threads_without_asking_them) {
  test::local_pool pool;
  const memory_runtime runtime = initialized();
  allocator_registration of_other;
  std::thread([&] {
    of_other = runtime.registry().add("local", {pool.pool, allocator_threads::owner_only}).value();
  }).join();
  EXPECT_EQ(text_of(runtime.health_check()), "healthy; healthy 0, degraded 0, failed 0, not asked 1");
  EXPECT_EQ(runtime.metrics().not_asked_count, 1U);
}

TEST(health, looks_at_the_machine_where_it_is_told_to) {
  test::machine_rig rig;
  rig.have_everything();
  runtime_config config;
  config.machine = rig.machine();
  const memory_runtime runtime = initialized(config);
  EXPECT_EQ(runtime.health_check().state, health_state::healthy);
  rig.files["/proc/meminfo"] = "MemTotal: 4096 kB\nMemFree: 100 kB\nMemAvailable: 100 kB\n";
  EXPECT_EQ(text_of(runtime.health_check()),
            "degraded: machine_pressure, 3.90 MiB of 4.00 MiB; healthy 0, degraded 0, failed 0");
  // A limit with less left, which is not near its end, is not why.
  rig.files["/proc/self/cgroup"] = "0::/\n";
  rig.files["/sys/fs/cgroup/memory.max"] = "163840\n";
  rig.files["/sys/fs/cgroup/memory.current"] = "81920\n";
  EXPECT_EQ(text_of(runtime.health_check()),
            "degraded: machine_pressure, 3.90 MiB of 4.00 MiB; healthy 0, degraded 0, failed 0");
  rig.files["/sys/fs/cgroup/memory.current"] = "160000\n";
  EXPECT_EQ(text_of(runtime.health_check()),
            "degraded: machine_pressure, 156.25 KiB of 160.00 KiB; healthy 0, degraded 0, failed 0");
  rig.files.erase("/proc/meminfo");
  rig.fail(system_call::query_memory, 1, true, test::no_memory);
  EXPECT_EQ(text_of(runtime.health_check()), "degraded: machine_unknown; healthy 0, degraded 0, failed 0");
}

TEST(metrics_of_a_runtime, are_the_sums_of_its_allocators) {
  test::shared_pool first;
  test::shared_pool second(1);
  const memory_runtime runtime = initialized();
  const auto of_first = added(runtime, "first", first.pool);
  const auto of_second = added(runtime, "second", second.pool);
  ASSERT_TRUE(first.pool.allocate(request).has_value());
  ASSERT_TRUE(second.pool.allocate(request).has_value());
  EXPECT_FALSE(second.pool.allocate(request).has_value());
  const memory_metrics sums = runtime.metrics();
  EXPECT_EQ(sums.used_bytes, 128U);
  EXPECT_EQ(sums.capacity_bytes, 9 * 64U);
  EXPECT_EQ(sums.available_bytes, 7 * 64U);
  EXPECT_EQ(sums.live_blocks, 2U);
  EXPECT_EQ(sums.failure_count, 1U);
  EXPECT_EQ(sums.allocator_count, 2U);
}

// [SR-LC-007]
TEST(a_runtime_that_ends, reports_what_has_leaked) {
  test::shared_pool pool;
  const text_file file;
  allocator_registration registration;
  {
    memory_runtime runtime = initialized();
    runtime.report_leaks_to(file.get());
    registration = added(runtime, "pool", pool.pool);
    ASSERT_TRUE(pool.pool.allocate(request).has_value());
  }
  EXPECT_EQ(file.text(), "Leaked: 1 block, 64 B\n  'pool': 1 block, 64 B\n");
}

TEST(a_runtime_that_ends, says_nothing_where_nothing_leaked_or_where_it_was_moved_from) {
  test::shared_pool pool;
  const text_file file;
  {
    memory_runtime runtime = initialized();
    runtime.report_leaks_to(file.get());
    const auto registration = added(runtime, "pool", pool.pool);
    memory_runtime moved(std::move(runtime));
    EXPECT_TRUE(moved.is_running());
    EXPECT_FALSE(runtime.is_running()); // NOLINT(bugprone-use-after-move): says that it is not running
    memory_runtime assigned;
    assigned = std::move(moved);
    EXPECT_TRUE(assigned.is_running());
    EXPECT_EQ(assigned.metrics().allocator_count, 1U);
  }
  EXPECT_EQ(file.text(), "");
}

TEST(shutdown, reports_what_had_leaked_when_its_allocator_left) {
  test::shared_pool pool;
  const text_file file;
  memory_runtime runtime = initialized();
  runtime.report_leaks_to(file.get());
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  added(runtime, "pool", pool.pool).end();
  EXPECT_TRUE(runtime.shutdown().has_value());
  EXPECT_EQ(file.text(), "Leaked: 1 block, 64 B\n  'pool': 1 block, 64 B, when it left\n");
}

TEST(a_runtime_that_ends, says_that_it_has_no_memory_for_the_report) {
  if (!heap_is_watched()) {
    GTEST_SKIP() << "a checker has replaced the heap";
  }
  test::shared_pool pool;
  const text_file file;
  std::fputs("begin\n", file.get()); // the file's own buffer
  auto runtime = memory_runtime::initialize(runtime_config{}.validate().value());
  runtime.value().report_leaks_to(file.get());
  const auto registration = added(runtime.value(), "pool", pool.pool);
  ASSERT_TRUE(pool.pool.allocate(request).has_value());
  {
    const heap_refusal refusing;
    EXPECT_EQ(memory_runtime::initialize({}).failure().code, lifecycle_failure_code::out_of_memory);
    const memory_runtime ends(std::move(runtime).value());
  }
  EXPECT_EQ(file.text(), "begin\nLeaks are not known: no memory for the report\n");
}

TEST(health_names, are_those_of_the_enumerators) {
  EXPECT_STREQ(name(health_state::failed), "failed");
  EXPECT_STREQ(name(health_reason::machine_unknown), "machine_unknown");
  EXPECT_STREQ(name(static_cast<health_state>(9)), "unknown");
  EXPECT_STREQ(name(static_cast<health_reason>(99)), "unknown");
}

} // namespace
} // namespace nebula::services
