// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/verify/observed_model.hpp>
#include <nebula/verify/stack_subject.hpp>

namespace nebula::verify {

/// A stack that tells of its calls; with an odd variety, to a hook that calls back and is not to hear of that.
class observed_stack_subject {
public:
  using allocator_type = observed<stack_allocator, plain_atomics>;
  using model_type = observed_model<stack_model>;
  static constexpr const char* name = "observed_stack";

  explicit observed_stack_subject(const configuration& made_of)
      : inner_(made_of),
        calls_back_(made_of.variety % 2U != 0),
        allocator_(inner_.allocator(), local_observer_config{&hear, this, percent(made_of)}.validate().value()),
        model_(inner_.model(), percent(made_of)) {}
  observed_stack_subject(const observed_stack_subject&) = delete;
  observed_stack_subject& operator=(const observed_stack_subject&) = delete;
  ~observed_stack_subject() = default;

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return inner_.storage(); }
  [[nodiscard]] const fault_log& faults() const { return inner_.faults(); }

  /// Each of the kernel's objects that it is made of, beside allocator().
  template <class Visit>
  void visit_parts(Visit visit) {
    visit(inner_.allocator());
  }
  [[nodiscard]] const char* disagreement() const {
    if (heard_ != model_.events()) {
      return "events: another number than predicted";
    }
    return allocator_.dropped_events() == own_calls_ ? nullptr : "an event of the hook's own calls is not dropped";
  }

private:
  [[nodiscard]] static unsigned percent(const configuration& made_of) { return made_of.variety % 101U; }

  static void hear(void* context, const allocation_event& event) {
    auto& self = *static_cast<observed_stack_subject*>(context);
    ++self.heard_[static_cast<std::size_t>(event.kind)];
    // a mark that is restored at once, where there is room for one, leaves nothing behind
    if (self.calls_back_ && self.allocator_.state().available_bytes != 0) {
      const result<marker> point = self.allocator_.mark();
      static_cast<void>(self.allocator_.restore(point.value()));
      self.own_calls_ += 2;
    }
  }

  stack_subject inner_;
  bool calls_back_;
  model_type::event_counts heard_{};
  std::size_t own_calls_ = 0; ///< the hook's
  allocator_type allocator_;
  model_type model_;
};

} // namespace nebula::verify
