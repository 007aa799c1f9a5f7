// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <nebula/kernel.hpp>
#include <nebula/verify/driver.hpp>
#include <nebula/verify/state_key.hpp>
#include <nebula/verify/stray_write.hpp>
#include <nebula/verify/subject.hpp>

namespace nebula {

/// The way to what state keys leave out of the kernel's objects.
struct metadata_access {
  /// The counters of failures: no call goes by them, and each comparison with the model has found the two alike, so that
  /// they will differ after an operation iff they would from any other number. The seals: sums of what is in the key,
  /// and the walk after each operation has found them right.
  template <class Visit, class Atomics, component Reporter>
  static void visit_left_out(const failure_record<Atomics, Reporter>& of, Visit visit) {
    visit_record(of, visit);
  }
  template <class Visit, class Atomics>
  static void visit_left_out(const basic_segregated<Atomics>& of, Visit visit) {
    visit_record(of, visit);
    for (std::size_t index = 0; index < of.class_count_; ++index) {
      visit_record(of.pools_[index], visit);
    }
  }
  /// And the bytes that were ever allocated: a counter like those, far from its most.
  template <class Visit>
  static void visit_left_out(const arena& of, Visit visit) {
    visit_record(of, visit);
    visit(&of.total_allocated_bytes_, sizeof of.total_allocated_bytes_);
  }
  template <class Visit>
  static void visit_left_out(const failure_counts& of, Visit visit) {
    visit(&of, sizeof of);
  }

private:
  template <class Visit, class Atomics, component Reporter>
  static void visit_record(const failure_record<Atomics, Reporter>& of, Visit visit) {
    visit(&of.counts_, sizeof of.counts_);
    visit(&of.seals_, sizeof of.seals_);
  }
};

namespace exhaustive {

/// A subject that operations are performed on one by one, beside its model. It stands where every other one of its kind
/// has stood, in bytes that were zero, so that what is in no member of it is the same in all.
template <class Subject>
class world {
public:
  using operation_type = verify::operation;

  explicit world(const verify::configuration& made_of)
      : is_standard_(verify::level_of(made_of) == check_level::standard), made_(made_in_place(made_of)) {}
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world() { std::destroy_at(&made_); }

  void perform(const operation_type& step) {
    const std::size_t dead_before = made_.run.checks().dead().size();
    made_.run.perform(step);
    if (is_standard_) {
      clear_dead(dead_before);
    }
  }
  void finish() { made_.run.finish(); }
  [[nodiscard]] const std::string& wrong() const { return made_.run.checks().wrong(); }
  [[nodiscard]] const verify::coverage& covered() const { return made_.run.covered(); }

  static constexpr bool has_key = requires(Subject& subject) { subject.model().members(); };
  /// What the outcomes of all programs over the alphabet depend on from here. All the subject's bytes, but for its
  /// counters; its model, by what that says it goes by; its storage, but for the live blocks; what the program holds.
  [[nodiscard]] verify::state_digest key(std::span<const operation_type> alphabet) {
    auto& allocator = allocator_of(made_.subject);
    const byte_span storage = made_.subject.storage().span();
    verify::state_key key;
    key.relative_to(storage.data, storage.size);
    key.relative_to(&made_, sizeof made_);
    key.relative_to(&allocator, sizeof allocator);
    leave_out_what_is_said_otherwise(key);
    key.add(made_.subject.model());
    made_.run.identify(key, dead_blocks_named(alphabet));
    key.add_bytes(&made_.subject, sizeof made_.subject);
    key.add_bytes(&allocator, sizeof allocator);
    key.add_bytes(storage.data, storage.size);
    return key.digest();
  }

private:
  struct parts {
    explicit parts(const verify::configuration& made_of) : subject(made_of), run(subject) {}
    Subject subject;
    verify::execution<Subject> run;
  };

  /// The kernel's own, where a harness stands in front of it.
  static auto& allocator_of(Subject& subject) {
    if constexpr (requires { subject.allocator_itself(); }) {
      return subject.allocator_itself();
    } else {
      return subject.allocator();
    }
  }
  static parts& made_in_place(const verify::configuration& made_of) {
    alignas(parts) static std::byte place[sizeof(parts)];
    std::memset(place, 0, sizeof place);
    return *::new (static_cast<void*>(place)) parts(made_of);
  }

  /// A block that has died is overwritten by what the storage held at first, as a program may do that is careful with
  /// what it gives back: what was in it tells no states apart. At the paranoid level the allocator does that itself, and
  /// would notice.
  void clear_dead(std::size_t from) {
    constexpr unsigned char as_at_first = 0xCD;
    for (std::size_t number = from; number < made_.run.checks().dead().size(); ++number) {
      const verify::held_block& dead = made_.run.checks().dead()[number];
      for (std::size_t place = 0; place < dead.request.size; ++place) {
        verify::write_astray(dead.start + place, as_at_first);
      }
    }
  }

  void leave_out_what_is_said_otherwise(verify::state_key& key) {
    const auto leave_out = [&key](const void* first, std::size_t bytes) { key.leave_out(first, bytes); };
    const auto leave_out_of = [&](auto& object) {
      if constexpr (requires { metadata_access::visit_left_out(object, leave_out); }) {
        metadata_access::visit_left_out(object, leave_out);
      }
    };
    leave_out_of(allocator_of(made_.subject));
    if constexpr (requires { made_.subject.visit_parts(leave_out_of); }) {
      made_.subject.visit_parts(leave_out_of);
    }
    key.leave_out(&made_.subject.faults(), sizeof made_.subject.faults());   // compared with what it should be
    key.leave_out(&made_.subject.storage(), sizeof made_.subject.storage()); // where the storage is
    for (const verify::held_block& live : made_.run.checks().live()) {
      key.leave_out(live.start, live.request.size);
    }
  }

  /// How many of the dead blocks an alphabet can name: the oldest alone if all its targets are 0, else any.
  [[nodiscard]] static std::size_t dead_blocks_named(std::span<const operation_type> alphabet) {
    using verify::action;
    const bool names_others = std::any_of(alphabet.begin(), alphabet.end(), [](const operation_type& each) {
      const bool is_of_the_dead = each.what == action::deallocate_dead ||
                                  each.what == action::deallocate_stale_handle ||
                                  each.what == action::resolve_stale_handle || each.what == action::write_dead;
      return is_of_the_dead && each.target != 0;
    });
    return names_others ? std::numeric_limits<std::size_t>::max() : 1;
  }

  bool is_standard_;
  parts& made_;
};

/// Likewise a tree of budgets.
template <class Budget>
class world<verify::budget_subject<Budget>> {
public:
  using operation_type = verify::budget_operation;

  explicit world(const verify::budget_tree& made_of) : subject_(made_of), run_(subject_) {}

  void perform(const operation_type& step) { run_.perform(step); }
  void finish() { run_.finish(); }
  [[nodiscard]] const std::string& wrong() const { return run_.wrong(); }
  [[nodiscard]] const verify::coverage& covered() const { return run_.covered(); }

  static constexpr bool has_key = true;
  [[nodiscard]] verify::state_digest key(std::span<const operation_type> /*alphabet*/) {
    verify::state_key key;
    for (std::size_t which = 0; which < subject_.size(); ++which) {
      key.relative_to(&subject_.at(which), sizeof(Budget));
    }
    key.add(subject_.model());
    for (std::size_t which = 0; which < subject_.size(); ++which) {
      const auto leave_out = [&key](const void* first, std::size_t bytes) { key.leave_out(first, bytes); };
      metadata_access::visit_left_out(subject_.at(which), leave_out);
      key.add_bytes(&subject_.at(which), sizeof(Budget));
    }
    return key.digest();
  }

private:
  verify::budget_subject<Budget> subject_;
  verify::budget_execution<verify::budget_subject<Budget>> run_;
};

} // namespace exhaustive
} // namespace nebula
