// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/services/log_event.hpp>

namespace nebula::services {

/// Where events go: write one of your own by deriving from this. [SR-LOG-003] A sink outlives the logs that have it.
class log_sink {
public:
  log_sink() = default;
  log_sink(const log_sink&) = delete;
  log_sink& operator=(const log_sink&) = delete;
  virtual ~log_sink() = default;

  /// Takes one event, in the context of the call that it is about: possibly of several threads at a time. It may allocate
  /// from whatever it wants, the logged allocator too: what it causes on its own thread is counted and not logged. But
  /// for events of an allocator's faults, heard through event_log::hook(): the kernel forbids a hook to call the allocator
  /// that reports. It must not throw, and what it needs of the event it copies.
  virtual void write(const log_event& event) noexcept = 0;
  /// All events that were written so far are to be where they belong when this returns. By default there is nothing to do.
  virtual void flush() noexcept {}
};

} // namespace nebula::services
