// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of one subject, which CMakeLists.txt names, with the outcomes that it can have.
#include "property.hpp"

#include <span>

#include <nebula/verify/subject.hpp>

#if !defined(NEBULA_SUBJECT) || !defined(NEBULA_OUTCOMES)
#error "define NEBULA_SUBJECT, as in stack_subject, and NEBULA_OUTCOMES, as in exhausted,lifo_violation"
#endif

namespace nebula::verify {
namespace {

template <class Subject>
action_weights weights_of() {
  using model_type = typename Subject::model_type;
  action_weights weights{};
  const auto set = [&weights](bool has, action what, std::uint8_t weight) {
    weights[static_cast<std::size_t>(what)] = has ? weight : std::uint8_t{0};
  };
  constexpr bool marks = model_type::has_marks;
  constexpr bool handles = model_type::has_handles;
  constexpr bool resizes = requires(model_type model) { model.resize(address{}, layout{}, std::size_t{}); };
  constexpr bool watches = requires(model_type model) { model.watches(address{}); };
  set(true, action::allocate, 30);
  set(true, action::allocate_extreme, 8);
  set(true, action::deallocate, 8);
  set(true, action::deallocate_newest, 10);
  set(model_type::has_free_without_layout, action::deallocate_without_layout, 3);
  set(true, action::deallocate_dead, 5);
  set(true, action::deallocate_inside, 7);
  set(true, action::deallocate_outside, 3);
  set(true, action::deallocate_null, 3);
  set(true, action::deallocate_wrong_layout, 6);
  set(handles, action::deallocate_handle, 3);
  set(handles, action::deallocate_stale_handle, 3);
  set(marks, action::mark, 6);
  set(marks, action::restore, 6);
  set(marks, action::restore_newest, 4);
  set(marks, action::restore_foreign, 3);
  set(true, action::reset, 5);
  set(resizes, action::resize, 3);
  set(resizes, action::resize_newest, 4);
  set(requires(Subject& subject) { subject.select(std::uint8_t{}); }, action::select, 6);
  set(requires(Subject& subject) { subject.flush(); }, action::flush, 3);
  set(true, action::audit, 2);
  set(handles, action::resolve_stale_handle, 3);
  set(watches, action::write_dead, 10);
  set(watches, action::write_beyond, 6);
  return weights;
}

template <class Subject>
std::size_t capacity_bytes_of(const configuration& made_of) {
  Subject subject(made_of);
  return subject.model().state().capacity_bytes;
}

} // namespace

allocator_property property_of_the_subject() {
  using enum error_code;
  return {[](const configuration& made_of, std::span<const operation> steps, coverage* covered) {
            return run_program<NEBULA_SUBJECT>(made_of, steps, covered);
          },
          &capacity_bytes_of<NEBULA_SUBJECT>,
          weights_of<NEBULA_SUBJECT>(),
          {NEBULA_OUTCOMES}};
}

} // namespace nebula::verify
