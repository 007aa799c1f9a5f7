// SPDX-License-Identifier: Apache-2.0 OR MIT
// spin_replay FILE…: performs the steps that free_list.pml narrates, with the shipped free list, and compares every value.
#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <nebula/kernel/free_list.hpp>

namespace {

constexpr int exit_agree = 0;
constexpr int exit_differ = 1;
constexpr int exit_usage = 2;

/// One line of a narration. `thread` performs `what`; the two numbers are those that the model has.
struct step {
  unsigned thread = 0;
  std::string what{};
  std::uint32_t first = 0;
  std::uint32_t second = 0;
};

/// One thread of the shipped code, which performs one atomic operation each time that it is told to, and otherwise
/// stands still: the other threads are this one's environment.
class stepped_thread {
public:
  stepped_thread() : runner_([this] { serve(); }) {}
  ~stepped_thread() {
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      is_ending_ = true;
      is_told_ = true;
    }
    changed_.notify_all();
    runner_.join();
  }
  stepped_thread(const stepped_thread&) = delete;
  stepped_thread& operator=(const stepped_thread&) = delete;

  /// A call begins; it stops before its first atomic operation.
  void begin(std::function<void()> call) {
    std::unique_lock<std::mutex> hold(mutex_);
    call_ = std::move(call);
    is_busy_ = true;
    resume(hold);
  }
  /// The call goes on, over one atomic operation to the next one, or to its end.
  void perform(bool shall_fail) {
    std::unique_lock<std::mutex> hold(mutex_);
    shall_fail_ = shall_fail;
    resume(hold);
  }
  [[nodiscard]] bool is_busy() const { return is_busy_; }

  /// Before an atomic operation, in the thread. True iff an exchange shall fail, with or without cause.
  [[nodiscard]] bool wait_for_turn() {
    std::unique_lock<std::mutex> hold(mutex_);
    stop(hold);
    return shall_fail_ && !is_ending_;
  }

private:
  void serve();
  void resume(std::unique_lock<std::mutex>& hold) {
    is_told_ = true;
    has_stopped_ = false;
    changed_.notify_all();
    changed_.wait(hold, [this] { return has_stopped_; });
  }
  void stop(std::unique_lock<std::mutex>& hold) {
    if (is_ending_) {
      return;
    }
    is_told_ = false;
    has_stopped_ = true;
    changed_.notify_all();
    changed_.wait(hold, [this] { return is_told_; });
  }

  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::function<void()> call_{};
  bool is_busy_ = false;
  bool is_told_ = true;
  bool has_stopped_ = false;
  bool shall_fail_ = false;
  bool is_ending_ = false;
  std::thread runner_;
};

thread_local stepped_thread* this_thread = nullptr;

void stepped_thread::serve() {
  this_thread = this;
  std::unique_lock<std::mutex> hold(mutex_);
  while (!is_ending_) {
    if (call_) {
      const std::function<void()> call = std::exchange(call_, nullptr);
      hold.unlock();
      call();
      hold.lock();
      is_busy_ = false;
    }
    stop(hold);
  }
}

/// What the last atomic operation was, and on which word.
struct performed {
  const void* word = nullptr;
  std::string what{};
  std::uint64_t value = 0;
};
performed last_performed; // only one thread runs at a time

#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects" // it does block: the whole point
#endif
/// A head of eight bits, so that a tag of any small width is what the index leaves of it.
struct stepped_atomics {
  [[maybe_unused]] static constexpr bool is_shared = true;
  using head_word = std::uint8_t;
  [[maybe_unused]] static constexpr std::size_t contention_align_bytes = 64;

  template <class T>
  class atomic {
  public:
    atomic() noexcept = default;

    [[nodiscard]] T load(nebula::memory_order /*order*/) const noexcept NEBULA_NONBLOCKING {
      static_cast<void>(waits());
      last_performed = {this, "load", value_};
      return value_;
    }
    void store(T value, nebula::memory_order /*order*/) noexcept NEBULA_NONBLOCKING {
      static_cast<void>(waits());
      value_ = value;
      last_performed = {this, "store", value_};
    }
    [[nodiscard]] bool compare_exchange_weak(T& expected, T desired, nebula::memory_order /*success*/,
                                             nebula::memory_order /*failure*/) noexcept NEBULA_NONBLOCKING {
      const bool fails = waits() || value_ != expected;
      if (fails) {
        expected = value_;
      } else {
        value_ = desired;
      }
      last_performed = {this, fails ? "fail" : "exchange", value_};
      return !fails;
    }

  private:
    static bool waits() { return this_thread != nullptr && this_thread->wait_for_turn(); }
    T value_{};
  };

  template <class T>
  static constexpr bool is_lock_free = true;
};
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

struct difference : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void differ(const step& at, const std::string& how) {
  throw difference("thread " + std::to_string(at.thread) + ", " + at.what + " " + std::to_string(at.first) + " " +
                   std::to_string(at.second) + ": " + how);
}
void require_same(const step& at, const char* name, std::uint64_t model, std::uint64_t shipped) {
  if (model != shipped) {
    differ(at, std::string(name) + " is " + std::to_string(model) + " in the model and " + std::to_string(shipped) +
                   " in the shipped template");
  }
}

/// One execution: a list of so many blocks, and threads that perform the steps.
class walk {
public:
  using list_type = nebula::free_list<stepped_atomics>;
  static constexpr std::uint32_t block_count_max = 4;

  walk(unsigned thread_count, std::uint32_t block_count, unsigned tag_bits)
      : list_{records_.data(), block_count, (1U << (8U - tag_bits)) - 1U},
        callers_(thread_count),
        owners_(block_count, 0) {}

  void perform(const step& next) {
    if (next.thread >= callers_.size()) {
      differ(next, "there is no such thread");
    }
    caller& self = callers_[next.thread];
    if (next.what == "pop" || next.what == "push" || next.what == "pop_two" || next.what == "push_two") {
      begin(self, next);
    } else if (next.what == "popped" || next.what == "pushed" || next.what == "none_left") {
      end(self, next);
    } else {
      if (!self.thread->is_busy()) {
        differ(next, "the shipped call has ended already");
      }
      self.thread->perform(next.what == "fail");
      compare(next);
    }
  }
  /// Blocks that were handed out while somebody had them.
  [[nodiscard]] unsigned out_twice() const { return out_twice_; }

private:
  struct caller {
    std::string call{};
    nebula::list_outcome outcome{};
    std::array<std::uint32_t, 2> chain{}; // as pop_many() and push_many() take it: the top is the last
    std::unique_ptr<stepped_thread> thread = std::make_unique<stepped_thread>();
  };

  void begin(caller& self, const step& next) {
    if (self.thread->is_busy()) {
      differ(next, "the shipped call before it has not ended");
    }
    self.call = next.what;
    self.chain = {next.first, next.second};
    constexpr std::size_t unlimited = list_type::unlimited_retries;
    if (next.what == "pop") {
      self.thread->begin([this, &self] { self.outcome = shipped_.pop(list_, unlimited); });
    } else if (next.what == "pop_two") {
      self.thread->begin([this, &self] { self.outcome = shipped_.pop_many(list_, self.chain.data(), 2, unlimited); });
    } else if (next.what == "push") {
      owners_.at(next.first) -= 1;
      self.thread->begin([this, &self] { self.outcome = shipped_.push(list_, self.chain[0]); });
    } else {
      owners_.at(next.first) -= 1;
      owners_.at(next.second) -= 1;
      self.thread->begin([this, &self] { self.outcome = shipped_.push_many(list_, self.chain.data(), 2, unlimited); });
    }
  }
  void end(caller& self, const step& next) {
    if (self.thread->is_busy()) {
      differ(next, "the shipped call has not ended");
    }
    const nebula::list_verdict expected =
        next.what == "none_left" ? nebula::list_verdict::empty : nebula::list_verdict::done;
    require_same(next, "the verdict", static_cast<unsigned>(expected), static_cast<unsigned>(self.outcome.verdict));
    if (next.what == "none_left") {
      return;
    }
    require_same(next, "the block", next.first, self.outcome.index);
    require_same(next, "the number of free blocks before", next.second, self.outcome.free_before);
    if (self.call == "pop") {
      take(self.outcome.index);
    } else if (self.call == "pop_two") {
      for (std::uint32_t each = 0; each < 2 && each < self.outcome.free_before; ++each) {
        take(self.chain.at(each));
      }
    }
  }
  void take(std::uint32_t block) {
    out_twice_ += owners_.at(block) != 0 ? 1U : 0U;
    owners_.at(block) += 1;
  }

  /// The operation that has just been performed, in the words of the model.
  void compare(const step& next) const {
    const auto* const word = static_cast<const std::byte*>(last_performed.word);
    std::uint32_t block = block_count_max;
    std::string name = "head";
    std::uint64_t value = last_performed.value;
    for (std::uint32_t each = 0; each < list_.count; ++each) {
      const auto number = static_cast<std::uint32_t>(value);
      if (word == reinterpret_cast<const std::byte*>(&records_[each].link)) {
        block = each;
        name = "link";
        value = number + each + 1U; // in 32 bits, as the header
      } else if (word == reinterpret_cast<const std::byte*>(&records_[each].depth)) {
        block = each;
        name = "depth";
        value = number + (list_.count - each);
      }
    }
    if (name != "head") {
      require_same_text(next, last_performed.what + "_" + name);
      require_same(next, "the record's block", next.first, block);
      require_same(next, "the value", next.second, value);
      return;
    }
    require_same_text(next, last_performed.what == "load" ? "load_head" : last_performed.what);
    require_same(next, "the head's index", next.first, value & list_.index_mask);
    require_same(next, "the head's tag", next.second, value / (list_.index_mask + 1U));
  }
  static void require_same_text(const step& next, const std::string& shipped) {
    if (next.what != shipped) {
      differ(next, "the shipped template performs " + shipped);
    }
  }

  std::array<list_type::record_type, block_count_max> records_{};
  list_type shipped_{};
  list_type::records list_;
  std::vector<caller> callers_;
  std::vector<int> owners_;
  unsigned out_twice_ = 0;
};

struct totals {
  std::uint64_t walks = 0;
  std::uint64_t steps = 0;
  std::uint64_t out_twice = 0;
};

/// Lines `WALK threads blocks tag_bits` and `STEP thread what number number`; others are not ours.
void replay(std::istream& narration, totals& sum) {
  std::unique_ptr<walk> current;
  for (std::string line; std::getline(narration, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "WALK") {
      unsigned threads = 0;
      std::uint32_t blocks = 0;
      unsigned tag_bits = 0;
      words >> threads >> blocks >> tag_bits;
      if (words.fail() || blocks == 0 || blocks > walk::block_count_max || tag_bits > 5) {
        throw std::runtime_error("'" + line + "': must be WALK threads blocks tag_bits, at most 4 blocks and 5 bits");
      }
      sum.out_twice += current ? current->out_twice() : 0U;
      current = std::make_unique<walk>(threads, blocks, tag_bits);
      ++sum.walks;
    } else if (first == "STEP") {
      step next;
      words >> next.thread >> next.what >> next.first >> next.second;
      if (words.fail() || !current) {
        throw std::runtime_error("'" + line + "': must be STEP thread what number number, after a WALK");
      }
      current->perform(next);
      ++sum.steps;
    }
  }
  sum.out_twice += current ? current->out_twice() : 0U;
}

} // namespace

int main(int argument_count, char** arguments) {
  totals sum;
  try {
    for (int each = 1; each < argument_count; ++each) {
      std::ifstream narration(arguments[each]);
      if (!narration) {
        std::fprintf(stderr, "spin_replay: %s: cannot be read\n", arguments[each]);
        return exit_usage;
      }
      replay(narration, sum);
    }
  } catch (const difference& found) {
    std::printf("FAILED: walk %llu, step %llu: %s\n", static_cast<unsigned long long>(sum.walks),
                static_cast<unsigned long long>(sum.steps + 1), found.what());
    return exit_differ;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "spin_replay: %s\n", wrong.what());
    return exit_usage;
  }
  if (sum.steps == 0) {
    std::fprintf(stderr, "usage: spin_replay FILE...: files with the narration of walks, at least one step\n");
    return exit_usage;
  }
  std::printf("%llu steps of %llu walks are the shipped template's; %llu blocks were handed out twice\n",
              static_cast<unsigned long long>(sum.steps), static_cast<unsigned long long>(sum.walks),
              static_cast<unsigned long long>(sum.out_twice));
  return exit_agree;
}
