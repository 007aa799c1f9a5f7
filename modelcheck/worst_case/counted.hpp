// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <nebula/kernel.hpp>

#include "instruction_counter.hpp"

/// An allocator whose calls are counted, in front of the allocator itself.
namespace nebula::worst_case {

/// The fewest and the most instructions that a call took, in all the states in which it was made.
struct extent {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most = 0;
  std::uint64_t calls = 0;
};

/// By the name of the call, and its outcome.
class cost_table {
public:
  using key_type = std::pair<std::string, error_code>;

  /// Counting takes time, and only the last call of a program is of interest.
  bool is_counting = false;

  void add(const char* call, error_code outcome, std::uint64_t instructions) {
    extent& row = rows_[{call, outcome}];
    row.least = std::min(row.least, instructions);
    row.most = std::max(row.most, instructions);
    ++row.calls;
  }
  [[nodiscard]] const std::map<key_type, extent>& rows() const { return rows_; }

private:
  std::map<key_type, extent> rows_;
};

template <class Allocator>
struct atomics_of {};
template <class Allocator>
  requires requires { typename Allocator::atomics_type; }
struct atomics_of<Allocator> {
  using atomics_type = typename Allocator::atomics_type;
};

/// Has what the driver asks of an allocator iff the allocator has it. Questions are passed on and not counted, but for
/// those that a program may ask at any time.
template <class Allocator>
class counted : public atomics_of<Allocator> {
public:
  counted(Allocator& itself, cost_table& table) : itself_(itself), table_(table) {}

  result<std::byte*> allocate(layout request) {
    return count("allocate", [this, request]() noexcept { return itself_.allocate(request); });
  }
  result<void> deallocate(std::byte* block, layout allocated) {
    return count("deallocate", [this, block, allocated]() noexcept { return itself_.deallocate(block, allocated); });
  }
  auto deallocate(std::byte* block)
    requires requires(Allocator& of) { of.deallocate(block); }
  {
    return count("deallocate, without layout", [this, block]() noexcept { return itself_.deallocate(block); });
  }
  template <class Handle>
  auto deallocate(Handle handle)
    requires requires(Allocator& of) { of.deallocate(handle); }
  {
    return count("deallocate, by handle", [this, handle]() noexcept { return itself_.deallocate(handle); });
  }
  auto handle_of(const std::byte* block)
    requires requires(Allocator& of) { of.handle_of(block); }
  {
    return count("handle_of", [this, block]() noexcept { return itself_.handle_of(block); });
  }
  template <class Handle>
  auto resolve(Handle handle)
    requires requires(Allocator& of) { of.resolve(handle); }
  {
    return count("resolve", [this, handle]() noexcept { return itself_.resolve(handle); });
  }
  auto mark()
    requires requires(Allocator& of) { of.mark(); }
  {
    return count("mark", [this]() noexcept { return itself_.mark(); });
  }
  auto restore(marker to)
    requires requires(Allocator& of) { of.restore(to); }
  {
    return count("restore", [this, to]() noexcept { return itself_.restore(to); });
  }
  auto resize_top(std::byte* block, layout allocated, std::size_t size)
    requires requires(Allocator& of) { of.resize_top(block, allocated, size); }
  {
    return count("resize_top",
                 [this, block, allocated, size]() noexcept { return itself_.resize_top(block, allocated, size); });
  }
  auto reset()
    requires requires(Allocator& of) { of.reset(); }
  {
    return count("reset", [this]() noexcept { return itself_.reset(); });
  }

  auto owns(const std::byte* address)
    requires requires(Allocator& of) { of.owns(address); }
  {
    return itself_.owns(address);
  }
  auto state()
    requires requires(Allocator& of) { of.state(); }
  {
    return itself_.state();
  }
  auto check_invariants() { return itself_.check_invariants(); }
  template <class Cursor>
  auto audit(Cursor& cursor, std::size_t steps)
    requires requires(Allocator& of) { of.audit(cursor, steps); }
  {
    return itself_.audit(cursor, steps);
  }

private:
  template <class Call>
  auto count(const char* name, Call call) -> decltype(call()) {
    if (!table_.is_counting) {
      return call();
    }
    decltype(call()) outcome = error{};
    const std::uint64_t instructions = instructions_of(call, outcome);
    table_.add(name, outcome.code(), instructions);
    return outcome;
  }

  Allocator& itself_;
  cost_table& table_;
};

} // namespace nebula::worst_case
