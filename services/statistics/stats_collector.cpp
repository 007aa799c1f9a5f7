// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/stats_collector.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/services/metric.hpp>
#include <nebula/services/statistics_failure.hpp>
#include <nebula/services/statistics_snapshot.hpp>
#include <nebula/services/statistics_source.hpp>

namespace nebula::services {

namespace detail {

struct collector_state {
  struct registered_source {
    source_id id = source_id::none;
    std::string name{};
    std::string kind{};
    statistics_source source{};
    std::vector<metric> baseline{}; ///< as they were at the last reset
    std::vector<metric> last{};     ///< as they were when last asked
  };

  std::mutex lock{};
  std::atomic<std::thread::id> asking{}; ///< the thread that asks the sources
  std::vector<registered_source> sources{};
  std::map<std::string, metric_kind, std::less<>> kinds{}; ///< of each metric, as it was first reported
  std::chrono::steady_clock::time_point made = std::chrono::steady_clock::now();
  std::uint64_t number = 0;
  std::uint64_t last_id = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t reset_count = 0;
};

} // namespace detail

namespace {

using detail::collector_state;
using registered_source = collector_state::registered_source;
using metric_kinds = decltype(collector_state::kinds);

const metric* find_metric(const std::vector<metric>& metrics, std::string_view name, std::string_view label,
                          std::string_view label_value) noexcept {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const metric& each) {
    return each.name == name && each.label == label && each.label_value == label_value;
  });
  return found == metrics.end() ? nullptr : &*found;
}

/// What can be compared with this metric; null iff there is none, or what it says now is all that matters.
const metric* find_earlier(const metric& now, const std::vector<metric>& before) noexcept {
  const metric* const then = find_metric(before, now.name, now.label, now.label_value);
  return then == nullptr || then->kind != now.kind || now.kind == metric_kind::gauge ? nullptr : then;
}

bool has_fallen(const metric& now, const metric& then) noexcept {
  return now.kind == metric_kind::histogram ? !now.distribution.continues(then.distribution) : now.value < then.value;
}

/// A fall is seen once, and what has risen above its earlier value since is known by the count.
void count_restarts(std::vector<metric>& metrics, const std::vector<metric>& last) noexcept {
  for (metric& now : metrics) {
    if (const metric* const then = find_earlier(now, last); then != nullptr) {
      now.restart_count = then->restart_count + (has_fallen(now, *then) ? 1U : 0U);
    }
  }
}

/// Takes off a metric what it had before. May throw bad_alloc.
void subtract(metric& now, const std::vector<metric>& before) {
  const metric* const then = find_earlier(now, before);
  now.is_restarted = then != nullptr && (now.restart_count != then->restart_count || has_fallen(now, *then));
  if (then == nullptr || now.is_restarted) {
    return;
  }
  if (now.kind == metric_kind::histogram) {
    auto difference = now.distribution.since(then->distribution);
    if (!difference) {
      throw std::bad_alloc(); // of one layout: nothing else can be wrong
    }
    now.distribution = std::move(difference).value();
  } else {
    now.value -= then->value;
  }
}

/// While a thread asks the sources, so that a source's own call is refused and does not wait for itself.
class asking_mark {
public:
  explicit asking_mark(collector_state& state) noexcept : state_(state) {
    state_.asking.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  ~asking_mark() { state_.asking.store(std::thread::id(), std::memory_order_relaxed); }
  asking_mark(const asking_mark&) = delete;
  asking_mark& operator=(const asking_mark&) = delete;

private:
  collector_state& state_;
};

/// True iff the calling thread is inside of a report to this collector. relaxed: a thread sees its own store, and whatever
/// another thread's store is, it is not this thread.
bool is_asking(const collector_state& state) noexcept {
  return state.asking.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

/// Keeps what is of the kind that it has been since it was first reported: to those asked for good, or just now.
void admit(const metric_kinds& kinds, metric_kinds& new_kinds, source_snapshot& source,
           const statistics_failure& first_refusal) {
  source.first_refusal = first_refusal;
  const auto changed = [&](const metric& each) {
    const auto known = kinds.find(each.name);
    return (known != kinds.end() ? known : new_kinds.try_emplace(each.name, each.kind).first)->second != each.kind;
  };
  const std::size_t left_out = std::erase_if(source.metrics, changed);
  if (left_out != 0 && source.refused_count == 0) {
    source.first_refusal = refused(statistics_failure_code::kind_changed, statistics_field::metric_name);
  }
  source.refused_count += left_out;
}

/// The source's numbers as they are, without the last reset. Throws bad_alloc, also when the source had no memory.
source_snapshot ask(collector_state& state, const registered_source& source, metric_kinds& new_kinds) {
  source_report report;
  {
    const asking_mark asking(state);
    if (source.source.report != nullptr) {
      source.source.report(source.source.context, report);
    }
  }
  if (report.ran_out_of_memory()) {
    throw std::bad_alloc(); // a part of the numbers would be taken for the whole
  }
  source_snapshot answer;
  answer.id = source.id;
  answer.name = source.name;
  answer.kind = source.kind;
  answer.metrics = report.metrics();
  answer.refused_count = report.refused_count();
  admit(state.kinds, new_kinds, answer, report.first_refusal());
  count_restarts(answer.metrics, source.last);
  return answer;
}

std::uint64_t next_collector() noexcept {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

statistics_failure no_memory() noexcept { return refused(statistics_failure_code::out_of_memory); }

statistics_failure judge_text(statistics_field field, std::string_view text, std::size_t least) noexcept {
  return text.size() < least || text.size() > metric_description::text_bytes_max
             ? out_of_range(field, text.size(), least, metric_description::text_bytes_max)
             : statistics_failure{};
}

} // namespace

void statistics_registration::end() noexcept {
  if (state_ != nullptr) {
    const std::lock_guard<std::mutex> guard(state_->lock);
    std::erase_if(state_->sources, [this](const registered_source& each) { return each.id == id_; });
  }
  state_.reset();
  id_ = source_id::none;
}

statistics_outcome<stats_collector> stats_collector::make() noexcept {
  try {
    auto state = std::make_shared<collector_state>();
    state->number = next_collector();
    return stats_collector(std::move(state));
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

statistics_outcome<statistics_registration> stats_collector::add(std::string_view name, std::string_view kind,
                                                                 statistics_source source) noexcept {
  for (const statistics_failure& wrong :
       {judge_text(statistics_field::source_name, name, 1), judge_text(statistics_field::source_kind, kind, 0)}) {
    if (wrong.code != statistics_failure_code::none) {
      return wrong;
    }
  }
  if (state_ == nullptr) {
    return no_memory();
  }
  if (is_asking(*state_)) {
    return refused(statistics_failure_code::called_by_source);
  }
  const std::lock_guard<std::mutex> guard(state_->lock);
  try {
    registered_source added;
    added.name = name;
    added.kind = kind;
    added.source = source;
    added.id = source_id{state_->last_id + 1};
    state_->sources.push_back(std::move(added));
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
  state_->last_id += 1;
  statistics_registration registration;
  registration.state_ = state_;
  registration.id_ = source_id{state_->last_id};
  return registration;
}

statistics_outcome<statistics_snapshot> stats_collector::snapshot() noexcept {
  if (state_ == nullptr) {
    return no_memory();
  }
  if (is_asking(*state_)) {
    return refused(statistics_failure_code::called_by_source);
  }
  const std::lock_guard<std::mutex> guard(state_->lock);
  try {
    statistics_snapshot taken;
    taken.sources_.reserve(state_->sources.size());
    std::vector<std::vector<metric>> asked;
    asked.reserve(state_->sources.size());
    metric_kinds new_kinds;
    for (const registered_source& each : state_->sources) {
      source_snapshot answer = ask(*state_, each, new_kinds);
      asked.push_back(answer.metrics);
      for (metric& now : answer.metrics) {
        subtract(now, each.baseline);
      }
      taken.sources_.push_back(std::move(answer));
    }
    const auto elapsed = std::chrono::steady_clock::now() - state_->made;
    taken.elapsed_nanoseconds_ =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count());
    taken.collector_ = state_->number;
    // Nothing fails from here on.
    for (std::size_t index = 0; index < asked.size(); ++index) {
      state_->sources[index].last = std::move(asked[index]);
    }
    state_->kinds.merge(new_kinds);
    taken.sequence_ = ++state_->last_sequence;
    taken.reset_count_ = state_->reset_count;
    return taken;
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

statistics_outcome<void> stats_collector::reset() noexcept {
  if (state_ == nullptr) {
    return no_memory();
  }
  if (is_asking(*state_)) {
    return refused(statistics_failure_code::called_by_source);
  }
  const std::lock_guard<std::mutex> guard(state_->lock);
  try {
    std::vector<std::vector<metric>> baselines;
    baselines.reserve(state_->sources.size());
    metric_kinds new_kinds;
    for (const registered_source& each : state_->sources) {
      baselines.push_back(ask(*state_, each, new_kinds).metrics);
    }
    std::vector<std::vector<metric>> asked = baselines;
    // Nothing fails from here on.
    for (std::size_t index = 0; index < baselines.size(); ++index) {
      state_->sources[index].baseline = std::move(baselines[index]);
      state_->sources[index].last = std::move(asked[index]);
    }
    state_->kinds.merge(new_kinds);
    state_->reset_count += 1;
    return {};
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

std::uint64_t stats_collector::source_count() const noexcept {
  if (state_ == nullptr || is_asking(*state_)) {
    return 0;
  }
  const std::lock_guard<std::mutex> guard(state_->lock);
  return state_->sources.size();
}

const metric* source_snapshot::find(std::string_view metric_name, std::string_view label_value) const noexcept {
  const auto found = std::find_if(metrics.begin(), metrics.end(), [&](const metric& each) {
    return each.name == metric_name && each.label_value == label_value;
  });
  return found == metrics.end() ? nullptr : &*found;
}

const source_snapshot* statistics_snapshot::find(source_id id) const noexcept {
  const auto found =
      std::find_if(sources_.begin(), sources_.end(), [id](const source_snapshot& each) { return each.id == id; });
  return found == sources_.end() ? nullptr : &*found;
}

statistics_outcome<statistics_snapshot> change(const statistics_snapshot& before,
                                               const statistics_snapshot& after) noexcept {
  if (before.is_change_ || after.is_change_) {
    return refused(statistics_failure_code::snapshot_is_change, statistics_field::snapshot);
  }
  if (before.collector_ != after.collector_) {
    return refused(statistics_failure_code::other_collector, statistics_field::snapshot);
  }
  if (before.sequence_ > after.sequence_) {
    return refused(statistics_failure_code::snapshots_reversed, statistics_field::snapshot, after.sequence_);
  }
  if (before.reset_count_ != after.reset_count_) {
    return refused(statistics_failure_code::reset_between, statistics_field::snapshot);
  }
  try {
    statistics_snapshot changed = after;
    changed.is_change_ = true;
    changed.elapsed_nanoseconds_ = after.elapsed_nanoseconds_ - before.elapsed_nanoseconds_;
    for (source_snapshot& source : changed.sources_) {
      if (const source_snapshot* const then = before.find(source.id); then != nullptr) {
        for (metric& now : source.metrics) {
          subtract(now, then->metrics);
        }
      }
    }
    for (const source_snapshot& then : before.sources_) {
      if (after.find(then.id) == nullptr) {
        changed.ended_.push_back(then.id);
      }
    }
    return changed;
  } catch (const std::bad_alloc&) {
    return no_memory();
  }
}

} // namespace nebula::services
