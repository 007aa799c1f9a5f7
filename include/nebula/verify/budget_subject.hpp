// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <nebula/verify/budget_model.hpp>
#include <nebula/verify/configuration.hpp>
#include <nebula/verify/driver.hpp>

/// Budgets are no allocators: their programs reserve and release. The same kind of language, and of driver: any
/// sequence means something on any tree, and each outcome and each number is compared with the model's after each
/// operation.
namespace nebula::verify {

enum class budget_action : std::uint8_t {
  reserve,         ///< `bytes` in budget `target`
  reserve_extreme, ///< near SIZE_MAX, by `bytes`
  release,         ///< `bytes`, which may be more than there are
  release_own,     ///< all that the budget has itself
  release_more,    ///< and `bytes` more
  set_limit,       ///< to `bytes`
  renew,           ///< ends a budget that has no children, and makes it anew
};
inline constexpr std::size_t budget_action_count = 7;

[[nodiscard]] constexpr const char* name(budget_action what) noexcept {
  constexpr std::array<const char*, budget_action_count> names{
      "reserve", "reserve_extreme", "release", "release_own", "release_more", "set_limit", "renew"};
  return static_cast<std::size_t>(what) < budget_action_count ? names[static_cast<std::size_t>(what)] : "unknown";
}

struct budget_operation {
  budget_action what = budget_action::reserve;
  std::uint8_t target = 0; ///< modulo the number of budgets
  std::uint16_t bytes = 0; ///< times the tree's unit

  friend bool operator==(const budget_operation&, const budget_operation&) = default;
};
using budget_program = std::vector<budget_operation>;

/// One budget of a tree, as a few numbers; if they make no valid configuration, that is predicted too, and the budget
/// is made as a root of 100 units.
struct budget_shape {
  std::uint8_t parent = 0; ///< modulo the number of budgets before it, and one: that is none
  std::uint16_t limit = 100;
  std::uint16_t block_limit = 0;
  std::uint8_t high_percent = 70;
  std::uint8_t critical_percent = 90;

  friend bool operator==(const budget_shape&, const budget_shape&) = default;
};
struct budget_tree {
  std::vector<budget_shape> shapes; ///< at least one, or one is made
  bool is_huge = false;             ///< the unit is not a byte, but so large that limits reach SIZE_MAX

  friend bool operator==(const budget_tree&, const budget_tree&) = default;
};
inline constexpr std::size_t budget_count_max = 12; ///< a chain of more than the levels that there may be

[[nodiscard]] inline std::string to_text(const budget_operation& step) {
  return std::string(name(step.what)) + " in " + std::to_string(step.target) + ", " + std::to_string(step.bytes);
}
[[nodiscard]] inline std::string to_text(std::span<const budget_operation> steps) {
  std::string lines;
  for (std::size_t index = 0; index < steps.size(); ++index) {
    lines += "  " + std::to_string(index) + ": " + to_text(steps[index]) + "\n";
  }
  return lines;
}
[[nodiscard]] inline std::string to_text(const budget_tree& made_of) {
  std::string lines = made_of.is_huge ? "  huge\n" : "";
  for (const budget_shape& each : made_of.shapes) {
    lines += "  limit " + std::to_string(each.limit) + ", of a block " + std::to_string(each.block_limit) +
             ", parent " + std::to_string(each.parent) + ", " + std::to_string(each.high_percent) + "% and " +
             std::to_string(each.critical_percent) + "%\n";
  }
  return lines;
}

/// Mostly few, so that budgets are filled and met; a few values reach up to the most.
[[nodiscard]] inline std::uint16_t read_units(byte_reader& bytes) {
  const std::uint8_t few = bytes.byte();
  return static_cast<std::uint16_t>(few < 0xF0 ? few : few * 257U);
}
/// Any bytes are a tree and a program: the program's first byte is the mask of the operations that are on.
[[nodiscard]] inline budget_tree read_budget_tree(byte_reader& bytes) {
  budget_tree made_of;
  const std::uint8_t head = bytes.byte();
  made_of.is_huge = head >= 0x80;
  made_of.shapes.resize(1 + head % budget_count_max);
  for (budget_shape& each : made_of.shapes) {
    each.parent = bytes.byte();
    each.limit = read_units(bytes);
    each.block_limit = static_cast<std::uint16_t>(bytes.byte() / 2U);
    each.high_percent = static_cast<std::uint8_t>(bytes.byte() % 104U);
    each.critical_percent = static_cast<std::uint8_t>(bytes.byte() % 104U);
  }
  return made_of;
}
[[nodiscard]] inline budget_program read_budget_program(byte_reader& bytes) {
  const swarm<budget_action, budget_action_count> chosen(bytes.byte());
  budget_program steps;
  steps.reserve(std::min(bytes.left(), program_length_max));
  while (!bytes.empty() && steps.size() < program_length_max) {
    budget_operation step;
    step.what = chosen(bytes.byte());
    step.target = bytes.byte();
    const bool has_bytes = step.what != budget_action::release_own && step.what != budget_action::renew;
    step.bytes = has_bytes ? read_units(bytes) : std::uint16_t{0};
    steps.push_back(step);
  }
  return steps;
}

/// A tree of budgets beside its model.
template <class Budget>
class budget_subject {
public:
  using config_type = typename Budget::config_type;
  using data_type = budget_model::budget_data;
  static constexpr const char* name = Budget::atomics_type::is_shared ? "budget" : "local_budget";

  explicit budget_subject(const budget_tree& made_of)
      : unit_(made_of.is_huge ? std::numeric_limits<std::size_t>::max() / 0xFFFFU : 1) {
    for (const budget_shape& each : made_of.shapes) {
      make(each);
    }
    if (budgets_.empty()) {
      make({});
    }
    log_ = {};
  }
  budget_subject(const budget_subject&) = delete;
  budget_subject& operator=(const budget_subject&) = delete;
  ~budget_subject() {
    while (!budgets_.empty()) { // children first
      budgets_.pop_back();
    }
  }

  Budget& at(std::size_t which) { return *budgets_[which]; }
  budget_model& model() { return model_; }
  [[nodiscard]] std::size_t size() const { return budgets_.size(); }
  [[nodiscard]] const fault_log& faults() const { return log_; }
  [[nodiscard]] std::size_t bytes(std::uint16_t units) const { return units * unit_; }
  /// Empty iff all configurations were found valid or not as predicted.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  /// Ends the budget, and makes it anew with the limit that it has now, or its parent's if that is less.
  bool renew(std::size_t which) {
    data_type anew = model_.at(which);
    const std::size_t parents = anew.parent ? model_.at(*anew.parent).limit : anew.limit;
    anew.limit = std::min(anew.limit, parents);
    anew.block_limit = std::min(anew.block_limit, anew.limit);
    anew.used = anew.own = anew.peak = 0;
    anew.failed = {};
    const bool was_in_use = model_.renew(which, anew);
    budgets_[which].reset();
    budgets_[which] = std::make_unique<Budget>(config_of(anew).validate().value());
    return was_in_use;
  }

private:
  [[nodiscard]] config_type config_of(const data_type& data) {
    return {data.limit, data.block_limit, data.parent ? budgets_[*data.parent].get() : nullptr,
            data.high,  data.critical,    log_.hook()};
  }
  void make(const budget_shape& shape) {
    data_type data{bytes(shape.limit), bytes(shape.block_limit), std::nullopt, shape.high_percent,
                   shape.critical_percent};
    if (shape.parent % (budgets_.size() + 1) != budgets_.size()) {
      data.parent = shape.parent % (budgets_.size() + 1);
    }
    const error got = config_of(data).validate().error();
    if (got.field != model_.wrong_field(data)) {
      wrong_ = std::string("a configuration is refused for ") + nebula::name(got.field) + ", predicted " +
               nebula::name(model_.wrong_field(data));
    }
    if (got.code != error_code::none) {
      data = data_type{bytes(100)};
    }
    budgets_.push_back(std::make_unique<Budget>(config_of(data).validate().value()));
    model_.add(data);
  }

  std::size_t unit_;
  fault_log log_;
  std::vector<std::unique_ptr<Budget>> budgets_;
  budget_model model_;
  std::string wrong_;
};
using shared_budget_subject = budget_subject<budget>;
using local_budget_subject = budget_subject<local_budget>;

/// Runs one program of budgets. [SR-VER-002]
template <class Subject>
class budget_execution {
public:
  explicit budget_execution(Subject& subject, walks walked = walks::after_each_operation)
      : subject_(subject), walked_(walked), wrong_(subject.wrong()) {}

  [[nodiscard]] std::optional<finding> run(std::span<const budget_operation> steps) {
    for (std::size_t number = 0; number < steps.size() && wrong_.empty(); ++number) {
      perform(steps[number]);
      if (!wrong_.empty()) {
        return finding{number, to_text(steps[number]) + ": " + wrong_};
      }
    }
    finish();
    return wrong_.empty() ? std::nullopt : std::optional<finding>({steps.size(), "at the end: " + wrong_});
  }
  [[nodiscard]] const coverage& covered() const { return covered_; }
  [[nodiscard]] const differences& seen() const { return seen_; }
  /// The first difference, in words; empty iff there was none.
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  /// One operation, and what is compared after it. A driver may go on after a difference: the model's part is done.
  void perform(const budget_operation& step) {
    ++covered_.steps;
    act(step);
    compare();
  }
  /// What is compared when a program has ended.
  void finish() {
    if (wrong_.empty()) {
      release_all();
    }
  }

private:
  void act(const budget_operation& step) {
    const std::size_t which = step.target % subject_.size();
    const std::size_t bytes = subject_.bytes(step.bytes);
    const std::size_t own = subject_.model().at(which).own;
    constexpr std::size_t most = std::numeric_limits<std::size_t>::max();
    switch (step.what) {
    case budget_action::reserve: reserve(which, bytes); break;
    case budget_action::reserve_extreme: reserve(which, most - step.bytes); break;
    case budget_action::release: release(which, bytes); break;
    case budget_action::release_own: release(which, own); break;
    case budget_action::release_more: release(which, bytes <= most - own ? own + bytes : most); break;
    case budget_action::set_limit: set_limit(which, bytes); break;
    case budget_action::renew: renew(which); break;
    }
  }
  void reserve(std::size_t which, std::size_t bytes) {
    agree(which, subject_.model().reserve(which, bytes), subject_.at(which).reserve(bytes).error(),
          nebula::operation::reserve);
  }
  void release(std::size_t which, std::size_t bytes) {
    agree(which, subject_.model().release(which, bytes), subject_.at(which).release(bytes).error(),
          nebula::operation::release);
  }
  void set_limit(std::size_t which, std::size_t bytes) {
    const error_code expected = subject_.model().set_limit(which, bytes);
    const result<std::size_t> got = subject_.at(which).set_limit(bytes);
    agree(which, expected, got.error(), nebula::operation::configure);
    check(!got.has_value() || got.value() == subject_.model().at(which).used, difference::counters,
          "set_limit() returns other bytes");
  }
  void renew(std::size_t which) {
    if (subject_.model().child_count(which) != 0) {
      ++covered_.skipped;
      return;
    }
    const bool was_in_use = subject_.renew(which);
    faults_expected_ += was_in_use ? 1U : 0U;
    check(!was_in_use || subject_.faults().last == error_code::budget_in_use, difference::counters,
          "the fault reported has another code");
    ++covered_.succeeded;
  }
  void release_all() {
    for (std::size_t which = 0; which < subject_.size() && wrong_.empty(); ++which) {
      if (subject_.model().at(which).own != 0) {
        release(which, subject_.model().at(which).own);
      }
    }
    compare();
    for (std::size_t which = 0; which < subject_.size(); ++which) {
      check(subject_.at(which).state().used_bytes == 0, difference::counters, "bytes are reserved that nobody has");
    }
  }

  void check(bool holds, difference kind, const std::string& what) {
    if (!holds) {
      seen_.add(kind);
      wrong_ = wrong_.empty() ? what : wrong_;
    }
  }
  void agree(std::size_t which, error_code expected, error got, nebula::operation during) {
    if (expected != got.code) {
      check(false, difference_between(expected, got.code),
            "budget " + std::to_string(which) + ": predicted " + nebula::name(expected) + ", got " +
                nebula::name(got.code));
    }
    if (got.code == error_code::none) {
      ++covered_.succeeded;
    } else {
      ++covered_.failures.counts[failure_reason_index(got.code)];
      check(got.during == during && got.reporter == component::budget, difference::otherwise,
            "the error names another operation");
    }
    if (is_misuse(expected)) {
      ++faults_expected_;
      check(subject_.faults().last == expected, difference::counters, "the fault reported has another code");
    }
  }
  void compare() {
    for (std::size_t which = 0; which < subject_.size(); ++which) {
      const char* const differs = differing(subject_.model().state(which), subject_.at(which).state());
      if (differs != nullptr) {
        check(false, difference::counters, std::string(differs) + ": number " + std::to_string(which));
      }
      if (walked_ == walks::after_each_operation) {
        check(subject_.at(which).check_invariants().has_value(), difference::walk, "an invariant does not hold");
      }
    }
    check(subject_.faults().count == faults_expected_, difference::counters, "another number of faults is reported");
  }

  Subject& subject_;
  walks walked_;
  std::size_t faults_expected_ = 0;
  std::string wrong_;
  differences seen_;
  coverage covered_;
};

/// Runs a program on a fresh tree. Nothing iff all is as predicted.
template <class Subject>
[[nodiscard]] std::optional<finding> run_program(const budget_tree& made_of, std::span<const budget_operation> steps,
                                                 coverage* covered = nullptr) {
  Subject subject(made_of);
  budget_execution<Subject> run(subject);
  std::optional<finding> found = run.run(steps);
  if (covered != nullptr) {
    covered->add(run.covered());
  }
  return found;
}

} // namespace nebula::verify
