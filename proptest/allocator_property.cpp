// SPDX-License-Identifier: Apache-2.0 OR MIT
// The property of any allocator, which property.cpp gives.
#include <cstdlib>
#include <string>

#include "generators.hpp"
#include "property.hpp"

namespace nebula::verify {
namespace {

/// NEBULA_PROPERTY_WITHOUT=restore_foreign: programs that never do this. For the test that such programs do not pass.
std::uint32_t all_but_unwanted() {
  const char* const unwanted = std::getenv("NEBULA_PROPERTY_WITHOUT");
  std::uint32_t all = (std::uint32_t{1} << action_count) - 1;
  if (unwanted == nullptr) {
    return all;
  }
  for (std::size_t place = 0; place < action_count; ++place) {
    if (std::string(unwanted) == name(static_cast<action>(place))) {
      return all & ~(std::uint32_t{1} << place);
    }
  }
  std::fprintf(stderr, "NEBULA_PROPERTY_WITHOUT is '%s'; it must be an action, as in restore_foreign\n", unwanted);
  std::exit(2);
}

} // namespace

RC_GTEST_PROP(allocator, behaves_as_its_model, ()) {
  static const allocator_property tested = property_of_the_subject();
  static const std::uint32_t wanted = all_but_unwanted();
  const auto made_of = *rc::gen::arbitrary<configuration>();
  const auto swarm = *rc::swarm_of(action_count);
  const auto steps =
      *rc::gen::container<program>(rc::operation_of(tested.weights, swarm & wanted, tested.capacity_bytes(made_of)));
  expect_nothing(tested.run(made_of, steps, &total_coverage()), steps);
}

TEST(programs, reach_what_matters) { expect_met(property_of_the_subject().outcomes); }

} // namespace nebula::verify
