// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "generators.hpp"

#include <nebula/verify/subject.hpp>

namespace rc {

template <>
struct Arbitrary<nebula::verify::budget_operation> {
  static Gen<nebula::verify::budget_operation> arbitrary() {
    using nebula::verify::budget_action;
    using nebula::verify::budget_operation;
    const auto what = gen::weightedOneOf<std::uint8_t>(
        {{6, gen::just(static_cast<std::uint8_t>(budget_action::reserve))},
         {2, gen::just(static_cast<std::uint8_t>(budget_action::release))},
         {3, gen::just(static_cast<std::uint8_t>(budget_action::set_limit))},
         {5, uniform<std::uint8_t>(0, static_cast<std::uint8_t>(nebula::verify::budget_action_count))}});
    return gen::build<budget_operation>(
        gen::set(&budget_operation::what, gen::map(what, [](std::uint8_t number) { return budget_action{number}; })),
        gen::set(&budget_operation::target, gen::arbitrary<std::uint8_t>()),
        gen::set(&budget_operation::bytes, gen::weightedOneOf<std::uint16_t>({{8, uniform<std::uint16_t>(1, 60)},
                                                                              {4, uniform<std::uint16_t>(1, 260)},
                                                                              {2, gen::arbitrary<std::uint16_t>()},
                                                                              {1, gen::just<std::uint16_t>(0)}})));
  }
};

template <>
struct Arbitrary<nebula::verify::budget_tree> {
  static Gen<nebula::verify::budget_tree> arbitrary() {
    using nebula::verify::budget_shape;
    using nebula::verify::budget_tree;
    // Mostly as the rules want it, the parents' limits above the children's; sometimes any.
    const auto shape = gen::build<budget_shape>(
        gen::set(&budget_shape::parent, gen::arbitrary<std::uint8_t>()),
        gen::set(&budget_shape::limit, gen::weightedOneOf<std::uint16_t>({{5, uniform<std::uint16_t>(40, 240)},
                                                                          {1, gen::arbitrary<std::uint16_t>()}})),
        gen::set(&budget_shape::block_limit, gen::weightedOneOf<std::uint16_t>({{3, gen::just<std::uint16_t>(0)},
                                                                                {1, uniform<std::uint16_t>(20, 240)}})),
        gen::set(&budget_shape::high_percent, uniform<std::uint8_t>(0, 104)),
        gen::set(&budget_shape::critical_percent, uniform<std::uint8_t>(60, 104)));
    return gen::build<budget_tree>(
        gen::set(&budget_tree::shapes, gen::mapcat(uniform<std::size_t>(1, nebula::verify::budget_count_max + 1),
                                                   [shape](std::size_t count) {
                                                     return gen::container<std::vector<budget_shape>>(count, shape);
                                                   })),
        gen::set(&budget_tree::is_huge, gen::arbitrary<bool>()));
  }
};

} // namespace rc

namespace nebula::verify {

inline std::ostream& operator<<(std::ostream& out, const budget_operation& step) { return out << to_text(step); }
inline std::ostream& operator<<(std::ostream& out, const budget_tree& made_of) { return out << to_text(made_of); }

template <class Subject>
void behaves_as_its_model() {
  const auto made_of = *rc::gen::arbitrary<budget_tree>();
  const auto steps = *rc::gen::arbitrary<budget_program>();
  expect_nothing(run_program<Subject>(made_of, steps, &total_coverage()), steps);
}

RC_GTEST_PROP(budget, behaves_as_its_model, ()) { behaves_as_its_model<shared_budget_subject>(); }
RC_GTEST_PROP(local_budget, behaves_as_its_model, ()) { behaves_as_its_model<local_budget_subject>(); }

TEST(budget, programs_reach_what_matters) {
  using enum error_code;
  expect_met({over_budget, over_block_limit, over_release, invalid_layout, invalid_configuration});
}

} // namespace nebula::verify
