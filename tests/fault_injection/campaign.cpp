// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "campaign.hpp"

#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iomanip>
#include <numeric>
#include <sstream>

namespace nebula::fault_injection {
namespace {

// --- inside a child

sigjmp_buf next_injection;
volatile std::sig_atomic_t injection_under_way = 0;
std::size_t injection_number = 0;
std::size_t number_at_last_tick = 0;

constexpr int hung_signal = SIGVTALRM;
constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT};

[[noreturn]] void leave_injection(int signal) {
  if (injection_under_way != 0) {
    siglongjmp(next_injection, signal);
  }
  _exit(1);
}
// A tick is a quarter of a second of the child's own time: two in one injection, and it hangs.
void tick(int signal) {
  if (injection_under_way != 0 && injection_number == number_at_last_tick) {
    leave_injection(signal);
  }
  number_at_last_tick = injection_number;
}

void watch_signals() {
  bool is_set = std::signal(hung_signal, tick) != SIG_ERR;
  for (const int signal : fatal_signals) {
    is_set = std::signal(signal, leave_injection) != SIG_ERR && is_set;
  }
  constexpr timeval between_ticks{0, 250'000};
  const itimerval ticking{between_ticks, between_ticks};
  if (!is_set || setitimer(ITIMER_VIRTUAL, &ticking, nullptr) != 0) {
    std::perror("signals of a child");
    _exit(2);
  }
}

verdict inject_guarded(const batch& work, std::size_t number) {
  injection_number = number;
  number_at_last_tick = ~std::size_t{0};
  const int signal = sigsetjmp(next_injection, 1);
  if (signal != 0) {
    injection_under_way = 0;
    return signal == hung_signal ? outcome::hung : outcome::trapped;
  }
  injection_under_way = 1;
  const verdict seen = work.inject(number);
  injection_under_way = 0;
  return seen;
}

// --- shared by a child and its parent

struct progress {
  std::size_t next; // the injection under way, or the first of the rest
};

void* shared_pages(std::size_t bytes) {
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    std::perror("memory shared with the children");
    std::exit(2);
  }
  return pages;
}

} // namespace

std::vector<verdict> run_in_children(const batch& work) {
  const std::size_t bytes = sizeof(progress) + work.count * sizeof(verdict);
  void* const pages = shared_pages(bytes);
  auto* const shared = static_cast<progress*>(pages);
  auto* const verdicts = static_cast<verdict*>(static_cast<void*>(shared + 1));
  while (shared->next < work.count) {
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child < 0) {
      std::perror("fork");
      std::exit(2);
    }
    if (child == 0) {
      watch_signals();
      for (; shared->next < work.count; ++shared->next) {
        verdicts[shared->next] = inject_guarded(work, shared->next);
      }
      _exit(0);
    }
    int status = 0;
    if (waitpid(child, &status, 0) != child) {
      std::perror("waitpid");
      std::exit(2);
    }
    if (shared->next < work.count) { // it died in an injection, in spite of all
      verdicts[shared->next++] = outcome::trapped;
    }
  }
  std::vector<verdict> copy(verdicts, verdicts + work.count);
  munmap(pages, bytes);
  return copy;
}

void tally::add(const std::string& name, field_kind kind, verdict seen, std::uint64_t times) {
  auto row = std::find_if(rows_.begin(), rows_.end(), [&](const tally_row& each) { return each.name == name; });
  if (row == rows_.end()) {
    row = rows_.insert(rows_.end(), {name, kind, {}, {}, false});
  }
  row->counts[static_cast<std::size_t>(seen.what)] += times;
  if (seen.what == outcome::call) {
    row->calls_later[std::min<std::size_t>(seen.calls_later, calls_max)] += times;
  }
}

std::array<std::uint64_t, tally::calls_max + 1> tally::calls_later() const {
  std::array<std::uint64_t, calls_max + 1> sum{};
  for (const tally_row& row : rows_) {
    for (std::size_t calls = 0; calls < sum.size(); ++calls) {
      sum[calls] += row.is_sum_only ? 0 : row.calls_later[calls];
    }
  }
  return sum;
}
tally tally::with_sum_only_of(const std::string& name) const {
  tally copy = *this;
  for (tally_row& row : copy.rows_) {
    row.is_sum_only = row.is_sum_only || row.name == name;
  }
  return copy;
}

std::uint64_t tally::injections() const {
  std::uint64_t sum = 0;
  for (std::size_t what = 0; what < outcome_count; ++what) {
    sum += total(static_cast<outcome>(what));
  }
  return sum;
}
std::uint64_t tally::total(outcome what) const {
  std::uint64_t sum = 0;
  for (const tally_row& row : rows_) {
    sum += row.counts[static_cast<std::size_t>(what)];
  }
  return sum;
}

std::string to_text(const tally& counted) {
  int name_width = 26;
  for (const tally_row& row : counted.rows()) {
    name_width = std::max(name_width, static_cast<int>(row.name.size()) + 1);
  }
  constexpr int kind_width = 9;
  std::ostringstream out;
  out << std::left << std::setw(name_width) << "field" << std::setw(kind_width) << "kind" << std::right;
  std::array<int, outcome_count> widths{};
  for (std::size_t what = 0; what < outcome_count; ++what) {
    widths[what] = std::max(8, static_cast<int>(std::string(outcome_names[what]).size()) + 2);
    out << std::setw(widths[what]) << outcome_names[what];
  }
  out << '\n';
  const auto print = [&](const tally_row& row, const char* kind) {
    out << std::left << std::setw(name_width) << row.name << std::setw(kind_width) << kind << std::right;
    for (std::size_t what = 0; what < outcome_count; ++what) {
      out << std::setw(widths[what]) << (row.counts[what] == 0 ? "." : std::to_string(row.counts[what]));
    }
    out << '\n';
  };
  tally_row all{"all", field_kind::value, {}, {}, false};
  for (const tally_row& row : counted.rows()) {
    if (row.is_sum_only) {
      out << std::left << std::setw(name_width) << row.name << std::setw(kind_width) << name(row.kind)
          << std::accumulate(row.counts.begin(), row.counts.end(), std::uint64_t{0}) << " in all\n";
      continue;
    }
    print(row, name(row.kind));
    for (std::size_t what = 0; what < outcome_count; ++what) {
      all.counts[what] += row.counts[what];
    }
  }
  print(all, "");
  return out.str();
}

std::string latency(const tally& counted) {
  std::ostringstream out;
  out << "found by a call:";
  const auto later = counted.calls_later();
  std::size_t most = 0;
  for (std::size_t calls = 1; calls < later.size(); ++calls) {
    if (later[calls] != 0) {
      out << " the " << calls
          << (calls == tally::calls_max ? "th or later "
              : calls == 1              ? "st "
              : calls == 2              ? "nd "
              : calls == 3              ? "rd "
                                        : "th ")
          << later[calls] << ',';
      most = calls;
    }
  }
  out << " at the latest the " << most << '\n';
  return out.str();
}

std::string summary(const tally& counted) {
  const auto sum = [&](outcome first, outcome last) {
    std::uint64_t total = 0;
    for (auto what = static_cast<std::size_t>(first); what <= static_cast<std::size_t>(last); ++what) {
      total += counted.total(static_cast<outcome>(what));
    }
    return total;
  };
  const auto all = static_cast<double>(counted.injections());
  std::ostringstream out;
  out << std::fixed << std::setprecision(2);
  const auto add = [&](const char* words, std::uint64_t count) {
    out << words << ' ' << count << " (" << 100 * static_cast<double>(count) / all << " %)";
  };
  add("masked", counted.total(outcome::masked));
  add(", detected or reported", sum(outcome::call, outcome::misuse));
  add(", silent", sum(outcome::counters, outcome::other));
  add(", silent and unsafe", sum(outcome::overlap, outcome::wild_write));
  add(", trapped", sum(outcome::trapped, outcome::hung));
  return out.str();
}

std::vector<std::string> breaches(const tally& counted, bool is_sealed) {
  std::vector<std::string> lines;
  const auto forbid = [&](const tally_row& row, outcome what, const char* words) {
    const std::uint64_t count = row.counts[static_cast<std::size_t>(what)];
    if (count != 0) {
      lines.push_back(row.name + ": " + std::to_string(count) + " flips " + words);
    }
  };
  for (const tally_row& row : counted.rows()) {
    forbid(row, outcome::hung, "make a call hang");
    if (is_sealed) {
      for (const outcome what : {outcome::lost, outcome::accepted, outcome::other, outcome::overlap, outcome::misplaced,
                                 outcome::contents, outcome::wild_write}) {
        forbid(row, what, (std::string("are silent, though sealed: ") + name(what)).c_str());
      }
    }
    if (row.kind != field_kind::geometry) {
      forbid(row, outcome::trapped, "make a call touch memory that is not the allocator's");
    }
    if (row.kind != field_kind::geometry && !is_sealed) {
      forbid(row, outcome::wild_write, "make a call write outside of the storage");
    }
    if (row.kind == field_kind::list && !is_sealed) {
      for (const outcome what : {outcome::counters, outcome::lost, outcome::accepted, outcome::other}) {
        forbid(row, what, (std::string("are silent: ") + name(what)).c_str());
      }
      forbid(row, outcome::overlap, "hand out a live block");
      forbid(row, outcome::misplaced, "hand out what is no block");
      forbid(row, outcome::contents, "make a call write to a live block");
    }
  }
  return lines;
}

} // namespace nebula::fault_injection
