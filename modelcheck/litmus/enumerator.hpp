// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <array>
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "orders.hpp"

namespace nebula::litmus {

/// Which executions there are. An execution is a graph: the accesses of each thread, for each read the write that it
/// reads (rf), for each place one order of its writes (mo). It exists iff it obeys the axioms below, which are those of
/// RC11 (Lahav et al., Repairing Sequential Consistency in C/C++11, 2017) with the release sequences of C++20.
struct axioms {
  bool coherence = true;         ///< what happened before is not undone: hb ; (rf ∪ mo ∪ rb)⁺ has no cycle
  bool atomicity = true;         ///< nothing comes between a read-modify-write and the write that it reads
  bool release_sequences = true; ///< an acquire pairs with a release through read-modify-writes in between
  /// How values are kept from appearing out of thin air. False: program order and reads-from have no cycle, which
  /// forbids load buffering. True: dependencies and reads-from have none, and a value is read early only if the thread
  /// that is to write it does so in some other execution as well; this admits load buffering, as C++ and machines do.
  bool load_buffering = false;
  unsigned early_reads =
      1; ///< with load buffering: a bound, how many reads of an execution may come before their write
};

/// One access that a thread asks for.
struct request {
  enum class kind : std::uint8_t { load, store, add, exchange, compare };
  kind what = kind::load;
  bool is_weak = false; ///< compare: may fail without cause
  unsigned place = 0;   ///< below place_count_max
  access_order order = access_order::relaxed;
  access_order failure = access_order::relaxed; ///< compare
  std::uint64_t operand = 0;                    ///< what is stored, added, or put in place
  std::uint64_t expected = 0;                   ///< compare
  std::uint64_t depends = 0; ///< bit i: on what access i of the thread has read, by value, address or control
};
/// And what it gets.
struct response {
  std::uint64_t read = 0;
  bool is_done = true; ///< false iff a compare has failed
  unsigned access = 0; ///< the number of this access in its thread
};

class enumerator;

/// What the code of a thread talks to. The code is run again and again, with all that it read before, up to its next
/// access, from where it is left by longjmp: it must keep all that it knows in automatic objects without destructors.
class machine {
public:
  response access(const request& wanted);
  /// Adds to what the execution is remembered by.
  void observe(const char* name, std::uint64_t value);
  void observe(const char* text);

private:
  friend class enumerator;
  struct answered {
    request asked{};
    response given{};
    std::uint64_t written = 0;
    bool writes = false;
    unsigned source = 0; ///< of what was read: an access, by thread * accesses_max + number
  };
  std::vector<answered> history_{};
  std::size_t position_ = 0;
  request next_{};
  std::string* observed_ = nullptr;
  std::jmp_buf leave_{};
};

struct program {
  std::string name{};
  std::vector<std::function<void(machine&)>> threads{};
  std::function<void(machine&)> last{}; ///< runs when all threads have ended, and sees all that they did; may be none
  std::vector<std::uint64_t> initial{}; ///< one value for each place
  unsigned spurious_failures = 0;       ///< of weak exchanges, in one execution
  bool shows_memory = false;            ///< the last value of each place belongs to what an execution is remembered by
};

struct search_outcome {
  std::set<std::string> outcomes{}; ///< "data race" stands for all executions that have one
  std::uint64_t states = 0;         ///< graphs looked at
  std::uint64_t executions = 0;     ///< complete ones
  std::uint64_t cut = 0;            ///< executions given up, because a thread had too many accesses
};

/// All executions of a program.
class enumerator {
public:
  static constexpr unsigned accesses_max = 40; ///< of one thread
  static constexpr unsigned events_max = 64;   ///< of one execution
  static constexpr unsigned threads_max = 5;   ///< the last one, and what was there before any thread, included
  static constexpr const char* data_race = "data race";

  enumerator(const program& what, const axioms& rules) : program_(what), rules_(rules) {}
  search_outcome search();

private:
  using answered = machine::answered;
  using bits = std::uint64_t;
  using relation = std::array<bits, events_max>;
  static constexpr unsigned initial_thread = threads_max; // its access i is the first value of place i
  struct graph {
    std::vector<std::vector<answered>> threads{};
    std::vector<std::vector<unsigned>> modification{}; // of each place
    unsigned spurious = 0;
    unsigned early = 0;
  };
  struct early { // a write that a read may read before it is there
    unsigned source;
    std::uint64_t value;
    auto operator<=>(const early&) const = default;
  };
  struct dense { // the events of a graph, numbered
    unsigned count = 0;
    std::array<const answered*, events_max> event{};
    std::array<unsigned, events_max> thread{};
    std::array<unsigned, events_max> place{};
    std::map<unsigned, unsigned> number_of{};
  };

  void explore(const graph& now);
  /// Runs the thread up to its next access; false iff it has ended.
  bool next_of(const graph& now, unsigned thread, request& wanted, std::string* observed);
  void extend(const graph& now, unsigned thread, const request& wanted);
  void read_from(const graph& now, unsigned thread, const request& wanted, unsigned source, std::uint64_t value);
  void add(graph next, unsigned thread, const answered& event);
  void finish(const graph& now);
  [[nodiscard]] bool is_awaited_otherwise(const graph& now, unsigned thread, const answered& event) const;
  [[nodiscard]] bool has_unfulfilled(const graph& now) const;
  [[nodiscard]] bool exists(const graph& now, unsigned access) const;
  [[nodiscard]] std::uint64_t value_of(const graph& now, unsigned access) const;
  [[nodiscard]] std::string key(const graph& now) const;
  /// Whether the graph obeys the axioms; and if so, whether it has a data race.
  [[nodiscard]] bool is_consistent(const graph& now, bool& races) const;
  [[nodiscard]] bool sequential_ones_agree(const dense& all, const relation& before, const relation& happens,
                                           const relation& order, const relation& reads_before) const;

  const program& program_;
  axioms rules_;
  machine machine_{};
  std::set<std::string> seen_{};
  std::map<unsigned, std::set<early>> written_{};   // of each place: found so far
  std::map<unsigned, std::set<early>> available_{}; // found in the searches before this one
  search_outcome found_{};
};

} // namespace nebula::litmus
