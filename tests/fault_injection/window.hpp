// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstdint>

/// Memory with nothing around it, at the same place in every run: what follows a damaged pointer out of it meets pages
/// that cannot be touched, whichever bit was damaged, and each injection repeats to the byte.
namespace nebula::fault_injection {

class window {
public:
  /// `number` tells the windows of a program apart. Ends the program with status 2 iff the system has no room there.
  window(unsigned number, std::size_t bytes);
  window(const window&) = delete;
  window& operator=(const window&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// From here on only to be read and executed.
  void make_executable() const;

private:
  std::byte* data_ = nullptr;
  std::size_t size_;
};

/// What the storage of the subject under test is made in. While it is open, this program's operator new[] takes from
/// it: guarded_storage is the one that asks.
class storage_window {
public:
  static constexpr std::size_t bytes = std::size_t{16} * 1024;
  static constexpr std::byte untouched{0x5A};

  storage_window();
  /// All of it is free again; whatever was there is abandoned.
  void open();
  void close();
  /// True iff nobody has written to the bytes outside of [first, beyond); makes good what was.
  [[nodiscard]] bool is_untouched_outside(const std::byte* first, const std::byte* beyond);

private:
  window memory_;
};

/// The address of a function that does as the function at `wanted` does, all of whose neighbours by one bit trap. Where
/// this harness does not know the machine's code, the same function.
[[nodiscard]] std::uintptr_t lonely_function(std::uintptr_t wanted);

} // namespace nebula::fault_injection
