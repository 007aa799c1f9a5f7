// SPDX-License-Identifier: Apache-2.0 OR MIT
// A program whose allocations are known exactly. Each part uses sizes of its own, by which the tests tell them from
// those of libraries.
#include <malloc.h>
#include <pthread.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

// Not to be seen through: the compiler may drop an allocation that nobody looks at.
void* volatile last_block = nullptr;

// Likewise: it would warn of requests that must fail.
volatile std::size_t enormous = SIZE_MAX / 2;

void* kept(void* block) {
  last_block = block;
  return block;
}

void allocate_and_free(std::size_t size, int count) {
  for (int at = 0; at < count; ++at) free(kept(malloc(size)));
}

void call_each_function() {
  free(kept(malloc(11)));
  free(kept(calloc(3, 17)));
  void* block = kept(malloc(100));
  block = kept(realloc(block, 5000));
  block = kept(reallocarray(block, 7, 900));
  free(block);
  free(kept(realloc(nullptr, 123)));
  block = kept(malloc(321));
  block = kept(realloc(block, 0)); // glibc frees it, and returns null
  free(kept(aligned_alloc(64, 640)));
  void* aligned = nullptr;
  if (posix_memalign(&aligned, 256, 333) == 0) free(kept(aligned));
  free(kept(memalign(32, 77)));
  free(kept(valloc(55)));
  free(kept(pvalloc(66)));
  free(kept(malloc(0)));
  free(nullptr);
  kept(malloc(enormous)); // fails
  block = kept(malloc(222));
  if (realloc(block, enormous) == nullptr) free(block); // fails, and leaves the block
  kept(reallocarray(nullptr, enormous, 16));            // fails: overflow
}

// Thread t allocates `count` blocks of 7000 + t bytes; the next thread frees them: every free crosses threads.
void run_threads(int thread_count, int count) {
  std::vector<std::vector<void*>> blocks(static_cast<std::size_t>(thread_count),
                                         std::vector<void*>(static_cast<std::size_t>(count)));
  const auto run = [&](auto work) {
    std::vector<std::thread> threads;
    for (int at = 0; at < thread_count; ++at) threads.emplace_back(work, static_cast<std::size_t>(at));
    for (std::thread& thread : threads) thread.join();
  };
  run([&](std::size_t at) {
    for (void*& block : blocks[at]) block = kept(malloc(7000 + at));
  });
  run([&](std::size_t at) {
    for (void* block : blocks[(at + 1) % blocks.size()]) free(block);
  });
}

// All threads at once on the same sizes: addresses go from thread to thread as fast as they can.
void contend(int thread_count, int count) {
  std::vector<std::thread> threads;
  for (int at = 0; at < thread_count; ++at) {
    threads.emplace_back([count] {
      for (int round = 0; round < count; ++round) {
        void* const first = kept(malloc(6001));
        void* const second = realloc(first, round % 2 == 0 ? 6002 : 60'003);
        free(second != nullptr ? second : first);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

pthread_key_t late_key;

// Frees, allocates and frees again in every round of thread-specific destructors.
void free_late(void* block) {
  free(block);
  static thread_local int rounds = 0;
  if (++rounds < 4) pthread_setspecific(late_key, kept(malloc(8008)));
}

void end_threads_late(int thread_count) {
  pthread_key_create(&late_key, free_late);
  for (int at = 0; at < thread_count; ++at) {
    std::thread([] { pthread_setspecific(late_key, kept(malloc(8008))); }).join();
  }
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Before and after the fork, on both sides.
int fork_child(int count, bool exits_quickly) {
  allocate_and_free(4001, count);
  void* const inherited = kept(malloc(4004));
  const pid_t child = fork();
  if (child == 0) {
    allocate_and_free(4002, count);
    free(inherited);
    if (exits_quickly) _exit(5);
    exit(5);
  }
  allocate_and_free(4003, count);
  free(inherited);
  return wait_for(child);
}

int spawn_child(const char* self, const char* count) {
  char mode[] = "blocks";
  char size[] = "5005";
  std::string number(count);
  std::string name(self);
  char* const arguments[] = {name.data(), mode, size, number.data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, self, nullptr, nullptr, arguments, environ) != 0) return 99;
  allocate_and_free(5006, std::atoi(count));
  return wait_for(child);
}

} // namespace

int main(int argument_count, char** arguments) {
  const std::string_view mode = argument_count > 1 ? arguments[1] : "";
  const char* const text = argument_count > 2 ? arguments[2] : "0";
  const int number = std::atoi(text);
  const int second = argument_count > 3 ? std::atoi(arguments[3]) : 0;
  if (mode == "each") {
    call_each_function();
  } else if (mode == "blocks") {
    allocate_and_free(static_cast<std::size_t>(number), second);
  } else if (mode == "threads") {
    run_threads(number, second);
  } else if (mode == "contend") {
    contend(number, second);
  } else if (mode == "late") {
    end_threads_late(number);
  } else if (mode == "fork") {
    return fork_child(number, false);
  } else if (mode == "fork_exit") {
    return fork_child(number, true);
  } else if (mode == "spawn") {
    return spawn_child(arguments[0], text);
  } else if (mode == "exec") {
    allocate_and_free(9001, number);
    char next[] = "blocks";
    char size[] = "9002";
    char* const then[] = {arguments[0], next, size, arguments[2], nullptr};
    execv(arguments[0], then);
    return 98;
  } else if (mode == "_exit") {
    allocate_and_free(3001, number);
    _exit(6);
  } else if (mode == "quick_exit") {
    allocate_and_free(3001, number);
    std::quick_exit(7);
  } else if (mode == "kill") {
    allocate_and_free(3001, number);
    kept(malloc(3002));
    std::raise(SIGKILL);
  } else if (mode == "alarm") {
    allocate_and_free(3001, 1000);
    ualarm(static_cast<useconds_t>(number), 0); // nobody catches it: the end
    contend(4, 1'000'000'000);
  } else if (mode == "status") {
    return number;
  } else {
    static_cast<void>(std::fprintf(stderr, "unknown mode\n"));
    return 97;
  }
  return 0;
}
