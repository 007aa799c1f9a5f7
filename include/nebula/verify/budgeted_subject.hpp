// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <nebula/kernel/budgeted.hpp>
#include <nebula/verify/budgeted_model.hpp>
#include <nebula/verify/bump_subject.hpp>
#include <nebula/verify/pool_subject.hpp>
#include <nebula/verify/segregated_subject.hpp>
#include <nebula/verify/stack_subject.hpp>

namespace nebula::verify {

/// Another subject's allocator behind a child of a budget, of which a sibling takes more or less: select(n) has it
/// reserve 2n bytes, if they are left.
template <class InnerSubject>
class budgeted_subject {
public:
  using inner_type = std::remove_cvref_t<decltype(std::declval<InnerSubject&>().allocator())>;
  using allocator_type = budgeted<inner_type>;
  using model_type = budgeted_model<typename InnerSubject::model_type>;

  explicit budgeted_subject(const configuration& made_of)
      : inner_(made_of),
        shared_(config_of(shared_number, made_of).validate().value()),
        mine_(config_of(my_number, made_of).validate().value()),
        sibling_(config_of(sibling_number, made_of).validate().value()),
        allocator_(inner_.allocator(), mine_, log_.hook()),
        model_(inner_.model(), tree_, my_number) {}
  budgeted_subject(const budgeted_subject&) = delete;
  budgeted_subject& operator=(const budgeted_subject&) = delete;
  ~budgeted_subject() {
    for (budget* const each : {&mine_, &sibling_}) { // their blocks end with the storage
      const std::size_t left = each->state().own_bytes;
      static_cast<void>(left == 0 || each->release(left).has_value());
    }
  }

  allocator_type& allocator() { return allocator_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return inner_.storage(); }
  [[nodiscard]] const fault_log& faults() const { return inner_.faults(); }

  /// Each of the kernel's objects that it is made of, beside allocator().
  template <class Visit>
  void visit_parts(Visit visit) {
    visit(inner_.allocator());
    visit(shared_);
    visit(mine_);
    visit(sibling_);
  }
  void select(std::uint8_t number) {
    const std::size_t before = tree_.at(sibling_number).own;
    if (before != 0) {
      tree_.release(sibling_number, before);
      if (!sibling_.release(before).has_value()) {
        went_wrong_ = true;
      }
    }
    const std::size_t wanted = std::size_t{2} * number;
    went_wrong_ = went_wrong_ || tree_.reserve(sibling_number, wanted) != sibling_.reserve(wanted).code();
  }
  /// What the adaptor's state does not show: the budgets', to the byte.
  [[nodiscard]] const char* disagreement() const {
    if (went_wrong_) {
      return "the sibling's reservation went otherwise than predicted";
    }
    if (log_.count != 0) {
      return "the budget or the adaptor reports a fault";
    }
    const budget* const all[] = {&shared_, &mine_, &sibling_};
    for (std::size_t each = 0; each < std::size(all); ++each) {
      const char* const what = differing(tree_.state(each), all[each]->state());
      if (what != nullptr) {
        return what;
      }
    }
    return nullptr;
  }

private:
  static constexpr std::size_t shared_number = 0;
  static constexpr std::size_t my_number = 1;
  static constexpr std::size_t sibling_number = 2;

  /// Enough for a few blocks; tight or wide at the child, at its parent or for one block.
  [[nodiscard]] budget_config config_of(std::size_t number, const configuration& made_of) {
    const std::size_t limit = 64 + std::size_t{4} * made_of.variety;
    budget_model::budget_data data{limit};
    if (number != shared_number) {
      data.parent = shared_number;
    }
    if (number == my_number) {
      data.limit -= made_of.variety % 3U * limit / 4;
      data.block_limit = made_of.variety % 5U == 0 ? data.limit / 2 : 0;
    }
    tree_.add(data);
    return {data.limit, data.block_limit, number == shared_number ? nullptr : &shared_, 70, 90, log_.hook()};
  }

  InnerSubject inner_;
  fault_log log_;
  budget_model tree_;
  budget shared_;
  budget mine_;
  budget sibling_;
  allocator_type allocator_;
  model_type model_;
  bool went_wrong_ = false;
};

class budgeted_bump_subject : public budgeted_subject<bump_subject> {
public:
  using budgeted_subject::budgeted_subject;
  static constexpr const char* name = "budgeted_bump";
};
class budgeted_stack_subject : public budgeted_subject<stack_subject> {
public:
  using budgeted_subject::budgeted_subject;
  static constexpr const char* name = "budgeted_stack";
};
class budgeted_pool_subject : public budgeted_subject<pool_subject> {
public:
  using budgeted_subject::budgeted_subject;
  static constexpr const char* name = "budgeted_pool";
};
class budgeted_segregated_subject : public budgeted_subject<segregated_subject> {
public:
  using budgeted_subject::budgeted_subject;
  static constexpr const char* name = "budgeted_segregated";
};

} // namespace nebula::verify
