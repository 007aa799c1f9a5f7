// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include <nebula/services/async/async_pool.hpp>
#include <nebula/services/async/task_group.hpp>
#include <nebula/services/async/thread_pool_executor.hpp>

#include "../../unit/gtest.hpp"

namespace nebula::services::test {

/// Frames enough for a test, and a proof at its end that none is left.
class frame_rig {
public:
  explicit frame_rig(std::size_t frame_count = 64, std::size_t frame_bytes = 2048)
      : storage_(frame_pool::storage_bytes(frame_bytes, frame_count).value()),
        frames_(frame_pool::config({storage_.data(), storage_.size()}, frame_bytes, frame_count).validate().value()) {}
  ~frame_rig() { EXPECT_EQ(frames_.state().live_blocks, 0U) << "a frame was not freed"; }
  frame_rig(const frame_rig&) = delete;
  frame_rig& operator=(const frame_rig&) = delete;
  frame_pool& operator*() { return frames_; }
  frame_pool* operator->() { return &frames_; }

private:
  std::vector<std::byte> storage_;
  frame_pool frames_;
};

/// What a fault hook heard.
struct heard_faults {
  std::vector<error_code> codes{};
  [[nodiscard]] fault_hook hook() {
    return {
        [](void* self, const fault& report) { static_cast<heard_faults*>(self)->codes.push_back(report.what.code); },
        this};
  }
};

/// A pool of a few blocks, and a proof at its end that all have come back and nobody waits.
class async_pool_rig {
public:
  explicit async_pool_rig(std::size_t block_count, fault_hook hook = {}, check_level level = check_level::standard)
      : storage_(local_pool_config::storage_bytes(64, 16, block_count, level).value() + 64),
        pool_(plan(block_count, hook, level), hook) {}
  ~async_pool_rig() {
    const async_state state = pool_.state();
    EXPECT_EQ(state.out, 0U) << "a block was lost";
    EXPECT_EQ(state.waiting, 0U);
    EXPECT_EQ(state.granted_at_once + state.granted_by_waiting, state.returned);
    EXPECT_EQ(pool_.memory_state().live_blocks, 0U);
  }
  async_pool_rig(const async_pool_rig&) = delete;
  async_pool_rig& operator=(const async_pool_rig&) = delete;
  async_pool& operator*() { return pool_; }
  async_pool* operator->() { return &pool_; }

private:
  [[nodiscard]] local_pool_plan plan(std::size_t block_count, fault_hook hook, check_level level) {
    local_pool_config config;
    config.storage = {storage_.data(), storage_.size()};
    config.block_size_bytes = 64;
    config.block_align_bytes = 16;
    config.block_count = block_count;
    config.hook = hook;
    config.level = level;
    return config.validate().value();
  }
  std::vector<std::byte> storage_;
  async_pool pool_;
};

using async_block_type = async_pool::block_type;

} // namespace nebula::services::test
