// SPDX-License-Identifier: Apache-2.0 OR MIT
// Small programs that do what programs do with what they allocate: a server's requests, a database's pages, a game's
// frames, a queue of events. Each checks its own results, and ends the process if they are wrong.
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include "bench/arenas.hpp"
#include "bench/segregated_blocks.hpp"
#include "bench/single_pools.hpp"
#include "bench/workload.hpp"

namespace nebula::bench {
namespace {

void must_be(const char* workload, std::uint64_t found, std::uint64_t expected) {
  if (found != expected) [[unlikely]] {
    give_up(workload, "has come to a wrong result");
  }
}

/// A server's request: parsed into a list of headers, answered, and forgotten as a whole.
struct request_handling {
  static constexpr std::string_view received =
      "POST /telemetry/engine/7?rate=50 HTTP/1.1\r\n"
      "Host: recorder.example\r\n"
      "User-Agent: gateway/4.2\r\n"
      "Accept: application/json\r\n"
      "Accept-Encoding: gzip, br\r\n"
      "Authorization: Bearer c2Vuc29yLTAwMTctZW5naW5lLTc\r\n"
      "Cache-Control: no-store\r\n"
      "Connection: keep-alive\r\n"
      "Content-Length: 64\r\n"
      "Content-Type: application/octet-stream\r\n"
      "If-None-Match: \"33a64df5\"\r\n"
      "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
      "X-Request-Id: 7d1c7a54\r\n"
      "\r\n";
  static constexpr std::size_t header_count = 12;
  static constexpr std::size_t body_bytes = 64;
  static constexpr std::size_t block_count = 3 + 3 * header_count; // target, body, answer; of a header, node and texts
  static constexpr int threads = 1;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 50;
  static constexpr std::size_t verified_entries = block_count * verified_rounds;
  static constexpr shape sizes{0, 0, 4 * chunk_bytes};

  struct header {
    std::string_view name;
    std::string_view value;
    header* next;
  };

  template <class Front, class Run>
  class session {
  public:
    session(Front& memory, Run& run, void** blocks) noexcept : memory_(memory), run_(run), blocks_(blocks) {}

    void* allocate(std::size_t bytes) {
      void* const block = memory_.allocate(bytes);
      run_.lend(block, bytes);
      blocks_[used_] = block;
      ++used_;
      return block;
    }
    std::string_view copy(std::string_view text) {
      char* const bytes = static_cast<char*>(allocate(text.size()));
      std::memcpy(bytes, text.data(), text.size());
      return {bytes, text.size()};
    }
    std::string_view copy_in_lower_case(std::string_view text) {
      char* const bytes = static_cast<char*>(allocate(text.size()));
      for (std::size_t index = 0; index < text.size(); ++index) {
        const char each = text[index];
        bytes[index] = each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
      }
      return {bytes, text.size()};
    }
    header* parse(std::string_view head) {
      const std::size_t first_line = head.find("\r\n");
      target_ = copy(head.substr(5, head.find(' ', 5) - 5));
      head.remove_prefix(first_line + 2);
      header* first = nullptr;
      for (std::size_t line = head.find("\r\n"); line != 0; line = head.find("\r\n")) {
        const std::size_t colon = head.find(':');
        auto* const node = static_cast<header*>(allocate(sizeof(header)));
        const std::string_view name = copy_in_lower_case(head.substr(0, colon));
        first = ::new (node) header{name, copy(head.substr(colon + 2, line - colon - 2)), first};
        head.remove_prefix(line + 2);
      }
      return first;
    }
    /// The bytes of the answer, summed.
    std::uint64_t answer(const header* first) {
      auto* const body = static_cast<unsigned char*>(allocate(body_bytes));
      for (std::size_t index = 0; index < body_bytes; ++index) {
        body[index] = static_cast<unsigned char>(index * 7);
      }
      std::uint64_t sum = 0;
      for (std::size_t index = 0; index < body_bytes; ++index) {
        sum += body[index];
      }
      const auto find = [first](std::string_view wanted) {
        const header* each = first;
        while (each != nullptr && each->name != wanted) {
          each = each->next;
        }
        return each == nullptr ? std::string_view{} : each->value;
      };
      const std::string_view id = find("x-request-id");
      const std::string_view trace = find("traceparent");
      const std::size_t answer_bytes = target_.size() + id.size() + trace.size();
      auto* const text = static_cast<char*>(allocate(answer_bytes));
      std::memcpy(text, target_.data(), target_.size());
      std::memcpy(text + target_.size(), id.data(), id.size());
      std::memcpy(text + target_.size() + id.size(), trace.data(), trace.size());
      for (std::size_t index = 0; index < answer_bytes; ++index) {
        sum += static_cast<unsigned char>(text[index]);
      }
      return sum;
    }

  private:
    Front& memory_;
    Run& run_;
    void** blocks_;
    std::size_t used_ = 0;
    std::string_view target_;
  };

  static constexpr std::uint64_t expected() {
    constexpr std::string_view parts[] = {"/telemetry/engine/7?rate=50", "7d1c7a54",
                                          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
    std::uint64_t sum = 0;
    for (const std::string_view part : parts) {
      for (const char each : part) {
        sum += static_cast<unsigned char>(each);
      }
    }
    for (std::size_t index = 0; index < body_bytes; ++index) {
      sum += (index * 7) % 256;
    }
    return sum;
  }

  template <class Front, class Run>
  static void body(Front& memory, Run& run) {
    std::array<void*, block_count> blocks{};
    keep(blocks.data());
    run.repeat([&] {
      session<Front, Run> handling(memory, run, blocks.data());
      must_be("the handling of a request", handling.answer(handling.parse(received)), expected());
      run.before_reset();
      memory.reset(blocks.data(), block_count);
    });
  }
};

/// A database's buffer pool: pages are read into frames, pinned while they are changed, and written back and freed when the
/// clock's hand finds them unused. A few pages are wanted often, most rarely.
struct buffer_pool {
  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t frame_count = 256;
  static constexpr std::size_t page_count = 1024;
  static constexpr std::size_t accesses = 4096;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(accesses);
  static constexpr std::size_t verified_rounds = 4;
  static constexpr std::size_t verified_entries = 3900; // reads of a page, in four rounds of these accesses
  static constexpr shape sizes{page_bytes, frame_count, 0};

  static std::array<std::uint16_t, accesses> wanted_pages() noexcept {
    std::array<std::uint16_t, accesses> pages{};
    number_stream numbers(6);
    for (std::uint16_t& page : pages) {
      const std::size_t often = numbers.below(page_count / 8);
      page = static_cast<std::uint16_t>(numbers.below(4) != 0 ? often : numbers.below(page_count));
    }
    return pages;
  }

  struct page {
    std::uint64_t number;
    std::uint64_t changes;
    std::byte rest[page_bytes - 2 * sizeof(std::uint64_t)];
  };
  struct frame {
    page* content = nullptr;
    std::uint32_t pins = 0;
    bool is_recent = false;
  };

  template <class Front, class Run>
  class cache {
  public:
    cache(Front& memory, Run& run) : memory_(memory), run_(run), disk_(std::make_unique<page[]>(page_count)) {
      frame_of_.fill(none);
      for (std::size_t number = 0; number < page_count; ++number) {
        disk_[number].number = number;
      }
    }
    ~cache() {
      for (frame& each : frames_) {
        if (each.content != nullptr) {
          write_back(each);
        }
      }
    }
    cache(const cache&) = delete;
    cache& operator=(const cache&) = delete;

    void change(std::size_t number) {
      frame& found = pin(number);
      must_be("the buffer pool", found.content->number, number);
      ++found.content->changes;
      --found.pins;
    }
    [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }
    [[nodiscard]] std::uint64_t changes() {
      std::uint64_t sum = 0;
      for (frame& each : frames_) {
        if (each.content != nullptr) {
          write_back(each);
        }
      }
      for (std::size_t number = 0; number < page_count; ++number) {
        sum += disk_[number].changes;
      }
      return sum;
    }

  private:
    static constexpr std::uint16_t none = frame_count;

    frame& pin(std::size_t number) {
      if (frame_of_[number] == none) {
        frame_of_[number] = static_cast<std::uint16_t>(read(number));
      }
      frame& found = frames_[frame_of_[number]];
      ++found.pins;
      found.is_recent = true;
      return found;
    }
    std::size_t read(std::size_t number) {
      const std::size_t place = unused_frame();
      void* const block = memory_.allocate(page_bytes);
      run_.lend(block, page_bytes);
      std::memcpy(block, &disk_[number], page_bytes);
      frames_[place].content = static_cast<page*>(block);
      ++reads_;
      return place;
    }
    /// At most two turns of the hand: nothing is pinned while it turns.
    std::size_t unused_frame() {
      for (;;) {
        const std::size_t place = hand_;
        frame& each = frames_[place];
        hand_ = (hand_ + 1) % frame_count;
        if (each.content == nullptr) {
          return place;
        }
        if (each.pins == 0 && !each.is_recent) {
          write_back(each);
          return place;
        }
        each.is_recent = false;
      }
    }
    void write_back(frame& each) {
      const std::size_t number = each.content->number;
      std::memcpy(&disk_[number], each.content, page_bytes);
      run_.before_free(each.content);
      memory_.deallocate(each.content, page_bytes);
      each = frame{};
      frame_of_[number] = none;
    }

    Front& memory_;
    Run& run_;
    std::unique_ptr<page[]> disk_;
    std::array<frame, frame_count> frames_{};
    std::array<std::uint16_t, page_count> frame_of_{};
    std::size_t hand_ = 0;
    std::uint64_t reads_ = 0;
  };

  template <class Front, class Run>
  static void body(Front& memory, Run& run) {
    static const auto pages = wanted_pages();
    cache<Front, Run> pool(memory, run);
    std::uint64_t rounds = 0;
    run.repeat([&] {
      for (const std::uint16_t number : pages) {
        pool.change(number);
      }
      ++rounds;
    });
    must_be("the buffer pool", pool.changes(), rounds * accesses);
  }
};

/// A game's frames: entities of three kinds live for some frames each, and are moved in all of them.
struct game_frames {
  static constexpr std::size_t kinds = 3;
  static constexpr std::size_t entity_bytes[kinds] = {48, 96, 160};
  static constexpr std::size_t spawned_a_frame = 24;
  static constexpr std::size_t longest_life = 20; // frames
  static constexpr std::size_t most_live = spawned_a_frame * longest_life;
  static constexpr std::size_t frames = 32;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(frames * spawned_a_frame);
  static constexpr std::size_t verified_rounds = 4;
  static constexpr std::size_t verified_entries = frames * spawned_a_frame * verified_rounds;
  static constexpr shape sizes{0, most_live, 0};

  struct entity {
    float x, y, speed_x, speed_y;
    std::uint32_t bytes, frames_left;
  };

  template <class Front, class Run>
  static void body(Front& memory, Run& run) {
    std::array<entity*, most_live> live{};
    std::size_t count = 0;
    number_stream numbers(7);
    std::uint64_t spawned = 0;
    std::uint64_t gone = 0;
    const auto spawn = [&] {
      const std::size_t bytes = entity_bytes[numbers.below(kinds)];
      void* const block = memory.allocate(bytes);
      run.lend(block, bytes);
      live[count] = ::new (block) entity{0.0F,
                                         0.0F,
                                         1.0F,
                                         0.5F,
                                         static_cast<std::uint32_t>(bytes),
                                         static_cast<std::uint32_t>(1 + numbers.below(longest_life))};
      ++count;
      ++spawned;
    };
    const auto remove = [&](std::size_t place) {
      entity* const each = live[place];
      --count;
      live[place] = live[count];
      ++gone;
      run.before_free(each);
      memory.deallocate(each, each->bytes);
    };
    run.repeat([&] {
      for (std::size_t frame = 0; frame < frames; ++frame) {
        for (std::size_t each = 0; each < spawned_a_frame; ++each) {
          spawn();
        }
        for (std::size_t place = 0; place < count;) {
          entity& each = *live[place];
          each.x += each.speed_x;
          each.y += each.speed_y;
          --each.frames_left;
          if (each.frames_left == 0) {
            remove(place);
          } else {
            ++place;
          }
        }
      }
    });
    while (count != 0) {
      remove(count - 1);
    }
    must_be("the game", gone, spawned);
  }
};

/// Events with payloads of 16 to 256 bytes in a queue: some are put in, then some are taken out and added up.
struct event_queue {
  static constexpr std::size_t capacity = 256;
  static constexpr std::size_t burst = 64;
  static constexpr std::size_t bursts = 16;
  static constexpr int threads = 1;
  static constexpr double operations = static_cast<double>(burst * bursts);
  static constexpr std::size_t verified_rounds = 4;
  static constexpr std::size_t verified_entries = capacity / 2 + burst * bursts * verified_rounds;
  static constexpr shape sizes{0, capacity, 0};

  struct event {
    std::uint64_t number;
    std::uint32_t payload_bytes;
  };

  template <class Front, class Run>
  static void body(Front& memory, Run& run) {
    static const auto payloads = even_sizes<1024>(16, 256, 16);
    std::array<event*, capacity> queue{};
    std::uint64_t put = 0;
    std::uint64_t taken = 0;
    const auto post = [&] {
      const std::size_t payload_bytes = payloads[put % payloads.size()];
      void* const block = memory.allocate(sizeof(event) + payload_bytes);
      run.lend(block, sizeof(event) + payload_bytes);
      auto* const each = ::new (block) event{put, static_cast<std::uint32_t>(payload_bytes)};
      std::memset(each + 1, static_cast<int>(put % 256), payload_bytes);
      queue[put % capacity] = each;
      ++put;
    };
    const auto process = [&] {
      event* const each = queue[taken % capacity];
      must_be("the queue of events", each->number, taken);
      unsigned char last = 0;
      std::memcpy(&last, reinterpret_cast<const unsigned char*>(each + 1) + each->payload_bytes - 1, sizeof(last));
      must_be("the queue of events", last, taken % 256);
      ++taken;
      run.before_free(each);
      memory.deallocate(each, sizeof(event) + each->payload_bytes);
    };
    for (std::size_t each = 0; each < capacity / 2; ++each) {
      post();
    }
    run.repeat([&] {
      for (std::size_t each_burst = 0; each_burst < bursts; ++each_burst) {
        for (std::size_t each = 0; each < burst; ++each) {
          post();
        }
        for (std::size_t each = 0; each < burst; ++each) {
          process();
        }
      }
    });
    while (taken != put) {
      process();
    }
  }
};

template <class Scenario>
void add_mixed(registry& all, const char* scenario) {
  all.add<Scenario, local_segregated_subject>(scenario, "nebula local_segregated");
  all.add<Scenario, pmr_unsynchronized_subject>(scenario, "pmr unsynchronized");
  add_heaps<Scenario>(all, scenario);
}

} // namespace

void add_workloads(registry& all) {
  add_arenas<request_handling>(all, "workload_requests");
  add_heaps<request_handling>(all, "workload_requests");
  add_single_pools<buffer_pool>(all, "workload_buffer_pool");
  add_mixed<game_frames>(all, "workload_game_frames");
  add_mixed<event_queue>(all, "workload_events");
}

} // namespace nebula::bench
