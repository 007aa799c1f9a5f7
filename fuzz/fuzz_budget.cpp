// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs on trees of budgets, shared and local.
// Target functions, those of these headers:
//   budget: include/nebula/kernel/budget.hpp include/nebula/kernel/budget_config.hpp
#include "fuzz_subject.hpp"

namespace {

template <class Subject>
void run(const nebula::verify::budget_tree& made_of, const nebula::verify::budget_program& steps) {
  const auto found = nebula::verify::run_program<Subject>(made_of, steps);
  if (found) {
    std::fprintf(stderr, "%s: step %zu: %s\n%s%s", Subject::name, found->step, found->what.c_str(),
                 to_text(made_of).c_str(), to_text(std::span<const nebula::verify::budget_operation>(steps)).c_str());
    std::abort();
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nebula::verify::byte_reader bytes(std::span<const std::uint8_t>(data, size));
  const nebula::verify::budget_tree made_of = nebula::verify::read_budget_tree(bytes);
  const nebula::verify::budget_program steps = nebula::verify::read_budget_program(bytes);
  run<nebula::verify::shared_budget_subject>(made_of, steps);
  run<nebula::verify::local_budget_subject>(made_of, steps);
  return 0;
}
