// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <vector>

#include <nebula/kernel/audit.hpp>
#include <nebula/kernel/layout.hpp>
#include <nebula/kernel/marker.hpp>
#include <nebula/kernel/pool.hpp>
#include <nebula/kernel/result.hpp>
#include <nebula/kernel/state.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/model.hpp>

namespace nebula::verify {

/// One of the two, whatever it is made of, so that one comparison is compiled for all pairs.
class differential_side {
public:
  differential_side() = default;
  differential_side(const differential_side&) = delete;
  differential_side& operator=(const differential_side&) = delete;
  virtual ~differential_side() = default;

  /// What it has beside what all have.
  [[nodiscard]] virtual bool has_marks() const = 0;
  [[nodiscard]] virtual bool has_handles() const = 0;
  [[nodiscard]] virtual bool has_free_without_layout() const = 0;
  [[nodiscard]] virtual bool has_resize() const = 0;

  virtual result<std::byte*> allocate(layout request) = 0;
  virtual result<void> deallocate(std::byte* block, layout allocated) = 0;
  virtual result<void> deallocate(std::byte* block) = 0;
  virtual result<void> deallocate(block_handle handle) = 0;
  virtual result<block_handle> handle_of(const std::byte* block) = 0;
  virtual result<std::byte*> resolve(block_handle handle) = 0;
  virtual result<void> resize_top(std::byte* block, layout allocated, std::size_t size_bytes) = 0;
  virtual result<marker> mark() = 0;
  virtual result<void> restore(const marker& point) = 0;
  virtual result<void> reset() = 0;
  /// With a cursor of its own, that goes on.
  virtual result<bool> audit(std::size_t steps) = 0;
  virtual result<void> check_invariants() = 0;
  [[nodiscard]] virtual bool owns(const std::byte* block) = 0;
  [[nodiscard]] virtual allocator_state state() = 0;

  [[nodiscard]] virtual byte_span storage() const = 0;
  [[nodiscard]] virtual const fault_log& faults() const = 0;
  [[nodiscard]] virtual bool guards_intact() const = 0;
  /// Where the blocks of a class are; nothing where there are no classes.
  [[nodiscard]] virtual byte_span bytes_of(std::size_t index) = 0;

  [[nodiscard]] std::size_t offset_of(const std::byte* block) const {
    return reinterpret_cast<address>(block) - reinterpret_cast<address>(storage().data);
  }
  /// The number of a block; those of the classes follow each other.
  [[nodiscard]] std::size_t number_of(const std::byte* block, const std::vector<std::size_t>& counts) {
    std::size_t before = 0;
    for (std::size_t index = 0; index < counts.size(); ++index) {
      const byte_span bytes = bytes_of(index);
      const auto begin = reinterpret_cast<address>(bytes.data);
      const auto place = reinterpret_cast<address>(block);
      if (place >= begin && place - begin < bytes.size) {
        return before + (place - begin) / (bytes.size / counts[index]);
      }
      before += counts[index];
    }
    return before;
  }
  /// Bytes of the unit in which state() counts, where there is one class; else 0.
  [[nodiscard]] std::size_t unit(const std::vector<std::size_t>& counts) {
    return counts.size() == 1 ? bytes_of(0).size / counts[0] : 0;
  }
};

/// A subject, of which the model is not used.
template <class Subject>
class differential_side_of final : public differential_side {
  using allocator_type = typename Subject::allocator_type;
  static constexpr bool marks = requires(allocator_type& one) { one.mark(); };
  static constexpr bool handles = requires(allocator_type& one) { one.handle_of(nullptr); };
  static constexpr bool without_layout = requires(allocator_type& one, std::byte* block) { one.deallocate(block); };
  static constexpr bool resizes = requires(allocator_type& one) { one.resize_top(nullptr, layout{}, std::size_t{}); };
  // What is not there is not called.
  static constexpr error absent{error_code::corrupted, nebula::operation::configure, component::none};

public:
  explicit differential_side_of(const configuration& made_of) : subject_(made_of) {}

  [[nodiscard]] bool has_marks() const override { return marks; }
  [[nodiscard]] bool has_handles() const override { return handles; }
  [[nodiscard]] bool has_free_without_layout() const override { return without_layout; }
  [[nodiscard]] bool has_resize() const override { return resizes; }

  result<std::byte*> allocate(layout request) override { return own().allocate(request); }
  result<void> deallocate(std::byte* block, layout allocated) override { return own().deallocate(block, allocated); }
  result<void> deallocate([[maybe_unused]] std::byte* block) override {
    if constexpr (without_layout) {
      return own().deallocate(block);
    } else {
      return absent;
    }
  }
  result<void> deallocate([[maybe_unused]] block_handle handle) override {
    if constexpr (handles) {
      return own().deallocate(handle);
    } else {
      return absent;
    }
  }
  result<block_handle> handle_of([[maybe_unused]] const std::byte* block) override {
    if constexpr (handles) {
      return own().handle_of(block);
    } else {
      return absent;
    }
  }
  result<std::byte*> resolve([[maybe_unused]] block_handle handle) override {
    if constexpr (handles) {
      return own().resolve(handle);
    } else {
      return absent;
    }
  }
  result<void> resize_top([[maybe_unused]] std::byte* block, [[maybe_unused]] layout allocated,
                          [[maybe_unused]] std::size_t size_bytes) override {
    if constexpr (resizes) {
      return own().resize_top(block, allocated, size_bytes);
    } else {
      return absent;
    }
  }
  result<marker> mark() override {
    if constexpr (marks) {
      return own().mark();
    } else {
      return absent;
    }
  }
  result<void> restore([[maybe_unused]] const marker& point) override {
    if constexpr (marks) {
      return own().restore(point);
    } else {
      return absent;
    }
  }
  result<void> reset() override { return own().reset(); }
  result<bool> audit(std::size_t steps) override { return own().audit(cursor_, steps); }
  result<void> check_invariants() override { return own().check_invariants(); }
  [[nodiscard]] bool owns(const std::byte* block) override { return own().owns(block); }
  [[nodiscard]] allocator_state state() override { return own().state(); }

  [[nodiscard]] byte_span storage() const override { return subject_.storage().span(); }
  [[nodiscard]] const fault_log& faults() const override { return subject_.faults(); }
  [[nodiscard]] bool guards_intact() const override { return subject_.storage().guards_intact(); }
  [[nodiscard]] byte_span bytes_of([[maybe_unused]] std::size_t index) override {
    if constexpr (requires(allocator_type& one) { one.block_bytes(); }) {
      return own().block_bytes();
    } else if constexpr (requires(allocator_type& one) { one.pool(index); }) {
      return own().pool(index).block_bytes();
    } else {
      return {};
    }
  }

private:
  [[nodiscard]] allocator_type& own() { return subject_.allocator(); }

  Subject subject_;
  audit_cursor cursor_;
};

} // namespace nebula::verify
