// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "enumerator.hpp"

#include <algorithm>

namespace nebula::litmus {

namespace {

bool acquires(access_order order) {
  return order == access_order::acquire || order == access_order::acquire_release || order == access_order::sequential;
}
bool releases(access_order order) {
  return order == access_order::release || order == access_order::acquire_release || order == access_order::sequential;
}

using bits = std::uint64_t;
constexpr bits bit(unsigned number) { return bits{1} << number; }

/// Each event's successors' successors, too.
template <class Relation>
void close(Relation& edges, unsigned count) {
  for (unsigned middle = 0; middle < count; ++middle) {
    for (unsigned from = 0; from < count; ++from) {
      edges[from] |= (edges[from] & bit(middle)) != 0 ? edges[middle] : 0;
    }
  }
}
template <class Relation>
bool has_cycle(Relation edges, unsigned count) {
  close(edges, count);
  for (unsigned each = 0; each < count; ++each) {
    if ((edges[each] & bit(each)) != 0) {
      return true;
    }
  }
  return false;
}

} // namespace

response machine::access(const request& wanted) {
  if (position_ == history_.size()) {
    next_ = wanted;
    std::longjmp(leave_, 1); // NOLINT(cert-err52-cpp): through frames of the kernel, which are noexcept
  }
  return history_[position_++].given;
}
void machine::observe(const char* name, std::uint64_t value) {
  if (observed_ != nullptr) {
    *observed_ += (observed_->empty() ? "" : " ") + std::string(name) + "=" + std::to_string(value);
  }
}
void machine::observe(const char* text) {
  if (observed_ != nullptr) {
    *observed_ += (observed_->empty() ? "" : " ") + std::string(text);
  }
}

search_outcome enumerator::search() {
  // What is read early must be written in the end. Which writes there can be is found by searching: first nothing is read
  // early, then what some execution has written, until no more comes.
  for (;;) {
    available_ = written_;
    seen_.clear();
    found_ = {};
    graph empty;
    empty.threads.resize(program_.threads.size() + 1);
    for (unsigned place = 0; place < program_.initial.size(); ++place) {
      empty.modification.push_back({initial_thread * accesses_max + place});
    }
    explore(empty);
    if (!rules_.load_buffering || available_ == written_) {
      return found_;
    }
  }
}

bool enumerator::next_of(const graph& now, unsigned thread, request& wanted, std::string* observed) {
  machine_.history_ = now.threads[thread];
  machine_.position_ = 0;
  machine_.observed_ = observed;
  const std::function<void(machine&)>& code =
      thread < program_.threads.size() ? program_.threads[thread] : program_.last;
  if (setjmp(machine_.leave_) == 0) { // NOLINT(cert-err52-cpp)
    code(machine_);
    return false;
  }
  wanted = machine_.next_;
  return true;
}

void enumerator::explore(const graph& now) {
  if (!seen_.insert(key(now)).second) {
    return;
  }
  ++found_.states;
  const auto last = static_cast<unsigned>(program_.threads.size());
  bool all_ended = true;
  for (unsigned thread = 0; thread < last; ++thread) {
    request wanted;
    if (next_of(now, thread, wanted, nullptr)) {
      all_ended = false;
      extend(now, thread, wanted);
    } else {
      // a write of this thread that somebody has read early will not come
      for (const std::vector<answered>& other : now.threads) {
        for (const answered& event : other) {
          if (event.source / accesses_max == thread && event.source % accesses_max >= now.threads[thread].size() &&
              (event.asked.what != request::kind::store)) {
            return;
          }
        }
      }
    }
  }
  if (!all_ended) {
    return;
  }
  request wanted;
  if (program_.last && next_of(now, last, wanted, nullptr)) {
    extend(now, last, wanted);
    return;
  }
  if (!has_unfulfilled(now)) {
    finish(now);
  }
}

void enumerator::finish(const graph& now) {
  ++found_.executions;
  for (unsigned thread = 0; thread < program_.threads.size(); ++thread) {
    for (unsigned each = 0; each < now.threads[thread].size(); ++each) {
      const answered& event = now.threads[thread][each];
      if (event.writes) {
        written_[event.asked.place].insert({thread * accesses_max + each, event.written});
      }
    }
  }
  std::string text;
  for (unsigned thread = 0; thread < program_.threads.size() + (program_.last ? 1U : 0U); ++thread) {
    request none;
    static_cast<void>(next_of(now, thread, none, &text));
  }
  if (program_.shows_memory) {
    static constexpr std::array<const char*, 4> names{"x", "y", "z", "w"};
    machine_.observed_ = &text;
    for (unsigned place = 0; place < now.modification.size() && place < names.size(); ++place) {
      machine_.observe(names[place], value_of(now, now.modification[place].back()));
    }
  }
  found_.outcomes.insert(text);
}

void enumerator::extend(const graph& now, unsigned thread, const request& wanted) {
  std::size_t events = now.modification.size() + 1;
  for (const std::vector<answered>& each : now.threads) {
    events += each.size();
  }
  if (now.threads[thread].size() + 1 == accesses_max || events > events_max) {
    ++found_.cut;
    return;
  }
  if (wanted.what == request::kind::store) {
    answered event;
    event.asked = wanted;
    event.writes = true;
    event.written = wanted.operand;
    add(now, thread, event);
    return;
  }
  for (const unsigned source : now.modification[wanted.place]) {
    read_from(now, thread, wanted, source, value_of(now, source));
  }
  const auto found = available_.find(wanted.place);
  if (found != available_.end() && thread < program_.threads.size() && now.early < rules_.early_reads) {
    graph earlier = now;
    ++earlier.early;
    for (const early& write : found->second) {
      if (write.source / accesses_max != thread && !exists(now, write.source)) {
        read_from(earlier, thread, wanted, write.source, write.value);
      }
    }
  }
}

void enumerator::read_from(const graph& now, unsigned thread, const request& wanted, unsigned source,
                           std::uint64_t value) {
  answered event;
  event.asked = wanted;
  event.source = source;
  event.given.read = value;
  switch (wanted.what) {
  case request::kind::add:
    event.writes = true;
    event.written = value + wanted.operand;
    break;
  case request::kind::exchange:
    event.writes = true;
    event.written = wanted.operand;
    break;
  case request::kind::compare:
    event.writes = value == wanted.expected;
    event.written = wanted.operand;
    event.given.is_done = event.writes;
    if (event.writes && wanted.is_weak && now.spurious < program_.spurious_failures) {
      graph failed = now;
      ++failed.spurious;
      answered without_cause = event;
      without_cause.writes = false;
      without_cause.given.is_done = false;
      add(failed, thread, without_cause);
    }
    break;
  case request::kind::load:
  case request::kind::store: break;
  }
  add(now, thread, event);
}

/// The event, at each place in the order of modification that the axioms leave it.
void enumerator::add(graph next, unsigned thread, const answered& event) {
  if (is_awaited_otherwise(next, thread, event)) {
    return;
  }
  const unsigned access = thread * accesses_max + static_cast<unsigned>(next.threads[thread].size());
  answered placed = event;
  placed.given.access = static_cast<unsigned>(next.threads[thread].size());
  next.threads[thread].push_back(placed);
  const auto try_it = [&](const graph& candidate) {
    bool races = false;
    if (!is_consistent(candidate, races)) {
      return;
    }
    if (races && !has_unfulfilled(candidate)) {
      found_.outcomes.insert(data_race); // whatever comes after it
      return;
    }
    explore(candidate);
  };
  if (!event.writes) {
    try_it(next);
    return;
  }
  std::vector<unsigned>& order = next.modification[event.asked.place];
  for (std::size_t position = 1; position <= order.size(); ++position) {
    graph candidate = next;
    std::vector<unsigned>& grown = candidate.modification[event.asked.place];
    grown.insert(grown.begin() + static_cast<std::ptrdiff_t>(position), access);
    try_it(candidate);
  }
}

bool enumerator::exists(const graph& now, unsigned access) const {
  const unsigned thread = access / accesses_max;
  return thread == initial_thread || access % accesses_max < now.threads[thread].size();
}
std::uint64_t enumerator::value_of(const graph& now, unsigned access) const {
  const unsigned thread = access / accesses_max;
  return thread == initial_thread ? program_.initial[access % accesses_max]
                                  : now.threads[thread][access % accesses_max].written;
}

/// True iff somebody has read early what this event should have written, and it does not.
bool enumerator::is_awaited_otherwise(const graph& now, unsigned thread, const answered& event) const {
  const unsigned access = thread * accesses_max + static_cast<unsigned>(now.threads[thread].size());
  for (const std::vector<answered>& other : now.threads) {
    for (const answered& reader : other) {
      const bool reads = reader.asked.what != request::kind::store;
      if (reads && reader.source == access &&
          !(event.writes && event.asked.place == reader.asked.place && event.written == reader.given.read)) {
        return true;
      }
    }
  }
  return false;
}
bool enumerator::has_unfulfilled(const graph& now) const {
  for (const std::vector<answered>& thread : now.threads) {
    for (const answered& event : thread) {
      if (event.asked.what != request::kind::store && !exists(now, event.source)) {
        return true;
      }
    }
  }
  return false;
}

/// What each thread will do follows from what it has read, so that sources and orders of modification are all of a graph.
std::string enumerator::key(const graph& now) const {
  std::string text;
  for (const std::vector<answered>& thread : now.threads) {
    for (const answered& event : thread) {
      text += event.asked.what == request::kind::store ? '\1' : static_cast<char>(event.source + 2);
      text += event.given.is_done ? '\1' : '\0';
    }
    text += '\0';
    text += '\0';
  }
  for (const std::vector<unsigned>& order : now.modification) {
    for (const unsigned access : order) {
      text += static_cast<char>(access);
    }
    text += '\0';
  }
  return text;
}

bool enumerator::is_consistent(const graph& now, bool& races) const {
  dense all;
  const auto append = [&](const answered* event, unsigned thread, unsigned place, unsigned access) {
    all.event[all.count] = event;
    all.thread[all.count] = thread;
    all.place[all.count] = place;
    all.number_of[access] = all.count++;
  };
  for (unsigned place = 0; place < now.modification.size(); ++place) {
    append(nullptr, initial_thread, place, initial_thread * accesses_max + place);
  }
  for (unsigned thread = 0; thread < now.threads.size(); ++thread) {
    for (unsigned each = 0; each < now.threads[thread].size(); ++each) {
      append(&now.threads[thread][each], thread, now.threads[thread][each].asked.place, thread * accesses_max + each);
    }
  }
  const auto last = static_cast<unsigned>(program_.threads.size());
  relation before{}; // program order; what was there first comes before all, the last thread after all
  for (unsigned from = 0; from < all.count; ++from) {
    for (unsigned to = 0; to < all.count; ++to) {
      const bool is_first = all.thread[from] == initial_thread && all.thread[to] != initial_thread;
      const bool is_last = all.thread[to] == last && all.thread[from] != last;
      if (is_first || is_last ||
          (all.thread[from] == all.thread[to] && from < to && all.thread[from] != initial_thread)) {
        before[from] |= bit(to);
      }
    }
  }
  relation order{}; // of modification
  for (const std::vector<unsigned>& writes : now.modification) {
    for (std::size_t first = 0; first < writes.size(); ++first) {
      for (std::size_t second = first + 1; second < writes.size(); ++second) {
        order[all.number_of.at(writes[first])] |= bit(all.number_of.at(writes[second]));
      }
    }
  }
  relation reads_from{};
  relation reads_before{};
  relation happens = before;
  for (unsigned reader = 0; reader < all.count; ++reader) {
    const answered* const event = all.event[reader];
    if (event == nullptr || event->asked.what == request::kind::store || !exists(now, event->source)) {
      continue;
    }
    unsigned source = all.number_of.at(event->source);
    reads_from[source] |= bit(reader);
    reads_before[reader] = order[source] & ~bit(reader);
    const access_order strength = event->given.is_done ? event->asked.order : event->asked.failure;
    if (!acquires(strength)) {
      continue;
    }
    for (bool is_first = true;; is_first = false) { // through the release sequence, backwards
      const answered* const write = all.event[source];
      if (write == nullptr || (!is_first && !rules_.release_sequences)) {
        break;
      }
      happens[source] |= releases(write->asked.order) ? bit(reader) : 0;
      if (write->asked.what == request::kind::store || !exists(now, write->source)) {
        break;
      }
      source = all.number_of.at(write->source);
      if (source == reader) {
        break; // only if atomicity is not asked for
      }
    }
  }
  close(happens, all.count);
  relation communication{};
  for (unsigned each = 0; each < all.count; ++each) {
    communication[each] = reads_from[each] | order[each] | reads_before[each];
    if ((happens[each] & bit(each)) != 0) {
      return false;
    }
    if (rules_.atomicity && (reads_before[each] & order[each]) != reads_before[each] && all.event[each]->writes) {
      return false; // a write after the source of this read-modify-write, and before it
    }
  }
  if (rules_.coherence) {
    for (unsigned source = 0; source < all.count; ++source) {
      for (unsigned reader = 0; reader < all.count; ++reader) {
        if ((reads_from[source] & bit(reader)) != 0 && (order[reader] & bit(source)) != 0) {
          return false; // a read-modify-write, whose read comes before its write, before the write that it reads
        }
      }
    }
    close(communication, all.count);
    for (unsigned from = 0; from < all.count; ++from) {
      for (unsigned to = 0; to < all.count; ++to) {
        if ((happens[from] & bit(to)) != 0 && (communication[to] & bit(from)) != 0) {
          return false;
        }
      }
    }
  }
  relation causes = reads_from;
  for (unsigned each = 0; each < all.count; ++each) {
    if (!rules_.load_buffering) {
      causes[each] |= before[each];
    } else if (all.event[each] != nullptr) {
      for (unsigned depends = 0; depends < all.count; ++depends) {
        if (all.event[depends] != nullptr && all.thread[depends] == all.thread[each] &&
            (all.event[each]->asked.depends & bit(all.event[depends]->given.access)) != 0) {
          causes[depends] |= bit(each);
        }
      }
    }
  }
  if (has_cycle(causes, all.count) || !sequential_ones_agree(all, before, happens, order, reads_before)) {
    return false;
  }
  races = false;
  for (unsigned one = 0; one < all.count; ++one) {
    for (unsigned other = one + 1; other < all.count; ++other) {
      const answered* const first = all.event[one];
      const answered* const second = all.event[other];
      if (first == nullptr || second == nullptr || all.thread[one] == all.thread[other] ||
          all.place[one] != all.place[other] || !(first->writes || second->writes)) {
        continue;
      }
      const bool is_plain = first->asked.order == access_order::plain || second->asked.order == access_order::plain;
      races = races || (is_plain && (happens[one] & bit(other)) == 0 && (happens[other] & bit(one)) == 0);
    }
  }
  return true;
}

/// RC11's order of sequentially consistent accesses, without fences.
bool enumerator::sequential_ones_agree(const dense& all, const relation& before, const relation& happens,
                                       const relation& order, const relation& reads_before) const {
  bits sequential = 0;
  bool has_any = false;
  for (unsigned each = 0; each < all.count; ++each) {
    const answered* const event = all.event[each];
    const bool is_it = event != nullptr &&
                       (event->given.is_done ? event->asked.order : event->asked.failure) == access_order::sequential;
    sequential |= is_it ? bit(each) : 0;
    has_any = has_any || is_it;
  }
  if (!has_any) {
    return true;
  }
  relation must{};
  for (unsigned from = 0; from < all.count; ++from) {
    if ((sequential & bit(from)) == 0) {
      continue;
    }
    bits reached = before[from] | order[from] | reads_before[from];
    for (unsigned to = 0; to < all.count; ++to) {
      reached |= (happens[from] & bit(to)) != 0 && all.place[from] == all.place[to] ? bit(to) : 0;
    }
    for (unsigned first = 0; first < all.count; ++first) { // program order to elsewhere, happens before, program order
      if ((before[from] & bit(first)) == 0 || all.place[first] == all.place[from]) {
        continue;
      }
      for (unsigned second = 0; second < all.count; ++second) {
        if ((happens[first] & bit(second)) != 0) {
          for (unsigned to = 0; to < all.count; ++to) {
            reached |= (before[second] & bit(to)) != 0 && all.place[second] != all.place[to] ? bit(to) : 0;
          }
        }
      }
    }
    must[from] = reached & sequential;
  }
  return !has_cycle(must, all.count);
}

} // namespace nebula::litmus
