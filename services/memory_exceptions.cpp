// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/memory_exceptions.hpp>

#include <algorithm>
#include <variant>

#include <nebula/services/error_text.hpp>
#include <nebula/services/memory_error.hpp>
#include <nebula/services/memory_failure.hpp>

namespace nebula::services {
namespace {

exception_class exception_for(error_code code) noexcept {
  if (is_corruption(code)) {
    return exception_class::memory_corruption;
  }
  if (is_misuse(code)) {
    return exception_class::memory_misuse;
  }
  if (code == error_code::none) {
    return exception_class::none;
  }
  if (code == error_code::size_overflow) {
    return exception_class::size_overflowed;
  }
  if (code == error_code::invalid_layout || code == error_code::not_last_block) {
    return exception_class::invalid_request;
  }
  return code == error_code::invalid_configuration ? exception_class::invalid_memory_configuration
                                                   : exception_class::out_of_memory;
}

exception_class exception_for(const memory_failure& failure) noexcept {
  switch (failure.code) {
  case memory_failure_code::none: return exception_class::none;
  case memory_failure_code::invalid_configuration: return exception_class::invalid_memory_configuration;
  case memory_failure_code::count_exhausted: return exception_class::out_of_memory;
  case memory_failure_code::system_refused: break;
  }
  return is_out_of_memory(failure) ? exception_class::out_of_memory : exception_class::system_refusal;
}

} // namespace

memory_exception::memory_exception(const memory_error& failed) noexcept : error_(failed) {
  // Without the backtrace, whose symbols are looked up in heap.
  static_cast<void>(describe(failed.without_backtrace(), text_style::plain, title_, sizeof title_));
  *std::find(title_, title_ + sizeof title_ - 1, '\n') = '\0';
}

memory_exception::~memory_exception() = default;
out_of_memory::~out_of_memory() = default;
size_overflowed::~size_overflowed() = default;
invalid_request::~invalid_request() = default;
memory_misuse::~memory_misuse() = default;
memory_corruption::~memory_corruption() = default;
invalid_memory_configuration::~invalid_memory_configuration() = default;
system_refusal::~system_refusal() = default;

const char* out_of_memory::what() const noexcept { return title(); }
const char* size_overflowed::what() const noexcept { return title(); }
const char* invalid_request::what() const noexcept { return title(); }
const char* memory_misuse::what() const noexcept { return title(); }
const char* memory_corruption::what() const noexcept { return title(); }
const char* invalid_memory_configuration::what() const noexcept { return title(); }
const char* system_refusal::what() const noexcept { return title(); }

exception_class exception_for(const memory_error& failed) noexcept {
  if (const auto* of_services = std::get_if<memory_failure>(&failed.failure())) {
    return exception_for(*of_services);
  }
  return exception_for(failed.what().code);
}

void throw_if(const memory_error& failed) {
  switch (exception_for(failed)) {
  case exception_class::none: return;
  case exception_class::out_of_memory: throw out_of_memory(failed);
  case exception_class::size_overflowed: throw size_overflowed(failed);
  case exception_class::invalid_request: throw invalid_request(failed);
  case exception_class::memory_misuse: throw memory_misuse(failed);
  case exception_class::memory_corruption: throw memory_corruption(failed);
  case exception_class::invalid_memory_configuration: throw invalid_memory_configuration(failed);
  case exception_class::system_refusal: throw system_refusal(failed);
  }
}

} // namespace nebula::services
