// SPDX-License-Identifier: Apache-2.0 OR MIT
// litmus_agreement: the same programs under Relacy and under the enumerator. What Relacy finds, there is; what there is
// and Relacy does not find is pinned, each with its reason.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "free_list_world.hpp"
#include "litmus_table.hpp"
#include "text_program.hpp"

#include "relacy_atomics.hpp"

namespace nebula::litmus {
namespace {

/// The outcomes of one search, in memory that the detector does not manage.
struct collected {
  std::array<std::array<char, 160>, 256> text{};
  std::size_t count = 0;

  void add(const char* outcome) {
    for (std::size_t each = 0; each < count; ++each) {
      if (std::string_view(text[each].data()) == outcome) {
        return;
      }
    }
    if (count == text.size()) {
      std::abort(); // no test has so many
    }
    static_cast<void>(std::snprintf(text[count++].data(), text[0].size(), "%s", outcome));
  }
};
collected found;
const litmus_code* code = nullptr;
const free_list_program* calls = nullptr;

/// What the threads have noted, each in its turn.
struct notes {
  std::array<std::array<char, 64>, 5> of_thread{};
  void add(unsigned thread, const char* word) {
    const std::size_t used = std::string_view(of_thread[thread].data()).size();
    static_cast<void>(std::snprintf(of_thread[thread].data() + used, of_thread[thread].size() - used, "%s%s",
                                    used == 0 ? "" : " ", word));
  }
  void add(unsigned thread, const char* name, std::uint64_t value) {
    std::array<char, 32> word{};
    static_cast<void>(std::snprintf(word.data(), word.size(), "%s=%u", name, static_cast<unsigned>(value)));
    add(thread, word.data());
  }
  void finish() const {
    std::array<char, 160> all{};
    std::size_t used = 0;
    for (const auto& each : of_thread) {
      if (each[0] != '\0') {
        used += static_cast<std::size_t>(
            std::snprintf(all.data() + used, all.size() - used, "%s%s", used == 0 ? "" : " ", each.data()));
      }
    }
    found.add(all.data());
  }
};

rl::memory_order relacy(access_order order) {
  switch (order) {
  case access_order::acquire: return rl::mo_acquire;
  case access_order::release: return rl::mo_release;
  case access_order::acquire_release: return rl::mo_acq_rel;
  case access_order::sequential: return rl::mo_seq_cst;
  case access_order::relaxed:
  case access_order::plain: break;
  }
  return rl::mo_relaxed;
}

template <int Threads>
struct text_suite : rl::test_suite<text_suite<Threads>, Threads> {
  std::array<rl::atomic<std::uint64_t>, 4> atomics;
  std::array<rl::var<std::uint64_t>, 4> plain;
  std::array<bool, 4> is_plain{};
  notes seen{};

  void before() {
    seen = {};
    is_plain = {};
    for (unsigned place = 0; place < 4; ++place) {
      atomics[place](RL_INFO).store(0, rl::mo_relaxed);
      plain[place](RL_INFO).store(0);
    }
    for (const std::vector<statement>& thread : code->threads) {
      for (const statement& each : thread) {
        is_plain[each.place] =
            is_plain[each.place] || (each.what != statement::kind::branch && each.order == access_order::plain);
      }
    }
  }
  void thread(unsigned self) {
    if (self >= code->threads.size()) {
      return;
    }
    registers values{};
    for (const statement& next : code->threads[self]) {
      auto& word = atomics[next.place];
      const std::uint64_t operand = next.from_register ? values[next.source] : next.value;
      const rl::memory_order order = relacy(next.order);
      if (next.what == statement::kind::branch) {
        if (values[next.source] == 0) {
          break;
        }
      } else if (is_plain[next.place]) {
        if (next.what == statement::kind::store) {
          plain[next.place](RL_INFO).store(operand);
        } else {
          values[next.target] = plain[next.place](RL_INFO).load();
        }
      } else if (next.what == statement::kind::store) {
        word(RL_INFO).store(operand, order);
      } else if (next.what == statement::kind::load) {
        values[next.target] = word(RL_INFO).load(order);
      } else if (next.what == statement::kind::add) {
        values[next.target] = word(RL_INFO).fetch_add(operand, order);
      } else if (next.what == statement::kind::exchange) {
        values[next.target] = word(RL_INFO).exchange(operand, order);
      } else {
        std::uint64_t expected = next.expected;
        static_cast<void>(
            word.compare_exchange_strong(expected, operand, order, RL_INFO, relacy(next.failure), RL_INFO));
        values[next.target] = expected;
      }
    }
    remember(*code, self, values, [&](const char* name, std::uint64_t value) { seen.add(self, name, value); });
  }
  void after() {
    static constexpr std::array<const char*, 4> names{"x", "y", "z", "w"};
    for (unsigned place = 0; place < code->places; ++place) {
      seen.add(4, names[place],
               is_plain[place] ? plain[place](RL_INFO).load() : atomics[place](RL_INFO).load(rl::mo_acquire));
    }
    seen.finish();
  }
};

template <int Threads>
struct list_suite : rl::test_suite<list_suite<Threads>, Threads> {
  struct world {
    list_suite* suite;
    unsigned thread;
    void begins(char /*call*/) {}
    void note(const char* text) { suite->seen.add(thread, text); }
    void write(unsigned self, std::uint32_t block) { suite->cells[block](RL_INFO).store(self + 1); }
    void read(unsigned /*self*/, std::uint32_t block) { static_cast<void>(suite->cells[block](RL_INFO).load()); }
  };
  using bench_type = free_list_bench<race::relacy_atomics>;
  bench_type bench;
  std::array<rl::var<unsigned>, bench_type::block_count> cells;
  notes seen{};

  void before() {
    race::at_rest = true;
    seen = {};
    for (auto& cell : cells) {
      cell(RL_INFO).store(0);
    }
    for (unsigned each = 0; each < calls->taken; ++each) {
      static_cast<void>(bench.list.pop(bench.view(), bench_type::list_type::unlimited_retries));
    }
    race::at_rest = false;
  }
  void thread(unsigned self) {
    world mine{this, self};
    run_calls(bench, mine, self, calls->threads[self]);
  }
  void after() {
    race::at_rest = true;
    world mine{this, 4};
    run_last(bench, mine);
    race::at_rest = false;
    seen.finish();
  }
};

/// Every execution that Relacy has, until one has a data race.
template <class Suite>
std::set<std::string> search(unsigned long long& executions) {
  std::ostream nowhere(nullptr);
  rl::test_params params;
  params.search_type = rl::sched_full;
  params.output_stream = &nowhere;
  params.progress_stream = &nowhere;
  found.count = 0;
  const bool is_clean = rl::simulate<Suite>(params);
  executions = params.stop_iteration;
  std::set<std::string> outcomes;
  for (std::size_t each = 0; each < found.count; ++each) {
    outcomes.insert(found.text[each].data());
  }
  if (!is_clean) {
    outcomes.insert(params.test_result == rl::test_result_data_race ? std::string(enumerator::data_race)
                                                                    : rl::test_result_str(params.test_result));
  }
  return outcomes;
}

/// What the enumerator has and Relacy lacks, by test, and why.
struct difference {
  std::string_view test;
  std::size_t missing;
  std::string_view reason;
};
constexpr std::string_view order_of_stores = "the order of modification is that of execution";
constexpr difference differences[] = {
    {"2+2w.rlx", 1, order_of_stores},
    {"2+2w.rel", 1, order_of_stores},
    {"s.rlx", 1, order_of_stores},
    {"s.data", 1, order_of_stores},
    {"z6.u", 5, order_of_stores},
    {"release_sequence.own_store", 1, "release sequences are those of C++11"},
    {"iriw.acq_sc", 1, "sequentially consistent loads read the newest value"},
};

unsigned compare(std::string_view name, const std::set<std::string>& there, const std::set<std::string>& relacy_found,
                 unsigned long long executions) {
  std::vector<std::string> missing;
  std::vector<std::string> too_many;
  std::set_difference(there.begin(), there.end(), relacy_found.begin(), relacy_found.end(),
                      std::back_inserter(missing));
  std::set_difference(relacy_found.begin(), relacy_found.end(), there.begin(), there.end(),
                      std::back_inserter(too_many));
  const bool is_racy = there.contains(enumerator::data_race) && relacy_found.contains(enumerator::data_race);
  std::size_t pinned = 0;
  std::string_view reason;
  for (const difference& each : differences) {
    pinned = each.test == name ? each.missing : pinned;
    reason = each.test == name ? each.reason : reason;
  }
  // Relacy stops at the first race: of the other outcomes it has those before that.
  const bool agrees = too_many.empty() && (is_racy || missing.size() == pinned);
  std::printf("%-36s  %9llu executions  %2zu outcomes of %2zu%s%s%s\n", std::string(name).c_str(), executions,
              relacy_found.size(), there.size(), reason.empty() ? "" : ": ", std::string(reason).c_str(),
              agrees ? "" : "  DIFFERENT");
  for (const std::string& each : missing) {
    if (!agrees) {
      std::printf("    Relacy lacks %s\n", each.c_str());
    }
  }
  for (const std::string& each : too_many) {
    std::printf("    only Relacy has %s\n", each.c_str());
  }
  std::fflush(stdout);
  return agrees ? 0 : 1;
}

unsigned compare_tests() {
  unsigned different = 0;
  for (const litmus_test& test : litmus_tests) {
    const litmus_code parsed = parse_litmus(test.code);
    if (test.name == "plain.and_atomic") {
      continue; // a word is plain or atomic, in Relacy
    }
    code = &parsed;
    unsigned long long executions = 0;
    const std::set<std::string> relacy_found = parsed.threads.size() <= 2   ? search<text_suite<2>>(executions)
                                               : parsed.threads.size() == 3 ? search<text_suite<3>>(executions)
                                                                            : search<text_suite<4>>(executions);
    different +=
        compare(test.name, enumerator(program_of(parsed), axioms{}).search().outcomes, relacy_found, executions);
  }
  return different;
}
unsigned compare_free_list() {
  unsigned different = 0;
  for (const free_list_program& each : free_list_programs) {
    if (each.threads[2] != nullptr || std::string_view(each.name) == "push_two_meets_push") {
      continue; // a full search does not end in reasonable time
    }
    calls = &each;
    unsigned long long executions = 0;
    const std::set<std::string> relacy_found = search<list_suite<2>>(executions);
    different +=
        compare(each.name, search_free_list(each, axioms{}, shipped_orders, 0).outcomes, relacy_found, executions);
  }
  return different;
}

} // namespace
} // namespace nebula::litmus

int main(int argument_count, char** arguments) {
  const std::string_view what = argument_count == 2 ? arguments[1] : "";
  if (what != "table" && what != "free_list") {
    std::fputs("usage: litmus_agreement table|free_list\n", stderr);
    return 2;
  }
  const unsigned different = what == "table" ? nebula::litmus::compare_tests() : nebula::litmus::compare_free_list();
  std::printf("%u differences that are not pinned\n", different);
  return different == 0 ? 0 : 1;
}
